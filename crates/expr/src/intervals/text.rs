//! Intervals between text and parts: `1 year 2 mons 3 days 04:05:06.789`.

use std::fmt::Write as _;

use types::Interval;

use crate::{
    calendar::{DAY, HOUR, MINUTE, SECOND},
    error::ErrorCode,
    number_text::trimmed,
    time_text::{read_seconds, write_clock},
};

/// Appends an interval as PostgreSQL prints it.
pub(crate) fn write(out: &mut String, interval: Interval) {
    let start = out.len();
    let mut negative_before = false;
    let parts = [(interval.months / 12, "year"), (interval.months % 12, "mon"), (interval.days, "day")];
    for (value, unit) in parts.into_iter().filter(|(value, _)| *value != 0) {
        let space = if out.len() > start { " " } else { "" };
        let plus = if negative_before && value > 0 { "+" } else { "" };
        let plural = if value == 1 { "" } else { "s" };
        write!(out, "{space}{plus}{value} {unit}{plural}").expect("a string takes all");
        negative_before = value < 0;
    }
    if interval.micros == 0 && out.len() > start {
        return;
    }
    if out.len() > start {
        out.push(' ');
    }
    if interval.micros < 0 {
        out.push('-');
    } else if negative_before {
        out.push('+');
    }
    write_clock(out, interval.micros);
}

/// Reads PostgreSQL's usual forms: numbers with units, a time of day, `ago`. A number without a unit is seconds.
///
/// # Errors
/// `InvalidText` when it is not an interval, `OutOfRange` when a part does not fit.
pub fn parse(text: &str) -> Result<Interval, ErrorCode> {
    let text = trimmed(text);
    let mut sum = Sum::default();
    let mut words = Words { rest: text };
    let mut any = false;
    while let Some(word) = words.next() {
        if word.eq_ignore_ascii_case("ago") && any && words.rest.is_empty() {
            return super::negate(sum.interval()?);
        }
        any = true;
        if word.contains(':') {
            sum.add_clock(word)?;
        } else {
            let unit = words.unit();
            sum.add_number(word, unit)?;
        }
    }
    if any { sum.interval() } else { Err(ErrorCode::InvalidText) }
}

/// Splits at spaces and where a number meets a letter.
struct Words<'a> {
    rest: &'a str,
}

impl<'a> Words<'a> {
    fn next(&mut self) -> Option<&'a str> {
        let rest = self.rest.trim_start();
        let first = rest.chars().next()?;
        let numeric = |letter: char| letter.is_ascii_digit() || matches!(letter, '+' | '-' | '.' | ':');
        let end = rest
            .find(|letter: char| letter.is_ascii_whitespace() || numeric(letter) != numeric(first))
            .unwrap_or(rest.len());
        let (word, rest) = rest.split_at(end);
        self.rest = rest;
        Some(word)
    }

    /// The unit that follows a number; seconds when the text ends.
    fn unit(&mut self) -> &'a str {
        let before = self.rest;
        match self.next() {
            Some(word) if word.starts_with(|letter: char| letter.is_ascii_alphabetic()) => word,
            Some(word) => {
                self.rest = before;
                // A bare number before a time of day is days.
                if word.contains(':') { "day" } else { "" }
            }
            None => "second",
        }
    }
}

/// The parts added up, wide enough that only the end needs a check.
#[derive(Default)]
struct Sum {
    months: i64,
    days: i64,
    micros: i128,
    /// A bit for each unit that was given: none may come twice.
    given: u16,
}

impl Sum {
    fn once(&mut self, units: u16) -> Result<(), ErrorCode> {
        if self.given & units != 0 {
            return Err(ErrorCode::InvalidText);
        }
        self.given |= units;
        Ok(())
    }

    fn interval(&self) -> Result<Interval, ErrorCode> {
        let parts = || {
            Some(Interval {
                months: i32::try_from(self.months).ok()?,
                days: i32::try_from(self.days).ok()?,
                micros: i64::try_from(self.micros).ok()?,
            })
        };
        parts().ok_or(ErrorCode::OutOfRange)
    }

    /// `[-]hours:minutes[:seconds]`.
    fn add_clock(&mut self, word: &str) -> Result<(), ErrorCode> {
        let negative = word.starts_with('-');
        let clock = word.strip_prefix(['-', '+']).unwrap_or(word);
        let mut parts = clock.split(':');
        let mut whole = |most: i64| {
            let part = parts.next().unwrap_or("0");
            let digits =
                !part.is_empty() && part.len() <= 10 && part.bytes().all(|byte| byte.is_ascii_digit());
            if digits { part.parse().ok().filter(|value: &i64| *value <= most) } else { None }
        };
        let (hours, minutes) = (whole(i64::MAX / HOUR), whole(59));
        let seconds = read_seconds(parts.next().unwrap_or("0")).filter(|seconds| *seconds <= 60 * SECOND);
        let (Some(hours), Some(minutes), Some(seconds), None) = (hours, minutes, seconds, parts.next())
        else {
            return Err(ErrorCode::InvalidText);
        };
        self.once(Unit::CLOCK)?;
        let micros = i128::from(hours * HOUR) + i128::from(minutes * MINUTE + seconds);
        self.micros += if negative { -micros } else { micros };
        Ok(())
    }

    fn add_number(&mut self, number: &str, unit: &str) -> Result<(), ErrorCode> {
        let negative = number.starts_with('-');
        let digits = number.strip_prefix(['-', '+']).unwrap_or(number);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let is_number = (!whole.is_empty() || !fraction.is_empty())
            && whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit());
        if !is_number {
            return Err(ErrorCode::InvalidText);
        }
        let whole: i64 =
            if whole.is_empty() { 0 } else { whole.parse().map_err(|_| ErrorCode::OutOfRange)? };
        let fraction: f64 = if fraction.is_empty() {
            0.0
        } else {
            digits[digits.len() - fraction.len() - 1..].parse().expect("digits after a point are a number")
        };
        if negative { self.add(-whole, -fraction, unit) } else { self.add(whole, fraction, unit) }
    }

    fn add(&mut self, whole: i64, fraction: f64, unit: &str) -> Result<(), ErrorCode> {
        let (bit, unit) = Unit::named(unit).ok_or(ErrorCode::InvalidText)?;
        self.once(if bit == Unit::SECOND && fraction != 0.0 { Unit::SECONDS } else { bit })?;
        match unit {
            Unit::Micros(micros) => {
                self.micros += i128::from(whole) * i128::from(micros);
                self.add_fraction(fraction, micros);
            }
            Unit::Days(days) => {
                self.days = whole
                    .checked_mul(days)
                    .and_then(|added| self.days.checked_add(added))
                    .ok_or(ErrorCode::OutOfRange)?;
                self.add_fraction_of_days(fraction * days as f64);
            }
            Unit::Months(months) => {
                self.months = whole
                    .checked_mul(months)
                    .and_then(|added| self.months.checked_add(added))
                    .ok_or(ErrorCode::OutOfRange)?;
                if months == 1 {
                    self.add_fraction_of_days(fraction * 30.0);
                } else {
                    self.months += libm::rint(fraction * months as f64) as i64;
                }
            }
        }
        Ok(())
    }

    fn add_fraction_of_days(&mut self, days: f64) {
        let whole = libm::trunc(days);
        self.days += whole as i64;
        self.add_fraction(days - whole, DAY);
    }

    fn add_fraction(&mut self, fraction: f64, micros: i64) {
        let exact = fraction * micros as f64;
        let whole = libm::trunc(exact);
        let rest = exact - whole;
        let rounded = if rest > 0.5 {
            1.0
        } else if rest < -0.5 {
            -1.0
        } else {
            0.0
        };
        self.micros += (whole + rounded) as i128;
    }
}

#[derive(Clone, Copy)]
enum Unit {
    Micros(i64),
    Days(i64),
    Months(i64),
}

impl Unit {
    const SECOND: u16 = 1 << 2;
    /// Seconds and their parts.
    const SECONDS: u16 = 0b111;
    /// What a time of day gives: hours, minutes, seconds and their parts.
    const CLOCK: u16 = 0b1_1111;

    /// The unit of this name, and its bit.
    fn named(name: &str) -> Option<(u16, Self)> {
        const NAMES: &[(&[&str], Unit)] = &[
            (&["microsecond", "microseconds", "us", "usec", "usecs"], Unit::Micros(1)),
            (&["millisecond", "milliseconds", "ms", "msec", "msecs"], Unit::Micros(1_000)),
            (&["second", "seconds", "sec", "secs", "s"], Unit::Micros(SECOND)),
            (&["minute", "minutes", "min", "mins", "m"], Unit::Micros(MINUTE)),
            (&["hour", "hours", "hr", "hrs", "h"], Unit::Micros(HOUR)),
            (&["day", "days", "d"], Unit::Days(1)),
            (&["week", "weeks", "w"], Unit::Days(7)),
            (&["month", "months", "mon", "mons"], Unit::Months(1)),
            (&["year", "years", "yr", "yrs", "y"], Unit::Months(12)),
            (&["decade", "decades"], Unit::Months(120)),
            (&["century", "centuries"], Unit::Months(1_200)),
        ];
        NAMES
            .iter()
            .enumerate()
            .find(|(_, (names, _))| names.iter().any(|known| known.eq_ignore_ascii_case(name)))
            .map(|(place, (_, unit))| (1 << place, *unit))
    }
}
