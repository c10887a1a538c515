//! Decimals as scaled 128-bit integers: exact text in, exact text out, one rounding rule.

use std::fmt;

/// The most digits that a decimal has.
pub const DIGITS_MAX: u8 = 38;

/// Ten to the power 38: every decimal's absolute value is below it.
pub const LIMIT: i128 = 10_i128.pow(38);

/// Why a text is not a decimal of the wanted shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not a number.
    #[error("not a decimal number")]
    Syntax,
    /// More digits after the point than the type has.
    #[error("more digits after the point than the type's scale")]
    Scale,
    /// More digits in all than the type has.
    #[error("more digits than the type's precision")]
    Precision,
}

/// Ten to each exponent that a decimal can have: a power is asked for with every value that is checked or scaled.
const POWERS: [i128; DIGITS_MAX as usize + 1] = {
    let mut powers = [1; DIGITS_MAX as usize + 1];
    let mut exponent = 1;
    while exponent < powers.len() {
        powers[exponent] = powers[exponent - 1] * 10;
        exponent += 1;
    }
    powers
};

/// Powers of ten that are doubles without rounding.
const EXACT_POWERS: [f64; 23] = {
    let mut powers = [1.0; 23];
    let mut exponent = 1;
    while exponent < powers.len() {
        powers[exponent] = powers[exponent - 1] * 10.0;
        exponent += 1;
    }
    powers
};

/// Ten to the `exponent`, for exponents up to 38.
#[inline]
pub const fn power_of_ten(exponent: u8) -> i128 {
    POWERS[exponent as usize]
}

/// Whether `unscaled` has at most `precision` digits.
#[inline]
pub const fn fits(unscaled: i128, precision: u8) -> bool {
    unscaled.unsigned_abs() < power_of_ten(precision).unsigned_abs()
}

/// Parses `-12.50`, `1e3` and `1.5E-2` exactly; trailing zeros beyond `scale` are no excess.
///
/// # Errors
/// `Syntax` when it is not a number, `Scale` or `Precision` when it does not fit `DECIMAL(precision, scale)`.
pub fn parse(text: &str, precision: u8, scale: u8) -> Result<i128, Error> {
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], text[at + 1..].parse::<i32>().map_err(|_| Error::Syntax)?),
        None => (text, 0),
    };
    let (negative, digits) = match mantissa.as_bytes() {
        [b'-', ..] => (true, &mantissa[1..]),
        [b'+', ..] => (false, &mantissa[1..]),
        _ => (false, mantissa),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() {
        return Err(Error::Syntax);
    }
    let mut unscaled: i128 = 0;
    for byte in whole.bytes().chain(fraction.bytes()) {
        if !byte.is_ascii_digit() {
            return Err(Error::Syntax);
        }
        unscaled = unscaled
            .checked_mul(10)
            .and_then(|value| value.checked_add(i128::from(byte - b'0')))
            .ok_or(Error::Precision)?;
    }
    let fraction_len = i32::try_from(fraction.len()).map_err(|_| Error::Precision)?;
    let shift = i32::from(scale).saturating_add(exponent.saturating_sub(fraction_len));
    unscaled = shift_exact(unscaled, shift)?;
    if !fits(unscaled, precision) {
        return Err(Error::Precision);
    }
    Ok(if negative { -unscaled } else { unscaled })
}

fn shift_exact(unscaled: i128, shift: i32) -> Result<i128, Error> {
    if unscaled == 0 {
        return Ok(0);
    }
    let magnitude = u8::try_from(shift.unsigned_abs()).unwrap_or(u8::MAX);
    if shift >= 0 {
        let factor =
            if magnitude <= DIGITS_MAX { power_of_ten(magnitude) } else { return Err(Error::Precision) };
        return unscaled.checked_mul(factor).ok_or(Error::Precision);
    }
    let divisor = if magnitude <= DIGITS_MAX { power_of_ten(magnitude) } else { return Err(Error::Scale) };
    if unscaled % divisor == 0 { Ok(unscaled / divisor) } else { Err(Error::Scale) }
}

/// Changes the number of digits after the point, rounding half away from zero as PostgreSQL does.
/// `None` when the result has more than 38 digits.
pub fn rescale(unscaled: i128, from: u8, to: u8) -> Option<i128> {
    if to >= from {
        let value = unscaled.checked_mul(power_of_ten(to - from))?;
        return fits(value, DIGITS_MAX).then_some(value);
    }
    Some(divide_rounded(unscaled, power_of_ten(from - to)))
}

/// `numerator / divisor` rounded half away from zero; `divisor` is not 0.
pub fn divide_rounded(numerator: i128, divisor: i128) -> i128 {
    // Nearly all fit 64 bits, which the processor divides by itself. The least one has no quotient by -1 there.
    let (quotient, remainder) = match (i64::try_from(numerator), i64::try_from(divisor)) {
        (Ok(numerator), Ok(divisor)) if divisor > 0 => {
            (i128::from(numerator / divisor), i128::from(numerator % divisor))
        }
        _ => {
            let quotient = numerator / divisor;
            (quotient, numerator - quotient * divisor)
        }
    };
    let remainder = remainder.unsigned_abs();
    if remainder >= divisor.unsigned_abs() - remainder {
        let away = if (numerator < 0) == (divisor < 0) { 1 } else { -1 };
        return quotient + away;
    }
    quotient
}

/// The nearest double (ties to even), from the exact digits.
pub fn to_double(unscaled: i128, scale: u8) -> f64 {
    // Both operands are exact, so the division rounds once. Numbers of 64 bits convert in one instruction.
    const EXACT: u64 = 1 << 53;
    if let Ok(unscaled) = i64::try_from(unscaled)
        && unscaled.unsigned_abs() <= EXACT
        && let Some(unit) = EXACT_POWERS.get(usize::from(scale))
    {
        return unscaled as f64 / unit;
    }
    format!("{unscaled}e-{scale}").parse().expect("an integer with an exponent is a number")
}

/// Writes `unscaled` with its point, keeping trailing zeros.
///
/// # Errors
/// Only those of the writer.
pub fn write(out: &mut dyn fmt::Write, unscaled: i128, scale: u8) -> fmt::Result {
    if scale == 0 {
        return write!(out, "{unscaled}");
    }
    let sign = if unscaled < 0 { "-" } else { "" };
    let magnitude = unscaled.unsigned_abs();
    let unit = power_of_ten(scale).unsigned_abs();
    write!(out, "{sign}{}.{:0width$}", magnitude / unit, magnitude % unit, width = scale as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_ways_give_what_the_long_ones_do() {
        for exponent in 0..=DIGITS_MAX {
            assert_eq!(power_of_ten(exponent), 10_i128.pow(u32::from(exponent)));
        }
        let mut state = 1_u64;
        for step in 0..20_000_u32 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let numerator = (i128::from(state as i64) << (step % 60)) >> (step % 97);
            let divisor = i128::from((state.rotate_left(31) as i64) >> (step % 62));
            if divisor != 0 {
                // Half of the divisor is added before a division that rounds down; ties go away from zero.
                let (above, below) = (numerator.unsigned_abs(), divisor.unsigned_abs());
                let expected = ((above + below / 2) / below) as i128;
                let sign = if (numerator < 0) == (divisor < 0) { 1 } else { -1 };
                assert_eq!(divide_rounded(numerator, divisor), sign * expected, "{numerator} / {divisor}");
            }
            let scale = (step % 39) as u8;
            let expected: f64 = format!("{numerator}e-{scale}").parse().expect("it is a number");
            assert_eq!(to_double(numerator, scale), expected, "{numerator} e-{scale}");
        }
        assert_eq!(divide_rounded(i128::from(i64::MIN), -1), 1 << 63);
    }

    #[test]
    fn text_goes_in_and_out_exactly() {
        for (text, scale, unscaled) in
            [("12.5", 2, 1250), ("-0.01", 2, -1), ("1e3", 2, 100_000), ("1.50E-1", 3, 150), ("7.000", 0, 7)]
        {
            assert_eq!(parse(text, 18, scale), Ok(unscaled), "{text}");
        }
        assert_eq!(parse("1.234", 18, 2), Err(Error::Scale));
        assert_eq!(parse("1000", 5, 2), Err(Error::Precision));
        assert_eq!(parse("1e99", 38, 0), Err(Error::Precision));
        for bad in ["", ".", "-", "1x", "--1", "1e", "0x10", "NaN"] {
            assert_eq!(parse(bad, 18, 2), Err(Error::Syntax), "{bad}");
        }
        let mut out = String::new();
        write(&mut out, -105, 2).expect("a string takes all");
        assert_eq!(out, "-1.05");
    }

    #[test]
    fn rounding_is_half_away_from_zero() {
        assert_eq!(rescale(125, 2, 1), Some(13));
        assert_eq!(rescale(-125, 2, 1), Some(-13));
        assert_eq!(rescale(124, 2, 1), Some(12));
        assert_eq!(rescale(1, 0, 38), None);
        assert_eq!(divide_rounded(1, -2), -1);
    }

    #[test]
    fn doubles_are_the_nearest() {
        assert_eq!(to_double(1, 1), 0.1);
        assert_eq!(to_double(8_564_999_999_999_999, 14), 85.649_999_999_999_99);
        assert_eq!(to_double(12_345_678_901_234_567_890_123, 5), 123_456_789_012_345_678.901_23);
    }
}
