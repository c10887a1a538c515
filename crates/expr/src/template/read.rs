//! Times read by a template: numbers and names where the patterns stand, and between them what the template has.

use super::{Item, MONTHS, Pattern, write::JULIAN_EPOCH};
use crate::{
    calendar::{Civil, HOUR, MINUTE, SECOND},
    error::ErrorCode,
};

/// What was read: the day, the time of day and how far the clock is before UTC, both in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) days: i64,
    pub(crate) clock: i64,
    pub(crate) zone: i64,
}

/// Whether all patterns are among those that are read.
pub(super) fn can_read(items: &[Item]) -> bool {
    items.iter().all(|item| match item {
        Item::Text(_) => true,
        Item::Pattern { ordinal: Some(_), .. } => false,
        Item::Pattern { pattern, .. } => matches!(
            pattern,
            Pattern::Year(4)
                | Pattern::Month
                | Pattern::MonthName(_)
                | Pattern::MonthShort(_)
                | Pattern::Day
                | Pattern::DayOfYear
                | Pattern::JulianDay
                | Pattern::Hour24
                | Pattern::Hour12
                | Pattern::HalfDay(..)
                | Pattern::Minute
                | Pattern::Second
                | Pattern::SecondOfDay
                | Pattern::Fraction(3 | 6)
                | Pattern::ZoneHours
                | Pattern::ZoneMinutes
        ),
    })
}

/// The parts as they are found; what a text does not say stays as in PostgreSQL: year 1 BC, January, the first, midnight.
struct Parts {
    civil: Civil,
    day_of_year: Option<i64>,
    julian_day: Option<i64>,
    clock: i64,
    /// An hour of the half day, and whether it is the second half.
    half: (Option<i64>, Option<bool>),
    zone: i64,
    zone_is_west: bool,
}

impl Moment {
    pub(super) fn read(text: &str, items: &[Item]) -> Result<Self, ErrorCode> {
        let mut parts = Parts {
            civil: Civil { year: 0, month: 1, day: 1 },
            day_of_year: None,
            julian_day: None,
            clock: 0,
            half: (None, None),
            zone: 0,
            zone_is_west: false,
        };
        let mut rest = text.trim_start();
        for (place, item) in items.iter().enumerate() {
            match item {
                Item::Text(text) => rest = skip(rest, text)?,
                Item::Pattern { pattern, .. } => {
                    // A number that nothing ends takes no more digits than its pattern has.
                    let is_open = !matches!(items.get(place + 1), Some(Item::Pattern { .. }));
                    rest = parts.read(rest.trim_start(), *pattern, is_open)?;
                }
            }
        }
        parts.moment()
    }
}

/// Passes over what a template has between its patterns: punctuation stands for any punctuation, letters for themselves.
fn skip<'a>(rest: &'a str, text: &str) -> Result<&'a str, ErrorCode> {
    let mut rest = rest;
    for letter in text.chars() {
        let trimmed = rest.trim_start();
        if letter.is_whitespace() {
            rest = trimmed;
            continue;
        }
        let mut letters = trimmed.chars();
        match letters.next() {
            Some(found) if found == letter => rest = letters.as_str(),
            Some(found) if !letter.is_alphanumeric() && found.is_ascii_punctuation() => {
                rest = letters.as_str()
            }
            _ => return Err(ErrorCode::InvalidText),
        }
    }
    Ok(rest)
}

fn digits(rest: &str, len_max: usize) -> Result<(i64, &str, usize), ErrorCode> {
    let len = rest.bytes().take(len_max).take_while(u8::is_ascii_digit).count();
    let value = rest[..len].parse().map_err(|_| ErrorCode::InvalidText)?;
    Ok((value, &rest[len..], len))
}

impl Parts {
    fn read<'a>(&mut self, rest: &'a str, pattern: Pattern, is_open: bool) -> Result<&'a str, ErrorCode> {
        const DIGITS_MAX: usize = 7;
        let checked = |value: i64, low: i64, high: i64| {
            if (low..=high).contains(&value) { Ok(value) } else { Err(ErrorCode::OutOfRange) }
        };
        let width = match pattern {
            Pattern::Year(_) if is_open => DIGITS_MAX,
            Pattern::Year(_) => 4,
            Pattern::JulianDay => DIGITS_MAX,
            Pattern::SecondOfDay => 5,
            Pattern::DayOfYear => 3,
            Pattern::Fraction(digits) => usize::from(digits),
            Pattern::MonthName(_) | Pattern::MonthShort(_) => return self.month(rest, pattern),
            Pattern::HalfDay(_, dots) => return self.half_day(rest, dots),
            _ => 2,
        };
        let (rest, west) = match (pattern, rest.as_bytes().first()) {
            (Pattern::ZoneHours, Some(b'+')) => (&rest[1..], false),
            (Pattern::ZoneHours, Some(b'-')) => (&rest[1..], true),
            _ => (rest, false),
        };
        let (value, rest, len) = digits(rest, width)?;
        match pattern {
            Pattern::Year(_) => self.civil.year = checked(value, 1, i64::MAX)?,
            Pattern::Month => self.civil.month = checked(value, 1, 12)?,
            Pattern::Day => self.civil.day = checked(value, 1, 31)?,
            Pattern::DayOfYear => self.day_of_year = Some(checked(value, 1, 366)?),
            Pattern::JulianDay => self.julian_day = Some(value),
            Pattern::Hour24 => self.clock += checked(value, 0, 23)? * HOUR,
            Pattern::Hour12 => self.half.0 = Some(checked(value, 1, 12)?),
            Pattern::Minute => self.clock += checked(value, 0, 59)? * MINUTE,
            Pattern::Second => self.clock += checked(value, 0, 59)? * SECOND,
            Pattern::SecondOfDay => self.clock += checked(value, 0, 86_399)? * SECOND,
            Pattern::Fraction(_) => self.clock += value * 10_i64.pow(6 - len as u32),
            Pattern::ZoneHours => {
                self.zone_is_west = west;
                self.zone += checked(value, 0, 15)? * HOUR;
            }
            _ => self.zone += checked(value, 0, 59)? * MINUTE,
        }
        Ok(rest)
    }

    fn month<'a>(&mut self, rest: &'a str, pattern: Pattern) -> Result<&'a str, ErrorCode> {
        let is_short = matches!(pattern, Pattern::MonthShort(_));
        let len = |name: &str| if is_short { 3 } else { name.len() };
        let starts = |name: &str| {
            rest.get(..len(name)).is_some_and(|start| start.eq_ignore_ascii_case(&name[..len(name)]))
        };
        let index = MONTHS.iter().position(|name| starts(name)).ok_or(ErrorCode::InvalidText)?;
        self.civil.month = index as i64 + 1;
        Ok(&rest[len(MONTHS[index])..])
    }

    fn half_day<'a>(&mut self, rest: &'a str, dots: bool) -> Result<&'a str, ErrorCode> {
        let names = if dots { ["a.m.", "p.m."] } else { ["am", "pm"] };
        let starts =
            |name: &str| rest.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
        let second = names.iter().position(|name| starts(name)).ok_or(ErrorCode::InvalidText)?;
        self.half.1 = Some(second == 1);
        Ok(&rest[names[second].len()..])
    }

    fn moment(self) -> Result<Moment, ErrorCode> {
        let of_year = |days: i64| {
            let first = Civil { month: 1, day: 1, ..self.civil }.days();
            let day = first + days - 1;
            (Civil::of(day).year == self.civil.year).then_some(day).ok_or(ErrorCode::OutOfRange)
        };
        let days = match (self.julian_day, self.day_of_year) {
            (Some(julian), _) => julian - JULIAN_EPOCH,
            (None, Some(days)) => of_year(days)?,
            (None, None) => self.civil.checked().ok_or(ErrorCode::OutOfRange)?,
        };
        let half = match self.half {
            (Some(hour), Some(is_second)) => hour % 12 + if is_second { 12 } else { 0 },
            (Some(hour), None) => hour,
            (None, _) => 0,
        };
        let zone = if self.zone_is_west { -self.zone } else { self.zone };
        Ok(Moment { days, clock: self.clock + half * HOUR, zone })
    }
}
