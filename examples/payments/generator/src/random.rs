//! Random numbers that are the same on every machine: integer generators and a portable math library.

/// xoshiro256++ by Blackman and Vigna, seeded through their splitmix64.
#[derive(Clone, Debug)]
pub struct Random {
    state: [u64; 4],
}

/// splitmix64's output function: spreads a number over all 64 bits.
pub fn spread(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

impl Random {
    /// A generator whose numbers depend on `seed` only.
    pub fn new(seed: u64) -> Self {
        let word = |index: u64| spread(seed.wrapping_add(index.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
        Self { state: [word(0), word(1), word(2), word(3)] }
    }

    /// 64 random bits.
    #[inline]
    pub fn bits(&mut self) -> u64 {
        let [a, b, c, d] = self.state;
        let result = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let (c, d) = (c ^ a, d ^ b);
        self.state = [a ^ d, b ^ c, c ^ (b << 17), d.rotate_left(45)];
        result
    }

    /// Uniform in `0..below`, which is not 0.
    #[inline]
    pub fn below(&mut self, below: u64) -> u64 {
        ((u128::from(self.bits()) * u128::from(below)) >> 64) as u64
    }

    /// Uniform in `from..=to`.
    pub fn between(&mut self, from: i64, to: i64) -> i64 {
        from + self.below((to - from) as u64 + 1) as i64
    }

    /// Uniform in `[0, 1)`.
    #[inline]
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// True with this probability.
    #[inline]
    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Exponentially distributed with this mean.
    pub fn exponential(&mut self, mean: f64) -> f64 {
        -mean * libm::log(1.0 - self.unit())
    }

    /// Normally distributed with mean 0 and deviation 1, by Box and Muller.
    pub fn normal(&mut self) -> f64 {
        let radius = libm::sqrt(-2.0 * libm::log(1.0 - self.unit()));
        radius * libm::cos(std::f64::consts::TAU * self.unit())
    }

    /// One of `choices`, which are not empty.
    pub fn choose<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u64) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sequence must never change: it would change everybody's files.
    #[test]
    fn the_sequence_is_fixed() {
        let mut random = Random::new(7);
        let mut again = Random::new(7);
        let numbers: Vec<u64> = (0..4).map(|_| random.bits()).collect();
        assert_eq!(numbers, (0..4).map(|_| again.bits()).collect::<Vec<_>>());
        assert_ne!(numbers[0], Random::new(8).bits());
        // The first outputs of splitmix64 for seed 0, as its authors publish them.
        assert_eq!(spread(0), 0xe220_a839_7b1d_cdaf);
        assert_eq!(spread(0x9e37_79b9_7f4a_7c15), 0x6e78_9e6a_a1b9_65f4);
    }

    #[test]
    fn distributions_have_their_moments() {
        let mut random = Random::new(1);
        let count = 100_000;
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let normal: Vec<f64> = (0..count).map(|_| random.normal()).collect();
        assert!(mean(&normal).abs() < 0.02);
        assert!((mean(&normal.iter().map(|value| value * value).collect::<Vec<_>>()) - 1.0).abs() < 0.02);
        let exponential: Vec<f64> = (0..count).map(|_| random.exponential(3.0)).collect();
        assert!((mean(&exponential) - 3.0).abs() < 0.05);
        let uniform: Vec<f64> = (0..count).map(|_| random.between(-1, 1) as f64).collect();
        assert!(mean(&uniform).abs() < 0.02);
        assert!((0..count).all(|_| random.below(3) < 3));
    }
}
