//! Timestamps and dates between text and numbers, in ISO 8601 as PostgreSQL prints it in a UTC session.

use std::fmt::Write as _;

use crate::{
    calendar::{self, Civil, HOUR, MINUTE, SECOND, split},
    error::ErrorCode,
    number_text::trimmed,
};

/// Appends `2026-01-02`, with ` BC` for years before 1.
pub(crate) fn write_date(out: &mut String, days: i32) {
    let era = write_civil(out, i64::from(days));
    out.push_str(era);
}

/// Appends `2026-01-02 03:04:05.678+00`.
pub(crate) fn write_timestamp(out: &mut String, micros: i64) {
    let (days, clock) = split(micros);
    let era = write_civil(out, days);
    out.push(' ');
    write_clock(out, clock);
    out.push_str("+00");
    out.push_str(era);
}

/// Appends `2026-01-02 03:04:05.678`, what a local clock shows.
pub(crate) fn write_local(out: &mut String, micros: i64) {
    let (days, clock) = split(micros);
    let era = write_civil(out, days);
    out.push(' ');
    write_clock(out, clock);
    out.push_str(era);
}

/// Reads what a local clock shows; a zone behind it is passed over, as PostgreSQL does.
pub(crate) fn parse_local(text: &str) -> Result<i64, ErrorCode> {
    let moment = Moment::read(text)?;
    calendar::timestamp(moment.days, moment.clock)
}

/// Appends `2026-01-02T03:04:05.678+00:00`, the form of ISO 8601 that JSON carries.
pub(crate) fn write_iso_timestamp(out: &mut String, micros: i64) {
    let (days, clock) = split(micros);
    let era = write_civil(out, days);
    out.push('T');
    write_clock(out, clock);
    out.push_str("+00:00");
    out.push_str(era);
}

fn write_civil(out: &mut String, days: i64) -> &'static str {
    let Civil { year, month, day } = Civil::of(days);
    let (year, era) = if year > 0 { (year, "") } else { (1 - year, " BC") };
    write!(out, "{year:04}-{month:02}-{day:02}").expect("a string takes all");
    era
}

/// Appends `03:04:05.678` without trailing zeros; the hours may pass 24.
pub(crate) fn write_clock(out: &mut String, micros: i64) {
    let micros = micros.unsigned_abs();
    let second = SECOND.unsigned_abs();
    let (seconds, fraction) = (micros / second, micros % second);
    write!(out, "{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
        .expect("a string takes all");
    if fraction != 0 {
        write!(out, ".{fraction:06}").expect("a string takes all");
        out.truncate(out.trim_end_matches('0').len());
    }
}

/// Reads a date: `2026-01-02`, `20260102`, also with ` BC`. A time of day behind it is dropped.
pub(crate) fn parse_date(text: &str) -> Result<i32, ErrorCode> {
    calendar::date(Moment::read(text)?.days)
}

/// Reads a timestamp: a date, then optionally a time of day and a zone, which is UTC when there is none.
pub(crate) fn parse_timestamp(text: &str) -> Result<i64, ErrorCode> {
    let moment = Moment::read(text)?;
    calendar::timestamp(moment.days, moment.clock - moment.zone)
}

struct Moment {
    days: i64,
    clock: i64,
    zone: i64,
}

impl Moment {
    fn read(text: &str) -> Result<Self, ErrorCode> {
        let text = trimmed(text);
        let bytes = text.as_bytes();
        let (text, before_christ) = match bytes {
            [.., b' ', b'B' | b'b', b'C' | b'c'] => (text[..text.len() - 3].trim_end(), true),
            _ => (text, false),
        };
        let date_len =
            text.bytes().position(|byte| !(byte.is_ascii_digit() || byte == b'-')).unwrap_or(text.len());
        let (date, rest) = text.split_at(date_len);
        let mut civil = read_civil(date).ok_or(ErrorCode::InvalidText)?;
        if civil.year == 0 {
            return Err(ErrorCode::InvalidText);
        }
        if before_christ {
            civil.year = 1 - civil.year;
        }
        let days = civil.checked().ok_or(ErrorCode::InvalidText)?;
        let (clock, zone) = read_time(rest)?;
        Ok(Self { days, clock, zone })
    }
}

fn read_civil(text: &str) -> Option<Civil> {
    let number = |text: &str| -> Option<i64> {
        (!text.is_empty() && text.len() <= 7 && text.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| text.parse().ok())?
    };
    if text.len() >= 8 && !text.contains('-') {
        let (year, rest) = text.split_at(text.len() - 4);
        return Some(Civil { year: number(year)?, month: number(&rest[..2])?, day: number(&rest[2..])? });
    }
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if year.len() < 4 || month.len() > 2 || day.len() > 2 || parts.next().is_some() {
        return None;
    }
    Some(Civil { year: number(year)?, month: number(month)?, day: number(day)? })
}

/// The time of day and the zone's distance from UTC, both in microseconds.
fn read_time(text: &str) -> Result<(i64, i64), ErrorCode> {
    let rest = text.strip_prefix(['T', 't']).unwrap_or_else(|| text.trim_start());
    if rest.is_empty() {
        return if text.is_empty() { Ok((0, 0)) } else { Err(ErrorCode::InvalidText) };
    }
    let clock_len = rest
        .bytes()
        .position(|byte| !(byte.is_ascii_digit() || matches!(byte, b':' | b'.')))
        .unwrap_or(rest.len());
    let (clock, zone) = rest.split_at(clock_len);
    let clock = if clock.is_empty() { Some(0) } else { read_clock(clock) };
    let zone = read_zone(zone.trim_start());
    clock.zip(zone).ok_or(ErrorCode::InvalidText)
}

/// `03:04`, `03:04:05`, `03:04:05.678`; 24:00 is the end of the day, and second 60 the next minute's first.
fn read_clock(text: &str) -> Option<i64> {
    let mut parts = text.split(':');
    let (hours, minutes, seconds) = (parts.next()?, parts.next()?, parts.next().unwrap_or("0"));
    if parts.next().is_some() || hours.len() > 2 || minutes.len() > 2 || minutes.contains('.') {
        return None;
    }
    let hours: i64 = hours.parse().ok()?;
    let minutes: i64 = minutes.parse().ok()?;
    let seconds = read_seconds(seconds)?;
    if minutes >= 60 || seconds >= 61 * SECOND {
        return None;
    }
    let micros = hours * HOUR + minutes * MINUTE + seconds;
    (hours < 24 || micros == 24 * HOUR).then_some(micros)
}

/// Seconds with any number of decimals, to the nearest microsecond as PostgreSQL rounds.
pub(crate) fn read_seconds(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if whole.is_empty() || whole.len() > 12 || !text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
    {
        return None;
    }
    let whole: i64 = whole.parse().ok()?;
    if fraction.is_empty() {
        return Some(whole * SECOND);
    }
    let fraction: f64 = text[text.len() - fraction.len() - 1..].parse().ok()?;
    Some(whole * SECOND + libm::rint(fraction * SECOND as f64) as i64)
}

/// `Z`, `UTC`, `+05`, `+0530`, `+05:30`, `+05:30:15`.
fn read_zone(text: &str) -> Option<i64> {
    if text.is_empty() || ["z", "utc", "gmt"].iter().any(|name| text.eq_ignore_ascii_case(name)) {
        return Some(0);
    }
    let sign = match text.as_bytes()[0] {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits = &text[1..];
    let mut parts = [0; 3];
    if digits.contains(':') {
        let mut given = digits.split(':');
        for part in &mut parts {
            *part = read_part(given.next().unwrap_or("0"))?;
        }
        if given.next().is_some() {
            return None;
        }
    } else {
        match digits.len() {
            1 | 2 => parts[0] = read_part(digits)?,
            3 | 4 => {
                let (hours, minutes) = (digits.get(..digits.len() - 2)?, digits.get(digits.len() - 2..)?);
                (parts[0], parts[1]) = (read_part(hours)?, read_part(minutes)?);
            }
            _ => return None,
        }
    }
    let [hours, minutes, seconds] = parts;
    let valid = hours <= 15 && minutes < 60 && seconds < 60;
    valid.then_some(sign * (hours * HOUR + minutes * MINUTE + seconds * SECOND))
}

fn read_part(text: &str) -> Option<i64> {
    let valid = matches!(text.len(), 1 | 2) && text.bytes().all(|byte| byte.is_ascii_digit());
    valid.then(|| text.parse().ok())?
}
