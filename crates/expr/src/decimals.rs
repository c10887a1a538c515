//! Arithmetic of decimals: exact, rounded half away from zero once, out of range above 38 digits.

use std::cmp::Ordering;

use types::decimal::{DIGITS_MAX, LIMIT, fits, power_of_ten};

use crate::{
    error::{ErrorCode, State},
    wide::Wide,
};

const OUT_OF_RANGE: u8 = ErrorCode::OutOfRange as u8;

/// The scale of a product is the sum of the scales, at most this.
pub(crate) const PRODUCT_SCALE_MAX: u8 = 18;

/// The scale of a quotient is the larger of the scales, at least this.
pub(crate) const QUOTIENT_SCALE_MIN: u8 = 6;

/// Gives a magnitude its sign back, or says that it has more than 38 digits.
#[inline]
fn signed(magnitude: Option<u128>, negative: bool) -> (i128, u8) {
    match magnitude {
        Some(magnitude) if magnitude < LIMIT.unsigned_abs() => {
            let value = magnitude as i128;
            (if negative { -value } else { value }, State::VALUE)
        }
        _ => (0, OUT_OF_RANGE),
    }
}

/// Beside an error stands 0, so that a register holds no number of more than 38 digits, whatever its state.
#[inline]
fn checked(value: i128) -> (i128, u8) {
    if fits(value, DIGITS_MAX) { (value, State::VALUE) } else { (0, OUT_OF_RANGE) }
}

/// `a + b` at the larger of their scales.
#[inline]
pub(crate) fn add(a: i128, a_scale: u8, b: i128, b_scale: u8) -> (i128, u8) {
    if a_scale == b_scale {
        // Each is below 10^38, so the sum is below 2^127.
        return checked(a.wrapping_add(b));
    }
    let scale = a_scale.max(b_scale);
    let (left, right) = (raised(a, scale - a_scale), raised(b, scale - b_scale));
    match (left, right) {
        (Some(left), Some(right)) if left.checked_add(right).is_some() => checked(left + right),
        _ => add_wide(a, scale - a_scale, b, scale - b_scale),
    }
}

#[inline]
fn raised(value: i128, digits: u8) -> Option<i128> {
    value.checked_mul(power_of_ten(digits))
}

#[cold]
fn add_wide(a: i128, a_digits: u8, b: i128, b_digits: u8) -> (i128, u8) {
    let widened =
        |value: i128, digits| Wide::product(value.unsigned_abs(), power_of_ten(digits).unsigned_abs());
    let (left, right) = (widened(a, a_digits), widened(b, b_digits));
    if (a < 0) == (b < 0) {
        return signed(left.plus(right).narrow(), a < 0);
    }
    if left >= right {
        signed(left.minus(right).narrow(), a < 0)
    } else {
        signed(right.minus(left).narrow(), b < 0)
    }
}

/// `a * b` with `drop` digits of the full product rounded away.
#[inline]
pub(crate) fn multiply(a: i128, b: i128, drop: u8) -> (i128, u8) {
    if drop <= DIGITS_MAX
        && let (Ok(a), Ok(b)) = (i64::try_from(a), i64::try_from(b))
    {
        let product = i128::from(a) * i128::from(b);
        if drop == 0 {
            return checked(product);
        }
        return checked(types::decimal::divide_rounded(product, power_of_ten(drop)));
    }
    let mut product = Wide::product(a.unsigned_abs(), b.unsigned_abs());
    let rounded = drop.min(DIGITS_MAX);
    if drop > rounded {
        // Cutting digits first does not change the rounding of an even number of units that follows.
        (product, _) = product.divide(power_of_ten(drop - rounded).unsigned_abs());
    }
    let divisor = power_of_ten(rounded).unsigned_abs();
    signed(product.divide_rounded(divisor), (a < 0) != (b < 0))
}

/// `a / b` with the dividend raised by `digits`; raises when `b` is 0.
#[inline]
pub(crate) fn divide(a: i128, b: i128, digits: u8) -> (i128, u8) {
    if b == 0 {
        return (0, ErrorCode::DivisionByZero as u8);
    }
    if digits <= DIGITS_MAX
        && let Some(dividend) = raised(a, digits)
    {
        return match (i64::try_from(dividend), i64::try_from(b)) {
            (Ok(dividend), Ok(b)) => (divide_short(dividend, b), State::VALUE),
            _ => checked(types::decimal::divide_rounded(dividend, b)),
        };
    }
    divide_wide(a, b, digits)
}

/// As `types::decimal::divide_rounded`, with the machine's own division.
#[inline]
fn divide_short(dividend: i64, divisor: i64) -> i128 {
    let quotient = i128::from(dividend) / i128::from(divisor);
    let remainder = (i128::from(dividend) - quotient * i128::from(divisor)).unsigned_abs() as u64;
    if remainder >= divisor.unsigned_abs() - remainder {
        return quotient + if (dividend < 0) == (divisor < 0) { 1 } else { -1 };
    }
    quotient
}

#[cold]
fn divide_wide(a: i128, b: i128, digits: u8) -> (i128, u8) {
    // 10^38 is the largest power that 128 bits hold; scales above 38 together need two steps.
    let first = digits.min(DIGITS_MAX);
    let dividend = Wide::product(a.unsigned_abs(), power_of_ten(first).unsigned_abs());
    let divisor = b.unsigned_abs();
    let negative = (a < 0) != (b < 0);
    if digits == first {
        return signed(dividend.divide_rounded(divisor), negative);
    }
    let (quotient, remainder) = dividend.divide(divisor);
    let rest = power_of_ten(digits - first).unsigned_abs();
    let high = quotient.narrow().and_then(|quotient| Wide::product(quotient, rest).narrow());
    let low = Wide::product(remainder, rest).divide_rounded(divisor);
    signed(high.zip(low).and_then(|(high, low)| high.checked_add(low)), negative)
}

/// The remainder of `a / b` truncated, with the sign of `a`, at the larger of their scales.
#[inline]
pub(crate) fn modulo(a: i128, a_scale: u8, b: i128, b_scale: u8) -> (i128, u8) {
    if b == 0 {
        return (0, ErrorCode::DivisionByZero as u8);
    }
    let scale = a_scale.max(b_scale);
    let Some(divisor) = raised(b, scale - b_scale) else {
        // The divisor is then larger than any decimal of the dividend's scale.
        return (a, State::VALUE);
    };
    match raised(a, scale - a_scale) {
        Some(dividend) => checked(dividend.wrapping_rem(divisor)),
        None => {
            let factor = power_of_ten(scale - a_scale).unsigned_abs();
            let dividend = Wide::product(a.unsigned_abs(), factor);
            signed(Some(dividend.divide(divisor.unsigned_abs()).1), a < 0)
        }
    }
}

/// The order of two decimals of any scales.
#[inline]
pub(crate) fn compare(a: i128, a_scale: u8, b: i128, b_scale: u8) -> Ordering {
    match a_scale.cmp(&b_scale) {
        Ordering::Equal => a.cmp(&b),
        // A number that 128 bits cannot hold at the other's scale is beyond every decimal of it.
        Ordering::Less => match raised(a, b_scale - a_scale) {
            Some(a) => a.cmp(&b),
            None => a.cmp(&0),
        },
        Ordering::Greater => match raised(b, a_scale - b_scale) {
            Some(b) => a.cmp(&b),
            None => 0.cmp(&b),
        },
    }
}

/// How digits are dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rounding {
    HalfAway,
    Truncate,
    Floor,
    Ceiling,
}

/// Changes the scale `from` to `to`, and below that to `digits` after the point (which may be negative).
#[inline]
pub(crate) fn round(value: i128, from: u8, to: u8, digits: i64, rounding: Rounding) -> (i128, u8) {
    let kept = digits.clamp(-i64::from(DIGITS_MAX) - 1, i64::from(from.min(to)));
    let dropped = i64::from(from) - kept;
    if dropped > i64::from(DIGITS_MAX) {
        return (0, State::VALUE);
    }
    let unit = power_of_ten(dropped as u8);
    let quotient = match rounding {
        Rounding::HalfAway => types::decimal::divide_rounded(value, unit),
        Rounding::Truncate => value / unit,
        Rounding::Floor => value.div_euclid(unit),
        Rounding::Ceiling => -(-value).div_euclid(unit),
    };
    let grown = i64::from(to) - kept;
    let factor = if grown <= i64::from(DIGITS_MAX) { power_of_ten(grown as u8) } else { i128::MAX };
    match quotient.checked_mul(factor) {
        Some(value) => checked(value),
        None => (0, OUT_OF_RANGE),
    }
}

/// Changes the scale and checks the precision, as a cast does.
#[inline]
pub(crate) fn rescale(value: i128, from: u8, precision: u8, to: u8) -> (i128, u8) {
    let value = if from == to { Some(value) } else { types::decimal::rescale(value, from, to) };
    match value {
        Some(value) if fits(value, precision) => (value, State::VALUE),
        _ => (0, OUT_OF_RANGE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: i128 = LIMIT - 1;

    #[test]
    fn sums_are_exact_beyond_128_bits() {
        // 1.75e38 and -0.9e38 at scale 6.
        assert_eq!(add(175 * 10_i128.pow(30), 0, -90 * 10_i128.pow(36), 6), (85 * 10_i128.pow(36), 0));
        assert_eq!(add(MOST, 0, 1, 0), (0, OUT_OF_RANGE));
        assert_eq!(add(MOST, 0, 1, 1).1, OUT_OF_RANGE);
        assert_eq!(add(1, 0, -15, 1), (-5, 0));
    }

    #[test]
    fn products_and_quotients_are_rounded_once() {
        assert_eq!(multiply(MOST, MOST, 38), (MOST - 1, 0));
        assert_eq!(multiply(MOST, 10, 0).1, OUT_OF_RANGE);
        assert_eq!(multiply(-5, 1, 1), (-1, 0));
        assert_eq!(multiply(MOST, MOST, 58), (10_i128.pow(18), 0));
        assert_eq!(multiply(5 * 10_i128.pow(20), 10_i128.pow(37), 58), (1, 0));
        assert_eq!(divide(1, 3, 6), (333_333, 0));
        assert_eq!(divide(-2, 3, 6), (-666_667, 0));
        assert_eq!(divide(MOST, MOST, 38), (0, OUT_OF_RANGE));
        assert_eq!(divide(MOST, MOST, 37), (10_i128.pow(37), 0));
        assert_eq!(divide(1, 2 * 10_i128.pow(37), 76), (0, OUT_OF_RANGE));
        assert_eq!(divide(1, 2 * 10_i128.pow(37), 75), (5 * 10_i128.pow(37), 0));
        assert_eq!(divide(7, 0, 6).1, ErrorCode::DivisionByZero as u8);
        assert_eq!(divide(i128::from(i64::MIN), -1, 0), (1 << 63, 0));
    }

    #[test]
    fn remainders_and_order_cross_scales() {
        assert_eq!(modulo(MOST, 0, 3, 1), (0, 0));
        assert_eq!(modulo(-75, 1, 2, 0), (-15, 0));
        assert_eq!(modulo(5, 38, MOST, 0), (5, 0));
        assert_eq!(compare(MOST, 0, MOST, 38), Ordering::Greater);
        assert_eq!(compare(-MOST, 0, MOST, 38), Ordering::Less);
        assert_eq!(compare(10, 1, 1, 0), Ordering::Equal);
    }

    #[test]
    fn digits_are_dropped_in_four_ways() {
        assert_eq!(round(-1250, 2, 2, 1, Rounding::HalfAway), (-1250, 0));
        assert_eq!(round(-1255, 2, 1, 1, Rounding::HalfAway), (-126, 0));
        assert_eq!(round(-1259, 2, 0, 0, Rounding::Truncate), (-12, 0));
        assert_eq!(round(-1201, 2, 0, 0, Rounding::Floor), (-13, 0));
        assert_eq!(round(1201, 2, 0, 0, Rounding::Ceiling), (13, 0));
        assert_eq!(round(1550, 0, 0, -2, Rounding::HalfAway), (1600, 0));
        assert_eq!(round(MOST, 0, 0, -39, Rounding::HalfAway), (0, 0));
        assert_eq!(round(MOST, 0, 0, -38, Rounding::HalfAway), (0, OUT_OF_RANGE));
    }
}
