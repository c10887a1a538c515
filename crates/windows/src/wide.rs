//! Fixed-width two's-complement integers beyond 128 bits, so that sums and sums of squares are exact and never allocate.

/// A signed integer of `64 * N` bits, least significant limb first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wide<const N: usize>([u64; N]);

impl<const N: usize> Default for Wide<N> {
    fn default() -> Self {
        Self([0; N])
    }
}

impl<const N: usize> Wide<N> {
    /// Adds, or subtracts when `negative`, `parts` shifted left by `64 * place` bits. What passes the last limb is lost:
    /// the width is chosen so that no sum reaches it.
    #[inline]
    pub fn accumulate<const P: usize>(&mut self, parts: [u64; P], place: usize, negative: bool) {
        let mut carry = false;
        for (index, limb) in self.0.iter_mut().enumerate().skip(place) {
            let part = parts.get(index - place).copied();
            if part.is_none() && !carry {
                return;
            }
            (*limb, carry) = if negative {
                limb.borrowing_sub(part.unwrap_or(0), carry)
            } else {
                limb.carrying_add(part.unwrap_or(0), carry)
            };
        }
    }

    /// Adds, or subtracts when `negative`, a 128-bit integer other than the least, shifted left by `64 * place` bits.
    #[inline]
    pub fn accumulate_i128(&mut self, value: i128, place: usize, negative: bool) {
        let value = if negative { -value } else { value };
        let (mut part, fill) = (value as u64, (value >> 127) as u64);
        let (mut next, mut carry) = ((value >> 64) as u64, false);
        for limb in self.0.iter_mut().skip(place) {
            (*limb, carry) = limb.carrying_add(part, carry);
            (part, next) = (next, fill);
        }
    }

    /// Adds another one, or subtracts it when `negative`.
    #[inline]
    pub fn add(&mut self, other: &Self, negative: bool) {
        let mut carry = false;
        for (limb, part) in self.0.iter_mut().zip(other.0) {
            (*limb, carry) =
                if negative { limb.borrowing_sub(part, carry) } else { limb.carrying_add(part, carry) };
        }
    }

    /// Whether it is below 0.
    pub const fn is_negative(&self) -> bool {
        self.0[N - 1] >> 63 == 1
    }

    /// The absolute value's limbs.
    pub fn magnitude(&self) -> [u64; N] {
        if !self.is_negative() {
            return self.0;
        }
        let mut negated = Self::default();
        negated.accumulate(self.0, 0, true);
        negated.0
    }

    /// The value, if it has at most 128 bits.
    #[inline]
    pub fn to_i128(self) -> Option<i128> {
        let low = (u128::from(self.0[1]) << 64 | u128::from(self.0[0])) as i128;
        let fill = if low < 0 { u64::MAX } else { 0 };
        self.0[2..].iter().all(|limb| *limb == fill).then_some(low)
    }

    /// The limbs, least significant first, in two's complement.
    pub const fn limbs(&self) -> &[u64; N] {
        &self.0
    }
}

/// The square of a 128-bit magnitude.
pub fn square(value: u128) -> [u64; 4] {
    let (low, high) = (value as u64, (value >> 64) as u64);
    let mut result = Wide::<4>::default();
    let product = |left: u64, right: u64| {
        let product = u128::from(left) * u128::from(right);
        [product as u64, (product >> 64) as u64]
    };
    result.accumulate(product(low, low), 0, false);
    result.accumulate(product(low, high), 1, false);
    result.accumulate(product(low, high), 1, false);
    result.accumulate(product(high, high), 2, false);
    result.0
}

/// `left * right`, which the caller knows to fit `R` limbs.
pub fn multiply<const R: usize>(left: &[u64], right: &[u64]) -> [u64; R] {
    let mut result = [0; R];
    for (shift, factor) in right.iter().enumerate().filter(|(_, factor)| **factor != 0) {
        let mut carry = 0;
        for (index, limb) in left.iter().enumerate() {
            let Some(target) = result.get_mut(index + shift) else { break };
            (*target, carry) = limb.carrying_mul_add(*factor, *target, carry);
        }
        if let Some(target) = result.get_mut(left.len() + shift) {
            *target = carry;
        }
    }
    result
}

/// `left - right` for `left >= right`.
pub fn subtract<const R: usize>(left: [u64; R], right: [u64; R]) -> [u64; R] {
    let mut difference = Wide(left);
    difference.accumulate(right, 0, true);
    difference.0
}

/// Divides in place and returns the remainder.
#[inline]
pub fn divide_small(limbs: &mut [u64], divisor: u64) -> u64 {
    let mut remainder = 0;
    for limb in limbs.iter_mut().rev() {
        let dividend = u128::from(remainder) << 64 | u128::from(*limb);
        *limb = (dividend / u128::from(divisor)) as u64;
        remainder = (dividend % u128::from(divisor)) as u64;
    }
    remainder
}

/// Number of bits up to the highest one that is set.
#[inline]
pub fn bit_len(limbs: &[u64]) -> u32 {
    match limbs.iter().rposition(|limb| *limb != 0) {
        Some(top) => 64 * top as u32 + 64 - limbs[top].leading_zeros(),
        None => 0,
    }
}

#[cfg(test)]
mod tests {
    use num_bigint::BigInt;

    use super::*;

    fn big<const N: usize>(wide: &Wide<N>) -> BigInt {
        let magnitude = wide
            .magnitude()
            .iter()
            .rev()
            .fold(BigInt::from(0), |all, limb| (all << 64) + BigInt::from(*limb));
        if wide.is_negative() { -magnitude } else { magnitude }
    }

    #[test]
    fn sums_equal_big_integers() {
        let values = [0, 1, -1, i128::MAX, -i128::MAX, 1 << 64, -(1 << 64), 12_345_678_901_234_567_890_123];
        let (mut wide, mut expected) = (Wide::<3>::default(), BigInt::from(0));
        for round in 0..40 {
            for value in values {
                let negative = (value as usize ^ round).is_multiple_of(3);
                wide.accumulate_i128(value, 0, negative);
                expected += if negative { -BigInt::from(value) } else { BigInt::from(value) };
                assert_eq!(big(&wide), expected);
                assert_eq!(wide.to_i128(), i128::try_from(&expected).ok());
            }
        }
    }

    #[test]
    fn products_equal_big_integers() {
        for value in [0, 1, u128::from(u64::MAX), u128::MAX, 3 << 100] {
            assert_eq!(big(&Wide(square(value)).widen()), BigInt::from(value) * BigInt::from(value));
            let limbs = [value as u64, (value >> 64) as u64];
            assert_eq!(multiply::<4>(&limbs, &limbs), square(value));
        }
        let mut limbs = [5, 7, 11];
        let before = limbs;
        let remainder = divide_small(&mut limbs, 1_000_003);
        let mut back = multiply::<3>(&limbs, &[1_000_003]);
        back = *{
            let mut sum = Wide(back);
            sum.accumulate([remainder], 0, false);
            sum
        }
        .limbs();
        assert_eq!(back, before);
        assert_eq!(bit_len(&[0, 1]), 65);
        assert_eq!(bit_len(&[0, 0]), 0);
    }

    impl Wide<4> {
        fn widen(self) -> Wide<5> {
            Wide([self.0[0], self.0[1], self.0[2], self.0[3], 0])
        }
    }
}
