//! The parts of times and intervals that `extract`, `date_part` and `date_trunc` name.

use std::cell::Cell;

use types::Interval;

use crate::{
    calendar::{self, Civil, DAY, HOUR, MINUTE, SECOND, iso_week, split, weekday},
    error::ErrorCode,
};

/// A part of a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    Microseconds,
    Milliseconds,
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
    IsoYear,
    Decade,
    Century,
    Millennium,
    DayOfWeek,
    IsoDayOfWeek,
    DayOfYear,
    Epoch,
}

const NAMES: &[(&[&str], Field)] = &[
    (&["year", "years"], Field::Year),
    (&["quarter"], Field::Quarter),
    (&["month", "months"], Field::Month),
    (&["week", "weeks"], Field::Week),
    (&["day", "days"], Field::Day),
    (&["hour", "hours"], Field::Hour),
    (&["minute", "minutes"], Field::Minute),
    (&["second", "seconds"], Field::Second),
    (&["milliseconds", "millisecond"], Field::Milliseconds),
    (&["microseconds", "microsecond"], Field::Microseconds),
    (&["dow"], Field::DayOfWeek),
    (&["isodow"], Field::IsoDayOfWeek),
    (&["doy"], Field::DayOfYear),
    (&["isoyear"], Field::IsoYear),
    (&["decade", "decades"], Field::Decade),
    (&["century", "centuries"], Field::Century),
    (&["millennium", "millennia"], Field::Millennium),
    (&["epoch"], Field::Epoch),
];

/// Finds fields by name for the rows of one batch. The text of the row before is known again by its place, so a literal, which is one
/// text for all rows, is looked for once.
#[derive(Debug, Default)]
pub(crate) struct Names(Cell<Option<(*const u8, usize, Option<Field>)>>);

impl Names {
    /// The field of this name, which stays where it is as long as this does.
    #[inline]
    pub(crate) fn named(&self, name: &str) -> Option<Field> {
        match self.0.get() {
            Some((start, len, field)) if start == name.as_ptr() && len == name.len() => field,
            _ => {
                let field = Field::named(name);
                self.0.set(Some((name.as_ptr(), name.len(), field)));
                field
            }
        }
    }
}

/// An exact number with six decimals, as any field fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part(i128);

impl Part {
    fn whole(value: i64) -> Self {
        Self(i128::from(value) * i128::from(SECOND))
    }

    /// Unscaled at a scale that the field fits.
    pub(crate) fn at(self, scale: u8) -> i128 {
        self.0 / types::decimal::power_of_ten(6 - scale)
    }
}

impl Field {
    /// The field of this name, in any case.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let named = |known: &&(&[&str], Self)| known.0.iter().any(|other| other.eq_ignore_ascii_case(name));
        NAMES.iter().find(named).map(|(_, field)| *field)
    }

    /// The first name of every field.
    pub(crate) fn names() -> String {
        NAMES.iter().map(|(names, _)| names[0]).collect::<Vec<_>>().join(", ")
    }

    /// Digits after the point that the field can have.
    pub(crate) fn scale(self) -> u8 {
        match self {
            Self::Second | Self::Epoch => 6,
            Self::Milliseconds => 3,
            _ => 0,
        }
    }

    /// Whether times are cut to it.
    pub(crate) fn truncates(self) -> bool {
        !matches!(self, Self::IsoYear | Self::DayOfWeek | Self::IsoDayOfWeek | Self::DayOfYear | Self::Epoch)
    }

    /// Whether it is a part of the time of day.
    pub(crate) fn is_of_day(self) -> bool {
        matches!(self, Self::Microseconds | Self::Milliseconds | Self::Second | Self::Minute | Self::Hour)
    }

    /// The field of a timestamp.
    pub(crate) fn of_timestamp(self, time: i64) -> Result<Part, ErrorCode> {
        let (days, clock) = split(time);
        let civil = || Civil::of(days);
        Ok(Part::whole(match self {
            Self::Epoch => return Ok(Part(i128::from(time))),
            Self::Second => return Ok(Part(i128::from(clock % MINUTE))),
            Self::Milliseconds => return Ok(Part(i128::from(clock % MINUTE) * 1_000)),
            Self::Microseconds => clock % MINUTE,
            Self::Minute => clock / MINUTE % 60,
            Self::Hour => clock / HOUR,
            Self::Day => civil().day,
            Self::Week => iso_week(days).1,
            Self::Month => civil().month,
            Self::Quarter => (civil().month - 1) / 3 + 1,
            Self::Year => without_zero(civil().year),
            Self::IsoYear => without_zero(iso_week(days).0),
            Self::Decade => civil().year.div_euclid(10),
            Self::Century => period(civil().year, 100),
            Self::Millennium => period(civil().year, 1_000),
            Self::DayOfWeek => weekday(days),
            Self::IsoDayOfWeek => (weekday(days) + 6) % 7 + 1,
            Self::DayOfYear => days - Civil { month: 1, day: 1, ..civil() }.days() + 1,
        }))
    }

    /// The field of an interval; a year has 365.25 days in its epoch.
    pub(crate) fn of_interval(self, interval: Interval) -> Result<Part, ErrorCode> {
        let Interval { months, days, micros } = interval;
        let (years, months) = (i64::from(months / 12), i64::from(months % 12));
        Ok(Part::whole(match self {
            Self::Epoch => {
                let quarter_days = 1_461 * years + 120 * months + 4 * i64::from(days);
                return Ok(Part(i128::from(quarter_days) * i128::from(DAY / 4) + i128::from(micros)));
            }
            Self::Second => return Ok(Part(i128::from(micros % MINUTE))),
            Self::Milliseconds => return Ok(Part(i128::from(micros % MINUTE) * 1_000)),
            Self::Microseconds => micros % MINUTE,
            Self::Minute => micros / MINUTE % 60,
            Self::Hour => micros / HOUR,
            Self::Day => i64::from(days),
            Self::Month => months,
            Self::Quarter => months / 3 + 1,
            Self::Year => years,
            Self::Decade => years / 10,
            Self::Century => years / 100,
            Self::Millennium => years / 1_000,
            Self::Week | Self::IsoYear | Self::DayOfWeek | Self::IsoDayOfWeek | Self::DayOfYear => {
                return Err(ErrorCode::InvalidArgument);
            }
        }))
    }

    /// The field of a timestamp as a double, rounded where PostgreSQL rounds.
    pub(crate) fn double_of_timestamp(self, time: i64) -> Result<f64, ErrorCode> {
        match self {
            Self::Epoch => Ok(time as f64 / SECOND as f64),
            _ => Ok(self.double_of_clock(split(time).1, self.of_timestamp(time)?)),
        }
    }

    /// The field of an interval as a double, rounded where PostgreSQL rounds.
    pub(crate) fn double_of_interval(self, interval: Interval) -> Result<f64, ErrorCode> {
        const DAY_SECONDS: f64 = 86_400.0;
        let Interval { months, days, micros } = interval;
        match self {
            Self::Epoch => Ok(micros as f64 / SECOND as f64
                + 365.25 * DAY_SECONDS * f64::from(months / 12)
                + 30.0 * DAY_SECONDS * f64::from(months % 12)
                + DAY_SECONDS * f64::from(days)),
            _ => Ok(self.double_of_clock(micros, self.of_interval(interval)?)),
        }
    }

    fn double_of_clock(self, micros: i64, part: Part) -> f64 {
        let (second, fraction) = ((micros % MINUTE / SECOND) as f64, (micros % SECOND) as f64);
        match self {
            Self::Second => second + fraction / SECOND as f64,
            Self::Milliseconds => second * 1_000.0 + fraction / 1_000.0,
            _ => part.at(0) as f64,
        }
    }

    /// The start of the unit that a timestamp lies in.
    pub(crate) fn truncate(self, time: i64) -> Result<i64, ErrorCode> {
        let (days, clock) = split(time);
        let unit = match self {
            Self::Microseconds => return Ok(time),
            Self::Milliseconds => 1_000,
            Self::Second => SECOND,
            Self::Minute => MINUTE,
            Self::Hour => HOUR,
            _ => return calendar::timestamp(self.truncate_day(days)?, 0),
        };
        calendar::timestamp(days, clock - clock % unit)
    }

    fn truncate_day(self, days: i64) -> Result<i64, ErrorCode> {
        let Civil { year, month, .. } = Civil::of(days);
        let first = |year, month| Ok(Civil { year, month, day: 1 }.days());
        match self {
            Self::Day => Ok(days),
            Self::Week => Ok(days - (weekday(days) + 6) % 7),
            Self::Month => first(year, month),
            Self::Quarter => first(year, (month - 1) / 3 * 3 + 1),
            Self::Year => first(year, 1),
            Self::Decade => first(year.div_euclid(10) * 10, 1),
            Self::Century => first((year - 1).div_euclid(100) * 100 + 1, 1),
            Self::Millennium => first((year - 1).div_euclid(1_000) * 1_000 + 1, 1),
            _ => Err(ErrorCode::InvalidArgument),
        }
    }
}

/// Years as they are counted: there is no year 0.
fn without_zero(year: i64) -> i64 {
    if year > 0 { year } else { year - 1 }
}

/// The century or millennium of a year, counted without a zeroth.
fn period(year: i64, len: i64) -> i64 {
    without_zero((year - 1).div_euclid(len) + 1)
}
