//! One correct rounding of an exact quotient, or of its square root, to a double.

use crate::wide::{bit_len, divide_small};

/// Bits of a quotient that are computed; a double needs 53 of them and one more, its square root twice as many.
const QUOTIENT_BITS: u32 = 128;

/// The same for a root by one divisor: three bits can be lost on the way, 106 are needed, and a root of 56 bits is near
/// the hardware's.
const ROOT_BITS: u32 = 112;

/// Room for 128 bits after division by six 64-bit divisors.
const LIMBS: usize = 8;

/// The double nearest to `magnitude * 2^exponent / divisors`, ties to even; infinity beyond the largest double.
pub fn nearest(magnitude: &[u64], exponent: i64, divisors: &[u64]) -> f64 {
    let Some(quotient) = Quotient::new(magnitude, exponent, divisors, QUOTIENT_BITS, false) else {
        return 0.0;
    };
    round(quotient.bits, quotient.inexact, quotient.exponent)
}

/// The double nearest to the square root of `magnitude * 2^exponent / divisors`.
pub fn nearest_root(magnitude: &[u64], exponent: i64, divisors: &[u64]) -> f64 {
    let short = divisors.len() < 2;
    let bits = if short { ROOT_BITS } else { QUOTIENT_BITS };
    let Some(quotient) = Quotient::new(magnitude, exponent, divisors, bits, true) else { return 0.0 };
    let root = if short { short_root(quotient.bits) } else { quotient.bits.isqrt() };
    round(root, quotient.inexact || root * root != quotient.bits, quotient.exponent / 2)
}

/// The square root of less than 113 bits, rounded down: the hardware's, corrected.
fn short_root(square: u128) -> u128 {
    let guess = (square as f64).sqrt() as i64;
    // The guess is wrong in its last few bits, so that the difference of the squares has about 60.
    let difference = square as i128 - i128::from(guess) * i128::from(guess);
    let mut root = (guess + (difference as i64).div_euclid(2 * guess)) as u128;
    while root * root > square {
        root -= 1;
    }
    while (root + 1) * (root + 1) <= square {
        root += 1;
    }
    root
}

/// The leading bits of a positive number `bits * 2^exponent`, and whether there is more below them.
struct Quotient {
    bits: u128,
    inexact: bool,
    exponent: i64,
}

impl Quotient {
    /// At most `wanted` bits of the quotient, and at least two fewer, one more for each divisor after the first and one
    /// more if the exponent has to be even.
    fn new(magnitude: &[u64], exponent: i64, divisors: &[u64], wanted: u32, even: bool) -> Option<Self> {
        let len = bit_len(magnitude);
        if len == 0 {
            return None;
        }
        let extra: u32 = divisors.iter().map(|divisor| divisor.ilog2()).sum();
        let mut shift = i64::from(wanted + extra) - i64::from(len);
        if even && (exponent - shift) % 2 != 0 {
            shift -= 1;
        }
        let (bits, inexact) = match divisors {
            [] => {
                let ([low, high, _], cut) = window(magnitude, shift);
                (join(high, low), cut)
            }
            [divisor] => {
                let ([low, middle, high], cut) = window(magnitude, shift);
                let (top, rest) = divide(high, middle, *divisor);
                let (bottom, rest) = divide(rest, low, *divisor);
                (join(top, bottom), cut || rest != 0)
            }
            _ => Self::long(magnitude, shift, divisors, wanted + extra),
        };
        Some(Self { bits, inexact, exponent: exponent - shift })
    }

    /// Truncated divisions one after the other equal one by the product.
    fn long(magnitude: &[u64], shift: i64, divisors: &[u64], bits: u32) -> (u128, bool) {
        let mut limbs = [0; LIMBS];
        let mut inexact = shift_into(&mut limbs, magnitude, shift);
        let used = bits.div_ceil(64) as usize;
        for divisor in divisors {
            inexact |= divide_small(&mut limbs[..used], *divisor) != 0;
        }
        debug_assert!(limbs[2..].iter().all(|limb| *limb == 0), "the shift leaves 128 bits");
        (join(limbs[1], limbs[0]), inexact)
    }
}

#[inline]
fn join(high: u64, low: u64) -> u128 {
    u128::from(high) << 64 | u128::from(low)
}

/// Quotient and remainder of two limbs by one that is greater than the high one.
#[inline]
fn divide(high: u64, low: u64, divisor: u64) -> (u64, u64) {
    debug_assert!(high < divisor);
    if high == 0 {
        return (low / divisor, low % divisor);
    }
    let dividend = join(high, low);
    let quotient = dividend / u128::from(divisor);
    (quotient as u64, low.wrapping_sub((quotient as u64).wrapping_mul(divisor)))
}

/// Three limbs of `magnitude * 2^shift`, which has no more, and whether bits were cut off.
#[inline]
fn window(magnitude: &[u64], shift: i64) -> ([u64; 3], bool) {
    let limb = |index: i64| match usize::try_from(index) {
        Ok(index) => magnitude.get(index).copied().unwrap_or(0),
        Err(_) => 0,
    };
    let (words, bits) = (shift.div_euclid(64), shift.rem_euclid(64) as u32);
    let part = |index: i64| {
        let (this, below) = (limb(index - words), limb(index - words - 1));
        if bits == 0 { this } else { this << bits | below >> (64 - bits) }
    };
    let cut_words = usize::try_from(-words - 1).unwrap_or(0).min(magnitude.len());
    let cut_bits = limb(-words - 1) << bits;
    let cut = words < 0 && (cut_bits != 0 || magnitude[..cut_words].iter().any(|limb| *limb != 0));
    ([part(0), part(1), part(2)], cut)
}

/// Writes `magnitude * 2^shift` truncated, and says whether bits were cut off.
fn shift_into(limbs: &mut [u64; LIMBS], magnitude: &[u64], shift: i64) -> bool {
    let words = shift.div_euclid(64);
    let bits = shift.rem_euclid(64) as u32;
    let mut cut = false;
    for (index, limb) in magnitude.iter().enumerate() {
        let wide = u128::from(*limb) << bits;
        for (offset, part) in [(0, wide as u64), (1, (wide >> 64) as u64)] {
            match usize::try_from(index as i64 + words + offset) {
                Ok(target) if part != 0 => limbs[target] |= part,
                Ok(_) => {}
                Err(_) => cut |= part != 0,
            }
        }
    }
    cut
}

/// Rounds `(bits + something below 1 if inexact) * 2^exponent` to nearest, ties to even.
pub fn round(bits: u128, inexact: bool, exponent: i64) -> f64 {
    let len = i64::from(128 - bits.leading_zeros());
    let top = exponent + len - 1;
    if top > 1023 {
        return f64::INFINITY;
    }
    // The unit of the result: 2^-1074 for subnormal numbers, else 52 bits below the top one.
    let unit = (top - 52).max(-1074);
    let drop = unit - exponent;
    let (kept, rest, half) = if drop <= 0 {
        (bits << -drop, 0, 1)
    } else if drop > 128 {
        (0, 0, 1)
    } else if drop == 128 {
        (0, bits, 1 << 127)
    } else {
        (bits >> drop, bits & ((1 << drop) - 1), 1 << (drop - 1))
    };
    let up = rest > half || rest == half && (inexact || kept & 1 == 1);
    let significand = kept as u64 + u64::from(up);
    // A carry out of the significand moves into the exponent field, where it means the next power of two.
    let field = if significand >> 52 == 0 { 0 } else { (unit + 1075) as u64 - 1 };
    f64::from_bits((field << 52) + significand)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_roundings_are_those_of_the_hardware() {
        let mut state = 1_u64;
        for step in 0..20_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let (left, right) = (state >> (state % 60), (state.rotate_left(29) >> (step % 50)) | 1);
            assert_eq!(nearest(&[left], 0, &[]), left as f64);
            assert_eq!(nearest(&[0, left], -64, &[]), left as f64);
            let (left, right) = (left >> 11, right >> 11 | 1);
            assert_eq!(nearest(&[left], 0, &[right]), left as f64 / right as f64, "{left} / {right}");
            assert_eq!(nearest_root(&[left], 0, &[]), (left as f64).sqrt(), "{left}");
            assert_eq!(nearest_root(&[left], 20, &[]), (left as f64).sqrt() * 1024.0, "{left}");
        }
    }

    #[test]
    fn edges_of_the_range() {
        assert_eq!(nearest(&[1], -1074, &[]), f64::from_bits(1));
        assert_eq!(nearest(&[1], -1075, &[]), 0.0);
        assert_eq!(nearest(&[3], -1075, &[]), f64::from_bits(2));
        assert_eq!(nearest(&[1], -1074, &[3]), 0.0);
        assert_eq!(nearest(&[2], -1074, &[3]), f64::from_bits(1));
        assert_eq!(nearest(&[(1 << 53) - 1], -1075, &[]), f64::MIN_POSITIVE);
        assert_eq!(nearest(&[(1 << 53) - 1], 971, &[]), f64::MAX);
        assert_eq!(nearest(&[(1 << 54) - 1], 970, &[]), f64::INFINITY);
        assert_eq!(nearest(&[1], 1024, &[]), f64::INFINITY);
        assert_eq!(nearest(&[(1 << 53) + 1], 0, &[]), 9_007_199_254_740_992.0);
        assert_eq!(nearest(&[1, 1 << 53], -64, &[]), 9_007_199_254_740_992.0);
        assert_eq!(nearest(&[1, (1 << 53) + 1], -64, &[]), 9_007_199_254_740_994.0);
        for cut in [1, 1 << 63] {
            assert_eq!(nearest(&[cut, 0, (1 << 53) + 1], -128, &[]), 9_007_199_254_740_994.0);
            assert_eq!(nearest(&[0, cut, (1 << 53) + 1], -128, &[]), 9_007_199_254_740_994.0);
        }
        assert_eq!(nearest(&[0, 0, (1 << 53) + 1], -128, &[]), 9_007_199_254_740_992.0);
    }

    #[test]
    fn roots_near_a_midpoint() {
        // The square of a number that lies between two doubles, and its neighbours.
        for odd in [(1_u64 << 53) + 1, (1 << 54) - 1, 12_345_678_901_234_567] {
            let square = u128::from(odd) * u128::from(odd);
            let low = (odd - 1) as f64;
            let high = (odd + 1) as f64;
            let even = if (odd - 1) / 2 % 2 == 0 { low } else { high };
            let limbs = |value: u128| [0, 0, value as u64, (value >> 64) as u64];
            assert_eq!(nearest_root(&limbs(square), -128, &[]), even);
            assert_eq!(nearest_root(&limbs(square - 1), -128, &[]), low);
            assert_eq!(nearest_root(&limbs(square + 1), -128, &[]), high);
            let mut above = limbs(square);
            above[0] = 1;
            assert_eq!(nearest_root(&above, -128, &[]), high);
            let thrice = square * 3;
            assert_eq!(nearest_root(&limbs(thrice), -128, &[3]), even);
            assert_eq!(nearest_root(&limbs(thrice - 1), -128, &[3]), low);
            assert_eq!(nearest_root(&limbs(thrice + 1), -128, &[3]), high);
        }
    }
}
