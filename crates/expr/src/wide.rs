//! Unsigned 256-bit integers, just enough for exact products and quotients of decimals.

/// `high * 2^128 + low`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Wide {
    high: u128,
    low: u128,
}

impl Wide {
    /// The exact product, by halves of 64 bits.
    pub(crate) fn product(a: u128, b: u128) -> Self {
        const HALF: u128 = u64::MAX as u128;
        let (a1, a0, b1, b0) = (a >> 64, a & HALF, b >> 64, b & HALF);
        let low = a0 * b0;
        let middle = a1 * b0 + (low >> 64);
        let carried = a0 * b1 + (middle & HALF);
        Self { high: a1 * b1 + (middle >> 64) + (carried >> 64), low: (carried << 64) | (low & HALF) }
    }

    /// The sum, which the callers keep below 2^256.
    pub(crate) fn plus(self, other: Self) -> Self {
        let (low, carry) = self.low.overflowing_add(other.low);
        Self { high: self.high + other.high + u128::from(carry), low }
    }

    /// The difference; `other` is not larger.
    pub(crate) fn minus(self, other: Self) -> Self {
        let (low, borrow) = self.low.overflowing_sub(other.low);
        Self { high: self.high - other.high - u128::from(borrow), low }
    }

    /// The value, when 128 bits hold it.
    pub(crate) fn narrow(self) -> Option<u128> {
        (self.high == 0).then_some(self.low)
    }

    /// Quotient and remainder by a divisor that is not 0 and below 2^127, by shift and subtract.
    pub(crate) fn divide(self, divisor: u128) -> (Self, u128) {
        let mut quotient = Self { high: self.high / divisor, low: 0 };
        let mut remainder = self.high % divisor;
        for bit in (0..128).rev() {
            remainder = (remainder << 1) | ((self.low >> bit) & 1);
            if remainder >= divisor {
                remainder -= divisor;
                quotient.low |= 1 << bit;
            }
        }
        (quotient, remainder)
    }

    /// The quotient rounded half up, when 128 bits hold it; the divisor is as for [`Self::divide`].
    pub(crate) fn divide_rounded(self, divisor: u128) -> Option<u128> {
        let (quotient, remainder) = self.divide(divisor);
        quotient.narrow()?.checked_add(u128::from(remainder >= divisor - remainder))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn narrow(low: u128) -> Wide {
        Wide { high: 0, low }
    }

    #[test]
    fn products_divide_back() {
        let numbers = [1, 2, 9, u128::from(u64::MAX), 1 << 64, 10_u128.pow(38) - 1, u128::MAX >> 1];
        for a in numbers {
            for b in numbers {
                let product = Wide::product(a, b);
                assert_eq!(product.divide(a), (narrow(b), 0), "{a} * {b}");
                let above = product.plus(narrow(a - 1));
                assert_eq!(above.divide(a), (narrow(b), a - 1), "{a} * {b} + {a} - 1");
                assert_eq!(above.minus(narrow(a - 1)), product);
            }
        }
        assert_eq!(Wide::product(1 << 127, 4), Wide { high: 2, low: 0 });
    }

    #[test]
    fn quotients_round_half_up() {
        assert_eq!(narrow(5).divide_rounded(2), Some(3));
        assert_eq!(narrow(7).divide_rounded(3), Some(2));
        assert_eq!(Wide { high: 5, low: 0 }.divide_rounded(5), None);
    }
}
