//! Text to values of the SQL types, exactly or not at all, with fast paths for the forms that machines write.

use types::{Column, DataType, Values, decimal, time};

/// Why a text is no value of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It has another form.
    Form,
    /// It is outside the type's range.
    Range,
    /// It has more digits after the point than the type.
    Scale,
    /// It is a time that does not say in which zone.
    Zone,
}

/// Bytes of `YYYY-MM-DD`.
const DATE_BYTES: usize = 10;

/// Where the seconds stand in `YYYY-MM-DDTHH:MM:SS`.
const SECONDS_AT: usize = 17;

/// Digits that surely fit 64 bits.
const SHORT_DIGITS_MAX: usize = 18;

/// An integer, also one with a point or an exponent if its value is whole.
pub(crate) fn bigint(text: &str) -> Result<i64, Fault> {
    let (negative, digits) = match text.as_bytes() {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if (1..=SHORT_DIGITS_MAX).contains(&digits.len()) {
        let mut value = 0_i64;
        let mut other = 0;
        for byte in digits {
            let digit = byte.wrapping_sub(b'0');
            other |= u8::from(digit > 9);
            value = value * 10 + i64::from(digit & 15);
        }
        if other == 0 {
            return Ok(if negative { -value } else { value });
        }
    }
    let value = decimal::parse(text, decimal::DIGITS_MAX, 0).map_err(decimal_fault)?;
    i64::try_from(value).map_err(|_| Fault::Range)
}

/// A decimal of the given shape; digits that would be lost are refused.
pub(crate) fn decimal(text: &str, precision: u8, scale: u8) -> Result<i128, Fault> {
    if let Some(unscaled) = short_decimal(text, scale)
        && decimal::fits(i128::from(unscaled), precision)
    {
        return Ok(i128::from(unscaled));
    }
    decimal::parse(text, precision, scale).map_err(decimal_fault)
}

/// A plain number whose digits, filled up to `scale`, fit 64 bits; `None` when it takes the long way.
fn short_decimal(text: &str, scale: u8) -> Option<i64> {
    let (negative, digits) = match text.as_bytes() {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    let scale = usize::from(scale);
    let (mut value, mut point, mut count) = (0_i64, None, 0);
    if digits.is_empty() || digits.len() + scale > SHORT_DIGITS_MAX {
        return None;
    }
    for byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit <= 9 {
            value = value * 10 + i64::from(digit);
            count += 1;
        } else if *byte == b'.' && point.is_none() {
            point = Some(count);
        } else {
            return None;
        }
    }
    let fraction = point.map_or(0, |point| count - point);
    if count == 0 || fraction > scale {
        return None;
    }
    for _ in fraction..scale {
        value *= 10;
    }
    Some(if negative { -value } else { value })
}

fn decimal_fault(error: decimal::Error) -> Fault {
    match error {
        decimal::Error::Syntax => Fault::Form,
        decimal::Error::Scale => Fault::Scale,
        decimal::Error::Precision => Fault::Range,
    }
}

/// A double: the nearest to the text's number, or `NaN`, `Infinity` and `-Infinity` by name.
pub(crate) fn double(text: &str) -> Result<f64, Fault> {
    match text {
        "NaN" => return Ok(f64::NAN),
        "Infinity" => return Ok(f64::INFINITY),
        "-Infinity" => return Ok(f64::NEG_INFINITY),
        _ => {}
    }
    if !text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'-' | b'+' | b'e' | b'E')) {
        return Err(Fault::Form);
    }
    let value: f64 = text.parse().map_err(|_| Fault::Form)?;
    if value.is_finite() { Ok(value) } else { Err(Fault::Range) }
}

/// A truth value.
pub(crate) fn boolean(text: &str) -> Result<bool, Fault> {
    if text.eq_ignore_ascii_case("true") {
        return Ok(true);
    }
    if text.eq_ignore_ascii_case("false") { Ok(false) } else { Err(Fault::Form) }
}

/// Microseconds since 1970.
pub(crate) fn timestamp(text: &str) -> Result<i64, Fault> {
    short_timestamp(text.as_bytes()).or_else(|| time::parse_timestamp(text)).ok_or(Fault::Form)
}

/// Microseconds since 1970, of a text that says its zone and a second of the clock's sixty.
pub(crate) fn zoned_timestamp(text: &str) -> Result<i64, Fault> {
    if let Some(micros) = short_timestamp(text.as_bytes()) {
        return Ok(micros);
    }
    let micros = time::parse_timestamp(text).ok_or(Fault::Form)?;
    let text = text.trim();
    // The zone stands after the date, whose own signs are no zone's.
    let clock = text.get(DATE_BYTES..).unwrap_or_default();
    if !clock.contains(['Z', 'z', '+', '-']) {
        return Err(Fault::Zone);
    }
    if text.get(SECONDS_AT..SECONDS_AT + 2) == Some("60") { Err(Fault::Form) } else { Ok(micros) }
}

/// `YYYY-MM-DDTHH:MM:SS[.f{1,6}]Z` with ordinary digits; `None` when it takes the long way.
fn short_timestamp(text: &[u8]) -> Option<i64> {
    if text.len() < 20 || text.len() > 27 || *text.last()? != b'Z' {
        return None;
    }
    let separators = (text[4], text[7], text[10], text[13], text[16]);
    if separators != (b'-', b'-', b'T', b':', b':') {
        return None;
    }
    let year = number(&text[..4])?;
    let (month, day) = (number(&text[5..7])?, number(&text[8..10])?);
    let (hour, minute, second) = (number(&text[11..13])?, number(&text[14..16])?, number(&text[17..19])?);
    if !(1..=12).contains(&month)
        || day < 1
        || day > days_in(year, month)
        || hour > 23
        || minute > 59
        || second > 59
    {
        return None;
    }
    let micros = match &text[19..text.len() - 1] {
        [] => 0,
        [b'.', digits @ ..] if !digits.is_empty() => {
            number(digits)? * 10_i64.pow(6 - u32::try_from(digits.len()).ok()?)
        }
        _ => return None,
    };
    let seconds = ((days_from_civil(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
    Some(seconds * time::SECOND + micros)
}

fn number(digits: &[u8]) -> Option<i64> {
    let mut value = 0;
    for byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + i64::from(digit);
    }
    Some(value)
}

const fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01, counting years from March so that the leap day is the last one (Hinnant, "chrono-Compatible
/// Low-Level Date Algorithms").
const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// Days since 1970-01-01.
pub(crate) fn date(text: &str) -> Result<i32, Fault> {
    time::parse_date(text).ok_or(Fault::Form)
}

/// Appends what `text` says to a column of any type but `INTERVAL`, which no stream or table has.
pub(crate) fn push_text(column: &mut Column, text: &str) -> Result<(), Fault> {
    match (&mut column.values, column.data_type) {
        (Values::Text(values), _) => values.push(text),
        (Values::BigInt(values), _) => values.push(bigint(text)?),
        (Values::Decimal(values), DataType::Decimal { precision, scale }) => {
            values.push(decimal(text, precision, scale)?);
        }
        (Values::Double(values), _) => values.push(double(text)?),
        (Values::Boolean(values), _) => values.push(boolean(text)?),
        (Values::Timestamptz(values), _) => values.push(timestamp(text)?),
        (Values::Date(values), _) => values.push(date(text)?),
        (Values::Decimal(_) | Values::Interval(_), _) => return Err(Fault::Form),
    }
    column.nulls.push(false);
    Ok(())
}

/// What a value of the type looks like, as a remedy.
pub(crate) const fn remedy(data_type: DataType) -> &'static str {
    match data_type {
        DataType::Text => "send a string",
        DataType::BigInt => "send a whole number from -9223372036854775808 to 9223372036854775807",
        DataType::Decimal { .. } => {
            "send a number, or its digits as a string, that the type can hold exactly"
        }
        DataType::Double => "send a number, or \"NaN\", \"Infinity\" or \"-Infinity\"",
        DataType::Boolean => "send true or false",
        DataType::Timestamptz => {
            "send RFC 3339 text of at most microseconds, such as \"2026-01-02T03:04:05.678Z\" or \
             \"2026-01-02T08:34:05+05:30\", no number"
        }
        DataType::Date => "send a date such as \"2026-01-02\"",
        DataType::Interval => "no stream or table has intervals",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn fast_ways_agree_with_the_long_ones(
            text in "-?[0-9]{0,20}(\\.[0-9]{0,8})?(e[0-9])?", scale in 0..7_u8, micros in -60_000_000_000_000_000..250_000_000_000_000_000_i64,
        ) {
            prop_assert_eq!(decimal(&text, 18, scale), decimal::parse(&text, 18, scale).map_err(decimal_fault));
            let whole = decimal::parse(&text, 38, 0).map_err(decimal_fault);
            prop_assert_eq!(bigint(&text), whole.and_then(|value| i64::try_from(value).map_err(|_| Fault::Range)));
            let mut written = String::new();
            time::write_rfc3339(&mut written, micros).expect("a string takes all");
            prop_assert_eq!(short_timestamp(written.as_bytes()), Some(micros), "{}", written);
        }

        #[test]
        fn no_other_timestamp_takes_the_fast_way(text in "[0-2][0-9]{3}-[0-9]{2}-[0-3][0-9]T[0-9]{2}:[0-6][0-9]:[0-6][0-9](\\.[0-9]{0,7})?Z") {
            if let Some(micros) = short_timestamp(text.as_bytes()) {
                prop_assert_eq!(Some(micros), time::parse_timestamp(&text), "{}", text);
            }
        }
    }

    #[test]
    fn a_zoned_time_says_its_zone() {
        for text in [
            "2026-01-02T03:04:05.678Z",
            "2026-01-02t03:04:05.678z",
            "2026-01-02T08:34:05.678+05:30",
            "2026-01-01T22:04:05.678-0500",
            "2026-01-02 03:04:05.678+00",
        ] {
            assert_eq!(zoned_timestamp(text), Ok(1_767_323_045_678_000), "{text}");
        }
        for text in ["2026-01-02", "2026-01-02T03:04:05", "2026-01-02 03:04", " 2026-01-02T03:04:05.678 "] {
            assert_eq!((zoned_timestamp(text), timestamp(text).is_ok()), (Err(Fault::Zone), true), "{text}");
        }
        for text in [
            "2026-01-02T03:04:60Z",
            "2026-01-02T03:04:60+05:30",
            "2026-01-02Z",
            "now",
            "",
            "2026-01-02T03:04:05+99:00",
        ] {
            assert_eq!(zoned_timestamp(text), Err(Fault::Form), "{text}");
        }
    }

    #[test]
    fn doubles_are_numbers_of_the_field() {
        assert_eq!(double("85.64999999999999"), Ok(85.649_999_999_999_99));
        assert_eq!(double("1e400"), Err(Fault::Range));
        assert_eq!(double("-Infinity"), Ok(f64::NEG_INFINITY));
        for bad in ["", "inf", "nan", "infinity", "0x1p3", "1_000", "1,5"] {
            assert_eq!(double(bad), Err(Fault::Form), "{bad}");
        }
    }
}
