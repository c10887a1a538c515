//! `make_date`.

use crate::{
    calendar::{self, Civil},
    error::ErrorCode,
    kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "make_date",
    form: "make_date(year, month, day)",
    category: Category::Time,
    description: "A date from its parts; a negative year is BC.",
    examples: &[("make_date(2026, 1, 2)", "2026-01-02")],
    signatures: &[Signature::new(
        &[Kind::BigInt, Kind::BigInt, Kind::BigInt],
        Kind::Date,
        |arguments, output| {
            kernels::rows3::<i64, i64, i64, i32>(arguments, output, |year, month, day| {
                Ok(make(year, month, day)?)
            });
        },
    )],
};

/// The date of a year (negative for BC), a month and a day.
pub(super) fn make(year: i64, month: i64, day: i64) -> Result<i32, ErrorCode> {
    let small = |part: i64| part.unsigned_abs() < 10_000_000;
    if year == 0 || !small(year) || !small(month) || !small(day) {
        return Err(ErrorCode::OutOfRange);
    }
    let year = if year < 0 { year + 1 } else { year };
    let days = Civil { year, month, day }.checked().ok_or(ErrorCode::OutOfRange)?;
    calendar::date(days)
}
