//! The templates of `to_char`, `to_date` and `to_timestamp`: what stands in them, times written by them and read by them.

mod read;
mod write;

use types::Value;

use crate::{Expr, error::ErrorCode, prepared::Prepared};

pub(crate) use read::Moment;

/// One item of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// Copied as it is.
    Text(String),
    /// Written or read as the pattern says.
    Pattern {
        /// Which.
        pattern: Pattern,
        /// `FM`: without spaces and zeros that fill it up.
        bare: bool,
        /// `TH` or `th`: the ending of an ordinal number, in this case.
        ordinal: Option<Case>,
    },
}

/// How letters are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    Upper,
    Lower,
    Capital,
}

/// A part of a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    YearWithComma,
    /// The last digits of the year, 4 for all of it.
    Year(u8),
    IsoYear(u8),
    Century,
    Quarter,
    Month,
    MonthName(Case),
    MonthShort(Case),
    MonthRoman(Case),
    WeekOfMonth,
    WeekOfYear,
    IsoWeek,
    Day,
    DayOfYear,
    IsoDayOfYear,
    DayOfWeek,
    IsoDayOfWeek,
    DayName(Case),
    DayShort(Case),
    JulianDay,
    Hour24,
    Hour12,
    Minute,
    Second,
    SecondOfDay,
    /// So many digits of the second's fraction.
    Fraction(u8),
    /// `AM`, with dots or without.
    HalfDay(Case, bool),
    /// `BC`, with dots or without.
    Era(Case, bool),
    Zone(Case),
    ZoneHours,
    ZoneMinutes,
    ZoneOffset,
}

/// Patterns that are written in upper or in lower case and mean the same, longer ones before those that they begin with.
const PATTERNS: &[(&str, Pattern)] = &[
    ("Y,YYY", Pattern::YearWithComma),
    ("YYYY", Pattern::Year(4)),
    ("YYY", Pattern::Year(3)),
    ("YY", Pattern::Year(2)),
    ("Y", Pattern::Year(1)),
    ("IYYY", Pattern::IsoYear(4)),
    ("IYY", Pattern::IsoYear(3)),
    ("IY", Pattern::IsoYear(2)),
    ("IDDD", Pattern::IsoDayOfYear),
    ("ID", Pattern::IsoDayOfWeek),
    ("IW", Pattern::IsoWeek),
    ("I", Pattern::IsoYear(1)),
    ("CC", Pattern::Century),
    ("Q", Pattern::Quarter),
    ("MM", Pattern::Month),
    ("MI", Pattern::Minute),
    ("MS", Pattern::Fraction(3)),
    ("WW", Pattern::WeekOfYear),
    ("W", Pattern::WeekOfMonth),
    ("DDD", Pattern::DayOfYear),
    ("DD", Pattern::Day),
    ("D", Pattern::DayOfWeek),
    ("J", Pattern::JulianDay),
    ("HH24", Pattern::Hour24),
    ("HH12", Pattern::Hour12),
    ("HH", Pattern::Hour12),
    ("SSSSS", Pattern::SecondOfDay),
    ("SSSS", Pattern::SecondOfDay),
    ("SS", Pattern::Second),
    ("US", Pattern::Fraction(6)),
    ("FF1", Pattern::Fraction(1)),
    ("FF2", Pattern::Fraction(2)),
    ("FF3", Pattern::Fraction(3)),
    ("FF4", Pattern::Fraction(4)),
    ("FF5", Pattern::Fraction(5)),
    ("FF6", Pattern::Fraction(6)),
    ("TZH", Pattern::ZoneHours),
    ("TZM", Pattern::ZoneMinutes),
];

/// Patterns whose own case is that of what they write.
const CASED: &[(&str, Pattern)] = &[
    ("MONTH", Pattern::MonthName(Case::Upper)),
    ("Month", Pattern::MonthName(Case::Capital)),
    ("month", Pattern::MonthName(Case::Lower)),
    ("MON", Pattern::MonthShort(Case::Upper)),
    ("Mon", Pattern::MonthShort(Case::Capital)),
    ("mon", Pattern::MonthShort(Case::Lower)),
    ("DAY", Pattern::DayName(Case::Upper)),
    ("Day", Pattern::DayName(Case::Capital)),
    ("day", Pattern::DayName(Case::Lower)),
    ("DY", Pattern::DayShort(Case::Upper)),
    ("Dy", Pattern::DayShort(Case::Capital)),
    ("dy", Pattern::DayShort(Case::Lower)),
    ("RM", Pattern::MonthRoman(Case::Upper)),
    ("rm", Pattern::MonthRoman(Case::Lower)),
    ("AM", Pattern::HalfDay(Case::Upper, false)),
    ("PM", Pattern::HalfDay(Case::Upper, false)),
    ("am", Pattern::HalfDay(Case::Lower, false)),
    ("pm", Pattern::HalfDay(Case::Lower, false)),
    ("A.M.", Pattern::HalfDay(Case::Upper, true)),
    ("P.M.", Pattern::HalfDay(Case::Upper, true)),
    ("a.m.", Pattern::HalfDay(Case::Lower, true)),
    ("p.m.", Pattern::HalfDay(Case::Lower, true)),
    ("AD", Pattern::Era(Case::Upper, false)),
    ("BC", Pattern::Era(Case::Upper, false)),
    ("ad", Pattern::Era(Case::Lower, false)),
    ("bc", Pattern::Era(Case::Lower, false)),
    ("A.D.", Pattern::Era(Case::Upper, true)),
    ("B.C.", Pattern::Era(Case::Upper, true)),
    ("a.d.", Pattern::Era(Case::Lower, true)),
    ("b.c.", Pattern::Era(Case::Lower, true)),
    ("OF", Pattern::ZoneOffset),
];

/// After those that begin with it.
const ZONES: &[(&str, Pattern)] = &[("TZ", Pattern::Zone(Case::Upper)), ("tz", Pattern::Zone(Case::Lower))];

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Days' names, Sunday first.
const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// The pattern that a text starts with, and its length.
fn starts_with(text: &str) -> Option<(Pattern, usize)> {
    let cased = CASED.iter().find(|(name, _)| text.starts_with(name));
    let either = PATTERNS.iter().find(|(name, _)| {
        text.get(..name.len()).is_some_and(|start| {
            start == *name
                || (start.eq_ignore_ascii_case(name) && !start.bytes().any(|byte| byte.is_ascii_uppercase()))
        })
    });
    let zone = || ZONES.iter().find(|(name, _)| text.starts_with(name));
    let longest = match (cased, either) {
        (Some(cased), Some(either)) => Some(if either.0.len() > cased.0.len() { either } else { cased }),
        (cased, either) => cased.or(either),
    };
    longest.or_else(zone).map(|(name, pattern)| (*pattern, name.len()))
}

/// Takes a template apart. What is no pattern is text, also what stands between double quotes.
pub(crate) fn parse(template: &str, items: &mut Vec<Item>) {
    items.clear();
    let mut rest = template;
    while let Some(letter) = rest.chars().next() {
        let bare = rest.strip_prefix("FM").or_else(|| rest.strip_prefix("fm"));
        let body = bare.unwrap_or(rest);
        if let Some((pattern, len)) = starts_with(body) {
            rest = &body[len..];
            let ordinal =
                [("TH", Case::Upper), ("th", Case::Lower)].into_iter().find(|(end, _)| rest.starts_with(end));
            rest = if ordinal.is_some() { &rest[2..] } else { rest };
            items.push(Item::Pattern {
                pattern,
                bare: bare.is_some(),
                ordinal: ordinal.map(|(_, case)| case),
            });
        } else if let Some(body) = bare {
            rest = body;
        } else if letter == '"' {
            rest = parse_quoted(&rest[1..], items);
        } else {
            let skipped = usize::from(rest.starts_with("\\\""));
            let letter = if skipped == 1 { '"' } else { letter };
            push_letter(letter, items);
            rest = &rest[skipped + letter.len_utf8()..];
        }
    }
}

fn parse_quoted<'a>(text: &'a str, items: &mut Vec<Item>) -> &'a str {
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => break,
            '\\' => push_letter(letters.next().unwrap_or('\\'), items),
            letter => push_letter(letter, items),
        }
    }
    letters.as_str()
}

fn push_letter(letter: char, items: &mut Vec<Item>) {
    match items.last_mut() {
        Some(Item::Text(text)) => text.push(letter),
        _ => items.push(Item::Text(letter.into())),
    }
}

/// Takes a literal template apart once.
pub(crate) fn prepare(arguments: &[Expr]) -> Result<Prepared, String> {
    Ok(prepared(&arguments[1]).map_or(Prepared::Nothing, Prepared::Template))
}

/// As [`prepare`], and refuses a literal zone in the third argument that does not exist.
pub(crate) fn prepare_with_zone(arguments: &[Expr]) -> Result<Prepared, String> {
    crate::zones::prepare(arguments)?;
    prepare(arguments)
}

/// As [`prepare`], and refuses patterns that are not read.
pub(crate) fn prepare_reading(arguments: &[Expr]) -> Result<Prepared, String> {
    let Some(items) = prepared(&arguments[1]) else { return Ok(Prepared::Nothing) };
    if read::can_read(&items) {
        return Ok(Prepared::Template(items));
    }
    Err("a template is read by YYYY, MM, Month, Mon, DD, DDD, J, HH24, HH12, AM, MI, SS, MS, US, SSSS, TZH, TZM and text \
         between them"
        .to_owned())
}

fn prepared(template: &Expr) -> Option<Vec<Item>> {
    let Expr::Literal { value: Some(Value::Text(template)), .. } = template else { return None };
    let mut items = Vec::new();
    parse(template, &mut items);
    Some(items)
}

/// Reads a time by a template.
pub(crate) fn read(text: &str, items: &[Item]) -> Result<Moment, ErrorCode> {
    if read::can_read(items) { Moment::read(text, items) } else { Err(ErrorCode::InvalidArgument) }
}

pub(crate) use write::{Clock, write};
