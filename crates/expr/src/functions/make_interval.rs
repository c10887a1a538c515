//! `make_interval`.

use types::Interval;

use crate::{
    calendar::{HOUR, MINUTE, SECOND},
    error::ErrorCode,
    intervals, kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "make_interval",
    form: "make_interval(years, months, weeks, days, hours, minutes, seconds)",
    category: Category::Time,
    description: "An interval from its parts.",
    examples: &[("make_interval(0, 1, 0, 3, 0, 0, 1.5)", "1 mon 3 days 00:00:01.5")],
    signatures: &[Signature::new(
        &[Kind::BigInt, Kind::BigInt, Kind::BigInt, Kind::BigInt, Kind::BigInt, Kind::BigInt, Kind::Double],
        Kind::Interval,
        |arguments, output| {
            kernels::prepared(arguments, output, |row, _| {
                let parts = std::array::from_fn(|index| row.get::<i64>(index));
                Ok(make(parts, row.get::<f64>(6)).ok_or(ErrorCode::OutOfRange)?)
            });
        },
    )],
};

fn make([years, months, weeks, days, hours, minutes]: [i64; 6], seconds: f64) -> Option<Interval> {
    let months = years.checked_mul(12)?.checked_add(months)?;
    let days = weeks.checked_mul(7)?.checked_add(days)?;
    let seconds = intervals::double_to_i64(libm::rint(seconds * SECOND as f64)).ok()?;
    let micros = hours.checked_mul(HOUR)?.checked_add(minutes.checked_mul(MINUTE)?)?.checked_add(seconds)?;
    Some(Interval { months: i32::try_from(months).ok()?, days: i32::try_from(days).ok()?, micros })
}
