//! Time zones from the tables that are built in (the IANA database of crate `chrono-tz`), never the system's: the same event
//! has the same local time on every machine.

use std::{fmt::Write as _, str::FromStr as _};

use chrono::{DateTime, MappedLocalTime, NaiveDateTime, Offset as _, TimeZone as _};
use chrono_tz::{OffsetName as _, TZ_VARIANTS, Tz};
use types::Value;

use crate::{
    Expr,
    calendar::{self, Civil, DAY, MINUTE, SECOND},
    error::ErrorCode,
    prepared::Prepared,
};

/// The zone of this name, in any case.
pub(crate) fn named(name: &str) -> Result<Tz, ErrorCode> {
    let other_case = || TZ_VARIANTS.into_iter().find(|zone| zone.name().eq_ignore_ascii_case(name));
    Tz::from_str(name).ok().or_else(other_case).ok_or(ErrorCode::InvalidArgument)
}

/// The first microsecond that the tables say nothing about: 2100-01-01.
const TABLES_END: i64 = 47_482 * DAY;

/// A time as the library takes it. After the tables' end the last rules go on for ever: a year there is looked up as the
/// year from 2068 to 2095 that has the same days of the week, which are all kinds of years that there are. Times before
/// the library's calendar have its first offset.
fn civil(micros: i64) -> NaiveDateTime {
    const YEARS_200_000: i64 = 200_000 * 365 * DAY;
    DateTime::from_timestamp_micros(if micros < TABLES_END {
        micros.max(-YEARS_200_000)
    } else {
        alike(micros)
    })
    .expect("the calendar holds 200,000 years before 1970")
    .naive_utc()
}

/// The same time of a year that the tables know.
fn alike(micros: i64) -> i64 {
    const YEARS: std::ops::Range<i64> = 2_068..2_096;
    let first = |year: i64| Civil { year, month: 1, day: 1 }.days();
    let kind = |year: i64| (calendar::weekday(first(year)), first(year + 1) - first(year));
    let (days, clock) = calendar::split(micros);
    let year = Civil::of(days).year;
    let wanted = kind(year);
    let known =
        YEARS.into_iter().find(|known| kind(*known) == wanted).expect("28 years have years of every kind");
    (days - first(year) + first(known)) * DAY + clock
}

/// Microseconds by which local clocks are before UTC at a time.
pub(crate) fn offset(zone: Tz, time: i64) -> i64 {
    i64::from(zone.offset_from_utc_datetime(&civil(time)).fix().local_minus_utc()) * SECOND
}

/// Appends what the zone calls its time at a time: `IST`, `CEST`, or `+0530` where it has no name.
pub(crate) fn write_abbreviation(zone: Tz, time: i64, out: &mut String) {
    if let Some(name) = zone.offset_from_utc_datetime(&civil(time)).abbreviation() {
        out.push_str(name);
        return;
    }
    let minutes = offset(zone, time) / MINUTE;
    let sign = if minutes < 0 { '-' } else { '+' };
    write!(out, "{sign}{:02}", minutes.abs() / 60).expect("a string takes all");
    if minutes % 60 != 0 {
        write!(out, "{:02}", minutes.abs() % 60).expect("a string takes all");
    }
}

/// The local clock at a time, as microseconds since its own 1970.
pub(crate) fn local(zone: Tz, time: i64) -> Result<i64, ErrorCode> {
    calendar::timestamp(0, time.checked_add(offset(zone, time)).ok_or(ErrorCode::OutOfRange)?)
}

/// The time at which the local clock shows this. A clock that is turned back shows some times twice: the second one is
/// meant. One that is turned forward leaves some out: those are counted on from before, as PostgreSQL does.
pub(crate) fn instant(zone: Tz, local: i64) -> Result<i64, ErrorCode> {
    let offset = match zone.offset_from_local_datetime(&civil(local)) {
        MappedLocalTime::Single(offset) | MappedLocalTime::Ambiguous(_, offset) => {
            i64::from(offset.fix().local_minus_utc()) * SECOND
        }
        MappedLocalTime::None => offset(zone, local.saturating_sub(DAY)),
    };
    calendar::timestamp(0, local.checked_sub(offset).ok_or(ErrorCode::OutOfRange)?)
}

/// Refuses a literal zone in the last argument that does not exist.
pub(crate) fn prepare(arguments: &[Expr]) -> Result<Prepared, String> {
    prepare_at(arguments, arguments.len() - 1)
}

/// Refuses a literal zone in the first argument that does not exist.
pub(crate) fn prepare_first(arguments: &[Expr]) -> Result<Prepared, String> {
    prepare_at(arguments, 0)
}

fn prepare_at(arguments: &[Expr], index: usize) -> Result<Prepared, String> {
    match &arguments[index] {
        Expr::Literal { value: Some(Value::Text(name)), .. } if named(name).is_err() => Err(format!(
            "there is no time zone '{name}'; write a name of the IANA database, as 'Asia/Kolkata' or 'UTC'"
        )),
        _ => Ok(Prepared::Nothing),
    }
}
