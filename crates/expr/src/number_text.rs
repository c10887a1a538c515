//! Numbers between text and binary, as PostgreSQL reads and prints them, without an allocation.

use std::fmt::{self, Write};

use types::decimal::{DIGITS_MAX, fits, power_of_ten};

use crate::error::ErrorCode;

/// The digits that PostgreSQL keeps of a double that becomes a decimal.
const DOUBLE_DIGITS: usize = 15;

/// PostgreSQL's limit of a decimal's exponent.
const EXPONENT_LIMIT: u32 = i32::MAX as u32 / 2;

/// PostgreSQL's limit of the digits after a decimal's point.
const SHOWN_DIGITS_MAX: i64 = 16_383;

/// Room for a number's text on the stack.
struct Buffer {
    bytes: [u8; Self::BYTES_MAX],
    len: usize,
}

impl Buffer {
    /// A decimal has 38 digits, a sign and an exponent; a double has fewer.
    const BYTES_MAX: usize = 32 * 2;

    fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.len]).expect("only text was written")
    }
}

impl Write for Buffer {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.len + text.len();
        self.bytes.get_mut(self.len..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}

fn formatted(arguments: fmt::Arguments<'_>) -> Buffer {
    let mut buffer = Buffer { bytes: [0; Buffer::BYTES_MAX], len: 0 };
    buffer.write_fmt(arguments).expect("a number's text fits the buffer");
    buffer
}

/// What PostgreSQL skips around a number.
pub(crate) fn trimmed(text: &str) -> &str {
    text.trim_matches([' ', '\t', '\n', '\r', '\x0b', '\x0c'])
}

/// Reads a `BIGINT`.
pub(crate) fn parse_bigint(text: &str) -> Result<i64, ErrorCode> {
    let text = trimmed(text);
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(ErrorCode::InvalidText);
    }
    text.parse().map_err(|_| ErrorCode::OutOfRange)
}

/// Reads a `DOUBLE`; a number that only rounds to infinity or 0 is out of range.
pub(crate) fn parse_double(text: &str) -> Result<f64, ErrorCode> {
    let text = trimmed(text);
    let value: f64 = text.parse().map_err(|_| ErrorCode::InvalidText)?;
    let mantissa = text.split(['e', 'E']).next().unwrap_or_default();
    let too_large = value.is_infinite() && mantissa.contains(|letter: char| letter.is_ascii_digit());
    let too_small = value == 0.0 && mantissa.contains(|letter| matches!(letter, '1'..='9'));
    if too_large || too_small { Err(ErrorCode::OutOfRange) } else { Ok(value) }
}

/// The parts of a decimal number's text.
struct Number<'a> {
    negative: bool,
    whole: &'a str,
    fraction: &'a str,
    exponent: i64,
}

impl<'a> Number<'a> {
    fn read(text: &'a str) -> Result<Self, ErrorCode> {
        let text = trimmed(text);
        let negative = text.starts_with('-');
        let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
        let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let mut digits = whole.bytes().chain(fraction.bytes());
        let is_number =
            (!whole.is_empty() || !fraction.is_empty()) && digits.all(|byte| byte.is_ascii_digit());
        if !is_number {
            return Err(ErrorCode::InvalidText);
        }
        let exponent = Self::exponent(exponent)?;
        if fraction.len() as i64 - exponent > SHOWN_DIGITS_MAX {
            return Err(ErrorCode::OutOfRange);
        }
        Ok(Self { negative, whole, fraction, exponent })
    }

    fn exponent(text: &str) -> Result<i64, ErrorCode> {
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(ErrorCode::InvalidText);
        }
        let exponent: i32 = text.parse().map_err(|_| ErrorCode::OutOfRange)?;
        if exponent.unsigned_abs() < EXPONENT_LIMIT {
            Ok(i64::from(exponent))
        } else {
            Err(ErrorCode::OutOfRange)
        }
    }
}

/// Digits after the point that a number's text shows, at most 38; 0 for what is no number.
pub(crate) fn scale_of(text: &str) -> u8 {
    let shown = Number::read(text).map_or(0, |number| number.fraction.len() as i64 - number.exponent);
    shown.clamp(0, i64::from(DIGITS_MAX)) as u8
}

/// Reads a decimal, rounding half away from zero to `scale`.
pub(crate) fn parse_decimal(text: &str, precision: u8, scale: u8) -> Result<i128, ErrorCode> {
    let number = Number::read(text)?;
    let digits_len = (number.whole.len() + number.fraction.len()) as i64;
    let kept = (digits_len + number.exponent - number.fraction.len() as i64 + i64::from(scale)).max(-1);
    let mut digits = number.whole.bytes().chain(number.fraction.bytes()).map(|byte| i128::from(byte - b'0'));
    let mut unscaled: i128 = 0;
    for digit in digits.by_ref().take(kept.max(0) as usize) {
        unscaled = unscaled
            .checked_mul(10)
            .and_then(|value| value.checked_add(digit))
            .ok_or(ErrorCode::OutOfRange)?;
    }
    if kept >= digits_len {
        let zeros = u8::try_from(kept - digits_len).unwrap_or(u8::MAX);
        if unscaled != 0 {
            let factor =
                if zeros <= DIGITS_MAX { power_of_ten(zeros) } else { return Err(ErrorCode::OutOfRange) };
            unscaled = unscaled.checked_mul(factor).ok_or(ErrorCode::OutOfRange)?;
        }
    } else if kept >= 0 && digits.next().is_some_and(|digit| digit >= 5) {
        unscaled += 1;
    }
    if !fits(unscaled, precision) {
        return Err(ErrorCode::OutOfRange);
    }
    Ok(if number.negative { -unscaled } else { unscaled })
}

/// The nearest double, ties to even.
pub(crate) fn decimal_to_double(unscaled: i128, scale: u8) -> f64 {
    const EXACT: u128 = 1 << 53;
    if unscaled.unsigned_abs() <= EXACT && scale <= 22 {
        return unscaled as f64 / power_of_ten(scale) as f64;
    }
    formatted(format_args!("{unscaled}e-{scale}"))
        .text()
        .parse()
        .expect("an integer with an exponent is a number")
}

/// A double as a decimal, from its first 15 digits as PostgreSQL does; NaN and infinities are out of range.
pub(crate) fn double_to_decimal(value: f64, precision: u8, scale: u8) -> Result<i128, ErrorCode> {
    if !value.is_finite() {
        return Err(ErrorCode::OutOfRange);
    }
    parse_decimal(formatted(format_args!("{value:.*e}", DOUBLE_DIGITS - 1)).text(), precision, scale)
}

/// Appends the shortest text that reads back as `value` whichever way a reader breaks ties, as PostgreSQL does.
pub(crate) fn write_double(out: &mut String, value: f64) {
    if value.is_nan() {
        return out.push_str("NaN");
    }
    if value.is_infinite() {
        return out.push_str(if value > 0.0 { "Infinity" } else { "-Infinity" });
    }
    let scientific = shortest(value);
    let (digits, exponent) = split_scientific(scientific.text());
    if (-4..15).contains(&exponent) {
        return write_plain(out, digits, exponent);
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    write!(out, "{digits}e{sign}{:02}", exponent.abs()).expect("a string takes all");
}

fn split_scientific(text: &str) -> (&str, i32) {
    let (digits, exponent) = text.split_once('e').expect("scientific notation has an exponent");
    (digits, exponent.parse().expect("the exponent is a small integer"))
}

/// The fewest digits strictly between the midpoints to the neighbours, the closest such, an even last digit on a tie.
fn shortest(value: f64) -> Buffer {
    const DIGITS_ENOUGH: usize = 17;
    let first = formatted(format_args!("{value:e}"));
    let (digits, _) = split_scientific(first.text());
    let len = digits.bytes().filter(u8::is_ascii_digit).count();
    for len in len..=DIGITS_ENOUGH {
        let closest = formatted(format_args!("{value:.*e}", len - 1));
        if closest.text().parse() == Ok(value) && !is_midpoint(closest.text(), value) {
            return closest;
        }
        if !is_midpoint(first.text(), value) {
            return first;
        }
    }
    if is_midpoint(first.text(), value) {
        formatted(format_args!("{value:.*e}", DIGITS_ENOUGH - 1))
    } else {
        first
    }
}

/// Whether a decimal lies exactly half way between `value` and a neighbour.
fn is_midpoint(decimal: &str, value: f64) -> bool {
    /// Five to a higher power divides no midpoint that 17 digits show.
    const FIVES_MAX: u32 = 24;
    let (digits, exponent) = split_scientific(decimal);
    let mantissa = digits.bytes().filter(u8::is_ascii_digit);
    let fraction_len = digits.split_once('.').map_or(0, |(_, fraction)| fraction.len() as i32);
    let mut number = mantissa.fold(0_u128, |number, digit| number * 10 + u128::from(digit - b'0'));
    let mut tens = exponent - fraction_len;
    while number != 0 && number % 10 == 0 {
        (number, tens) = (number / 10, tens + 1);
    }
    if number == 0 || tens.unsigned_abs() > FIVES_MAX {
        return false;
    }
    // value = integer * 2^twos; the midpoints are (2 * integer + 1) * 2^(twos - 1) and, below a power of two,
    // (4 * integer - 1) * 2^(twos - 2).
    let bits = value.abs().to_bits();
    let biased = (bits >> 52) as i32;
    let fraction = u128::from(bits & ((1 << 52) - 1));
    let (integer, twos) = if biased == 0 { (fraction, -1074) } else { (fraction | (1 << 52), biased - 1075) };
    let below = if fraction == 0 && biased > 1 {
        (4 * integer - 1, twos - 2)
    } else {
        ((2 * integer).saturating_sub(1), twos - 1)
    };
    let five = 5_u128.pow(tens.unsigned_abs());
    [(2 * integer + 1, twos - 1), below].into_iter().any(|(odd, twos)| {
        let (left, right) = if tens >= 0 { (number * five, odd) } else { (number, odd * five) };
        let zeros = left.trailing_zeros();
        left >> zeros == right && tens + zeros as i32 == twos
    })
}

/// Appends the digits of a scientific number without an exponent.
fn write_plain(out: &mut String, digits: &str, exponent: i32) {
    if let Some(unsigned) = digits.strip_prefix('-') {
        out.push('-');
        return write_plain(out, unsigned, exponent);
    }
    let mut rest = digits.chars().filter(|letter| *letter != '.');
    if exponent < 0 {
        out.push_str("0.");
        (1..-exponent).for_each(|_| out.push('0'));
    } else {
        (0..=exponent).for_each(|_| out.push(rest.next().unwrap_or('0')));
        let mut fraction = rest.peekable();
        if fraction.peek().is_some() {
            out.push('.');
            out.extend(fraction);
        }
        return;
    }
    out.extend(rest);
}

/// Appends a decimal with all digits of its scale.
pub(crate) fn write_decimal(out: &mut String, unscaled: i128, scale: u8) {
    types::decimal::write(out, unscaled, scale).expect("a string takes all");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_round_from_text() {
        for (text, scale, expected) in [
            ("1.005", 2, Ok(101)),
            ("-1.005", 2, Ok(-101)),
            (" 12 ", 1, Ok(120)),
            ("4.99e-1", 0, Ok(0)),
            ("5e-1", 0, Ok(1)),
            ("5e-2", 0, Ok(0)),
            ("0e999999999", 2, Ok(0)),
            ("1e-16383", 2, Ok(0)),
            ("1e-16384", 2, Err(ErrorCode::OutOfRange)),
            ("0e1073741823", 2, Err(ErrorCode::OutOfRange)),
            ("1e38", 0, Err(ErrorCode::OutOfRange)),
            ("99999999999999999999999999999999999999.5", 0, Err(ErrorCode::OutOfRange)),
            ("1e", 0, Err(ErrorCode::InvalidText)),
            (".", 0, Err(ErrorCode::InvalidText)),
        ] {
            assert_eq!(parse_decimal(text, 38, scale), expected, "{text}");
        }
        assert_eq!(scale_of("1.50"), 2);
        assert_eq!(scale_of("15e-3"), 3);
        assert_eq!(scale_of("1.5e9"), 0);
    }

    #[test]
    fn doubles_print_as_postgresql_s() {
        for (value, expected) in [
            (42_122_754_827_231_184.0, "4.2122754827231184e+16"),
            (-852_675_637_967_632.2, "-852675637967632.2"),
            (9_007_199_254_740_992.0, "9.007199254740992e+15"),
            (5e-324, "5e-324"),
            (-0.0, "-0"),
            (1e15, "1e+15"),
            (123_456_789_012_345.0, "123456789012345"),
            (1e-4, "0.0001"),
            (0.000_123_4, "0.0001234"),
            (1e-5, "1e-05"),
            (120.0, "120"),
            (0.1, "0.1"),
        ] {
            let mut out = String::new();
            write_double(&mut out, value);
            assert_eq!(out, expected);
        }
    }

    #[test]
    fn doubles_leave_the_range_by_error() {
        assert_eq!(parse_double("1e400"), Err(ErrorCode::OutOfRange));
        assert_eq!(parse_double("-0.1e-400"), Err(ErrorCode::OutOfRange));
        assert_eq!(parse_double("0e-400"), Ok(0.0));
        assert_eq!(parse_double(" -Infinity"), Ok(f64::NEG_INFINITY));
        assert_eq!(double_to_decimal(1.005, 38, 2), Ok(101));
    }
}
