//! Timestamps and dates between text and numbers, in UTC.

use std::fmt;

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveDateTime, NaiveTime, Timelike as _};

/// Microseconds in a second.
pub const SECOND: i64 = 1_000_000;
/// Microseconds in a day.
pub const DAY: i64 = 86_400 * SECOND;

/// Bytes of `2026-01-02T03:04:05Z`.
const WHOLE_SECONDS: usize = 20;

const EPOCH_DAYS_FROM_CE: i32 = 719_163;

/// Parses RFC 3339 or `YYYY-MM-DD[ T]HH:MM:SS[.ffffff][zone]`; without a zone it is UTC, digits beyond the
/// microsecond are an error rather than a silent loss. `None` when it is not a timestamp.
pub fn parse_timestamp(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Some(days) = parse_date(text) {
        return i64::from(days).checked_mul(DAY);
    }
    if !text.is_ascii() || text.len() < 16 || finer_than_microseconds(text) {
        return None;
    }
    let time = &text[11..];
    if !matches!(text.as_bytes()[10], b'T' | b't' | b' ') {
        return None;
    }
    let zone_at = time.find(['Z', 'z', '+', '-']).unwrap_or(time.len());
    let (clock, zone) = time.split_at(zone_at);
    let naive = NaiveDateTime::new(
        NaiveDate::parse_from_str(&text[..10], "%Y-%m-%d").ok()?,
        NaiveTime::parse_from_str(clock.trim_end(), "%H:%M:%S%.f")
            .or_else(|_| NaiveTime::parse_from_str(clock.trim_end(), "%H:%M"))
            .ok()?,
    );
    naive.and_utc().timestamp_micros().checked_sub(parse_zone(zone)?)
}

fn finer_than_microseconds(text: &str) -> bool {
    text.split_once('.').is_some_and(|(_, fraction)| {
        fraction.bytes().take_while(u8::is_ascii_digit).skip(6).any(|digit| digit != b'0')
    })
}

fn parse_zone(zone: &str) -> Option<i64> {
    if matches!(zone, "" | "Z" | "z") {
        return Some(0);
    }
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let digits = zone[1..].replace(':', "");
    if !matches!(digits.len(), 2 | 4) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let hours: i64 = digits[..2].parse().ok()?;
    let minutes: i64 = if digits.len() == 4 { digits[2..].parse().ok()? } else { 0 };
    (hours <= 15 && minutes < 60).then_some(sign * (hours * 60 + minutes) * 60 * SECOND)
}

/// Parses `YYYY-MM-DD` to days since 1970-01-01.
pub fn parse_date(text: &str) -> Option<i32> {
    if text.len() != 10 {
        return None;
    }
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(|date| date.num_days_from_ce() - EPOCH_DAYS_FROM_CE)
}

/// The calendar date `days` after 1970-01-01; `None` outside the calendar.
pub fn date(days: i32) -> Option<NaiveDate> {
    NaiveDate::from_num_days_from_ce_opt(days.checked_add(EPOCH_DAYS_FROM_CE)?)
}

/// The calendar date and clock of `micros` in UTC; `None` outside the calendar.
pub fn date_time(micros: i64) -> Option<NaiveDateTime> {
    DateTime::from_timestamp_micros(micros).map(|time| time.naive_utc())
}

/// Days since 1970-01-01 of a calendar date.
pub fn days(date: NaiveDate) -> i32 {
    date.num_days_from_ce() - EPOCH_DAYS_FROM_CE
}

/// Writes `2026-01-02 03:04:05.678+00`, as PostgreSQL does in a UTC session.
///
/// # Errors
/// Only those of the writer.
pub fn write_timestamp(out: &mut dyn fmt::Write, micros: i64) -> fmt::Result {
    let Some(time) = date_time(micros) else { return write!(out, "{micros} microseconds") };
    write!(out, "{} {:02}:{:02}:{:02}", time.date(), time.hour(), time.minute(), time.second())?;
    let fraction = micros.rem_euclid(SECOND);
    if fraction != 0 {
        let digits = format!("{fraction:06}");
        write!(out, ".{}", digits.trim_end_matches('0'))?;
    }
    out.write_str("+00")
}

/// Writes RFC 3339 in UTC, for JSON.
///
/// # Errors
/// Only those of the writer.
pub fn write_rfc3339(out: &mut dyn fmt::Write, micros: i64) -> fmt::Result {
    let Some(time) = date_time(micros) else { return write!(out, "{micros}") };
    let fraction = micros.rem_euclid(SECOND) as u32;
    let Some(year) = u32::try_from(time.year()).ok().filter(|year| *year <= 9_999) else {
        write!(out, "{}T{:02}:{:02}:{:02}", time.date(), time.hour(), time.minute(), time.second())?;
        return if fraction == 0 { out.write_char('Z') } else { write!(out, ".{fraction:06}Z") };
    };
    // Written digit by digit: an answer has dozens of them.
    let mut text = *b"0000-00-00T00:00:00.000000Z";
    for (place, number) in [
        (0..4, year),
        (5..7, time.month()),
        (8..10, time.day()),
        (11..13, time.hour()),
        (14..16, time.minute()),
        (17..19, time.second()),
        (20..26, fraction),
    ] {
        digits(&mut text[place], number);
    }
    let mut len = text.len();
    if fraction == 0 {
        len = WHOLE_SECONDS;
        text[len - 1] = b'Z';
    }
    out.write_str(std::str::from_utf8(&text[..len]).expect("digits and punctuation are UTF-8"))
}

/// Fills a place with a number's last digits.
fn digits(place: &mut [u8], mut number: u32) {
    for digit in place.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

/// Writes `YYYY-MM-DD`.
///
/// # Errors
/// Only those of the writer.
pub fn write_date(out: &mut dyn fmt::Write, days: i32) -> fmt::Result {
    match date(days) {
        Some(date) => write!(out, "{date}"),
        None => write!(out, "{days} days"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_read_in_every_usual_form() {
        let expected = Some(1_767_323_045_678_000);
        for text in [
            "2026-01-02T03:04:05.678Z",
            "2026-01-02 03:04:05.678",
            "2026-01-02 03:04:05.678+00",
            "2026-01-02T08:34:05.678+05:30",
            "2026-01-01T22:04:05.6780000-0500",
        ] {
            assert_eq!(parse_timestamp(text), expected, "{text}");
        }
        assert_eq!(parse_timestamp("1970-01-02"), Some(DAY));
        for bad in [
            "",
            "yesterday",
            "2026-13-01T00:00:00Z",
            "2026-01-02T03:04:05.1234567Z",
            "2026-01-02T25:00:00Z",
            "２026-01-02T03:04:05Z",
        ] {
            assert_eq!(parse_timestamp(bad), None, "{bad}");
        }
    }

    #[test]
    fn timestamps_write_as_postgresql_does() {
        let mut out = String::new();
        write_timestamp(&mut out, -1).expect("a string takes all");
        assert_eq!(out, "1969-12-31 23:59:59.999999+00");
        out.clear();
        write_rfc3339(&mut out, 1_767_323_045_678_000).expect("a string takes all");
        assert_eq!(out, "2026-01-02T03:04:05.678000Z");
        for (micros, text) in [
            (-1, "1969-12-31T23:59:59.999999Z"),
            (1_767_323_045_000_000, "2026-01-02T03:04:05Z"),
            (253_402_300_799_000_001, "9999-12-31T23:59:59.000001Z"),
            (253_402_300_800_000_000, "+10000-01-01T00:00:00Z"),
            (-62_167_219_200_000_001, "-0001-12-31T23:59:59.999999Z"),
            (i64::MAX, "9223372036854775807"),
        ] {
            out.clear();
            write_rfc3339(&mut out, micros).expect("a string takes all");
            assert_eq!(out, text);
        }
    }
}
