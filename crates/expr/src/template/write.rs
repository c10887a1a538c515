//! Times written by a template.

use std::fmt::Write as _;

use chrono_tz::Tz;

use super::{Case, DAYS, Item, MONTHS, Pattern};
use crate::{
    calendar::{Civil, HOUR, MINUTE, SECOND, iso_week, split, weekday},
    zones,
};

/// What a local clock shows, taken apart once for all items.
pub(crate) struct Clock {
    time: i64,
    zone: Option<Tz>,
    offset: i64,
    days: i64,
    micros: i64,
    civil: Civil,
}

impl Clock {
    /// A time in UTC.
    pub(crate) fn utc(time: i64) -> Self {
        Self::new(time, time, None)
    }

    /// A time whose local clock is known.
    pub(crate) fn new(time: i64, local: i64, zone: Option<Tz>) -> Self {
        let (days, micros) = split(local);
        Self { time, zone, offset: local - time, days, micros, civil: Civil::of(days) }
    }
}

/// Appends a time.
pub(crate) fn write(clock: &Clock, items: &[Item], out: &mut String) {
    for item in items {
        match item {
            Item::Text(text) => out.push_str(text),
            Item::Pattern { pattern, bare, ordinal } => {
                let start = out.len();
                write_pattern(clock, *pattern, *bare, out);
                if let Some(case) = ordinal
                    && out[start..].bytes().all(|byte| byte.is_ascii_digit() || byte == b',')
                {
                    write_ordinal(start, *case, out);
                }
            }
        }
    }
}

fn number(out: &mut String, value: i64, width: usize, bare: bool) {
    const DIGITS_MAX: usize = 20;
    let width = if bare { 1 } else { width.max(1) };
    let mut digits = [b'0'; DIGITS_MAX];
    let (mut rest, mut start) = (value.unsigned_abs(), DIGITS_MAX);
    // The sign takes the place of one filling zero, as C's printf does.
    let sign = usize::from(value < 0);
    while rest > 0 || DIGITS_MAX - start + sign < width {
        start -= 1;
        digits[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    if value < 0 {
        out.push('-');
    }
    out.extend(digits[start..].iter().copied().map(char::from));
}

/// Appends a name, filled up with spaces unless it stands bare.
fn name(out: &mut String, name: &str, case: Case, width: usize, bare: bool) {
    let start = out.len();
    out.push_str(name);
    match case {
        Case::Upper => out[start..].make_ascii_uppercase(),
        Case::Lower => out[start..].make_ascii_lowercase(),
        Case::Capital => {}
    }
    if !bare {
        out.extend(std::iter::repeat_n(' ', width.saturating_sub(name.len())));
    }
}

fn write_pattern(clock: &Clock, pattern: Pattern, bare: bool, out: &mut String) {
    const NAME_LEN: usize = 9;
    const ROMAN: [&str; 12] = ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"];
    let Civil { year, month, day } = clock.civil;
    let month_index = (month - 1) as usize;
    let week_day = weekday(clock.days) as usize;
    let hour = clock.micros / HOUR;
    match pattern {
        Pattern::YearWithComma => {
            let year = counted(year);
            write!(out, "{},{:03}", year / 1_000, year % 1_000).expect("a string takes all");
        }
        Pattern::Year(digits) => last_digits(out, counted(year), digits, bare),
        Pattern::IsoYear(digits) => last_digits(out, counted(iso_week(clock.days).0), digits, bare),
        Pattern::Century => century(out, year, bare),
        Pattern::Quarter => number(out, (month - 1) / 3 + 1, 1, bare),
        Pattern::Month => number(out, month, 2, bare),
        Pattern::MonthName(case) => name(out, MONTHS[month_index], case, NAME_LEN, bare),
        Pattern::MonthShort(case) => name(out, &MONTHS[month_index][..3], case, 0, bare),
        Pattern::MonthRoman(case) => name(out, ROMAN[month_index], case, 4, bare),
        Pattern::WeekOfMonth => number(out, (day - 1) / 7 + 1, 1, bare),
        Pattern::WeekOfYear => number(out, (day_of_year(clock) - 1) / 7 + 1, 2, bare),
        Pattern::IsoWeek => number(out, iso_week(clock.days).1, 2, bare),
        Pattern::Day => number(out, day, 2, bare),
        Pattern::DayOfYear => number(out, day_of_year(clock), 3, bare),
        Pattern::IsoDayOfYear => {
            number(out, (iso_week(clock.days).1 - 1) * 7 + iso_day(week_day), 3, bare);
        }
        Pattern::DayOfWeek => number(out, week_day as i64 + 1, 1, bare),
        Pattern::IsoDayOfWeek => number(out, iso_day(week_day), 1, bare),
        Pattern::DayName(case) => name(out, DAYS[week_day], case, NAME_LEN, bare),
        Pattern::DayShort(case) => name(out, &DAYS[week_day][..3], case, 0, bare),
        Pattern::JulianDay => number(out, clock.days + JULIAN_EPOCH, 1, bare),
        Pattern::Hour24 => number(out, hour, 2, bare),
        Pattern::Hour12 => number(out, (hour + 11) % 12 + 1, 2, bare),
        Pattern::Minute => number(out, clock.micros / MINUTE % 60, 2, bare),
        Pattern::Second => number(out, clock.micros / SECOND % 60, 2, bare),
        Pattern::SecondOfDay => number(out, clock.micros / SECOND, 1, bare),
        Pattern::Fraction(digits) => {
            let unit = 10_i64.pow(6 - u32::from(digits));
            number(out, clock.micros % SECOND / unit, usize::from(digits), false);
        }
        Pattern::HalfDay(case, dots) => {
            let text = if hour >= 12 { ["PM", "P.M."] } else { ["AM", "A.M."] };
            name(out, text[usize::from(dots)], case, 0, bare);
        }
        Pattern::Era(case, dots) => {
            let text = if year <= 0 { ["BC", "B.C."] } else { ["AD", "A.D."] };
            name(out, text[usize::from(dots)], case, 0, bare);
        }
        _ => write_zone(clock, pattern, bare, out),
    }
}

fn write_zone(clock: &Clock, pattern: Pattern, bare: bool, out: &mut String) {
    let minutes = clock.offset / MINUTE;
    let (hours, rest) = (minutes.abs() / 60, minutes.abs() % 60);
    let sign = if clock.offset < 0 { '-' } else { '+' };
    match pattern {
        Pattern::Zone(case) => {
            let start = out.len();
            match clock.zone {
                Some(zone) => zones::write_abbreviation(zone, clock.time, out),
                None => out.push_str("UTC"),
            }
            if case == Case::Lower {
                out[start..].make_ascii_lowercase();
            }
        }
        Pattern::ZoneHours => write!(out, "{sign}{hours:02}").expect("a string takes all"),
        Pattern::ZoneMinutes => write!(out, "{rest:02}").expect("a string takes all"),
        _ => {
            out.push(sign);
            number(out, hours, 2, bare);
            if rest != 0 {
                write!(out, ":{rest:02}").expect("a string takes all");
            }
        }
    }
}

/// Days from the first of the Julian count to 1970-01-01.
pub(super) const JULIAN_EPOCH: i64 = 2_440_588;

/// Years before 1 count backwards from 1 BC.
fn counted(year: i64) -> i64 {
    if year > 0 { year } else { 1 - year }
}

fn last_digits(out: &mut String, year: i64, digits: u8, bare: bool) {
    let shown = if digits == 4 { year } else { year % 10_i64.pow(u32::from(digits)) };
    number(out, shown, usize::from(digits), bare);
}

fn century(out: &mut String, year: i64, bare: bool) {
    let century = if year > 0 { (year - 1) / 100 + 1 } else { year / 100 - 1 };
    let width = if century < 0 { 3 } else { 2 };
    number(out, century, width, bare);
}

fn day_of_year(clock: &Clock) -> i64 {
    clock.days - Civil { month: 1, day: 1, ..clock.civil }.days() + 1
}

fn iso_day(week_day: usize) -> i64 {
    (week_day as i64 + 6) % 7 + 1
}

/// Appends the ending of an ordinal number: `st`, `nd`, `rd` or `th`.
fn write_ordinal(start: usize, case: Case, out: &mut String) {
    let digits = &out.as_bytes()[start..];
    let is_teen = digits.len() > 1 && digits[digits.len() - 2] == b'1';
    let ending = match digits.last() {
        Some(b'1') if !is_teen => "st",
        Some(b'2') if !is_teen => "nd",
        Some(b'3') if !is_teen => "rd",
        _ => "th",
    };
    name(out, ending, case, 0, true);
}
