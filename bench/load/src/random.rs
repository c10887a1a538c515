//! Numbers that depend on the seed, the column and the event only, so that any event can be made without those before it.

/// Spreads a number over 64 bits: splitmix64's output function, which its authors gave to the public.
fn spread(number: u64) -> u64 {
    let mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// The numbers of one value.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The numbers of `column` in `event`.
    pub fn new(seed: u64, column: u64, event: u64) -> Self {
        Self(spread(spread(spread(seed) ^ column) ^ event))
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        spread(self.0)
    }

    /// Uniform in `[0, 1)`.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Uniform in `0..count`, which is not 0.
    pub fn below(&mut self, count: u64) -> u64 {
        ((u128::from(self.bits()) * u128::from(count)) >> 64) as u64
    }

    /// A number that is often small: its logarithm is uniform between 0 and the one of `largest`, three times over.
    pub fn skewed(&mut self, largest: f64) -> f64 {
        libm::exp((self.unit() + self.unit() + self.unit()) / 3.0 * libm::log(largest))
    }
}

/// Zipf's law: number `k` of `1..=count` comes with a probability that is proportional to `k^-1.1`.
///
/// Hörmann and Derflinger's rejection-inversion ("Rejection-inversion to generate variates from monotone discrete
/// distributions", 1996): numbers are drawn under the density's integral and the few in the gaps are drawn again.
#[derive(Clone, Copy, Debug)]
pub struct Zipf {
    count: f64,
    lowest: f64,
    highest: f64,
}

/// The exponent.
pub const EXPONENT: f64 = 1.1;

/// The density and its integral, up to a constant.
fn density(x: f64) -> f64 {
    libm::pow(x, -EXPONENT)
}

fn integral(x: f64) -> f64 {
    libm::pow(x, 1.0 - EXPONENT) / (1.0 - EXPONENT)
}

fn inverse(y: f64) -> f64 {
    libm::pow(y * (1.0 - EXPONENT), 1.0 / (1.0 - EXPONENT))
}

impl Zipf {
    /// The law over `1..=count`.
    pub fn new(count: u64) -> Self {
        let count = count as f64;
        Self { count, lowest: integral(1.5) - density(1.0), highest: integral(count + 0.5) }
    }

    /// One number.
    pub fn draw(&self, random: &mut Random) -> u64 {
        loop {
            let at = self.highest + random.unit() * (self.lowest - self.highest);
            let number = libm::round(inverse(at)).clamp(1.0, self.count);
            if at >= integral(number + 0.5) - density(number) {
                return number as u64;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frequencies_are_those_of_the_law() {
        let (count, draws) = (1_000, 400_000);
        let zipf = Zipf::new(count);
        let mut seen = vec![0_u64; count as usize + 1];
        for event in 0..draws {
            seen[zipf.draw(&mut Random::new(1, 2, event)) as usize] += 1;
        }
        assert_eq!(seen[0], 0);
        let whole: f64 = (1..=count).map(|number| density(number as f64)).sum();
        for number in [1, 2, 3, 10, 100] {
            let expected = draws as f64 * density(number as f64) / whole;
            let found = seen[number] as f64;
            assert!((found - expected).abs() < 5.0 * expected.sqrt(), "{number}: {found} for {expected}");
        }
        let tail: u64 = seen[501..].iter().sum();
        let expected: f64 = (501..=count).map(|number| density(number as f64)).sum::<f64>() / whole;
        assert!((tail as f64 / draws as f64 - expected).abs() < 0.003);
    }

    #[test]
    fn an_event_has_the_same_numbers_whenever_it_is_made() {
        let numbers = |event| {
            let mut random = Random::new(7, 3, event);
            [random.bits(), random.bits()]
        };
        assert_eq!(numbers(5), numbers(5));
        assert_ne!(numbers(5), numbers(6));
        assert_ne!(Random::new(7, 3, 5).bits(), Random::new(7, 4, 5).bits());
        assert_ne!(Random::new(7, 3, 5).bits(), Random::new(8, 3, 5).bits());
    }
}
