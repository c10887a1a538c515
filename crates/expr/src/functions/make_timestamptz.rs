//! `make_timestamptz`.

use super::make_date::make;
use crate::{
    calendar::{self, DAY, HOUR, MINUTE, SECOND},
    error::ErrorCode,
    kernels::{self, rows::TextRow},
    registry::{Category, Entry, Kind, Signature},
    zones,
};

pub(crate) const ENTRY: Entry = Entry {
    name: "make_timestamptz",
    form: "make_timestamptz(year, month, day, hour, minute, second), make_timestamptz(year, month, day, hour, minute, second, zone)",
    category: Category::Time,
    description: "A time from its parts, in UTC or in a time zone.",
    examples: &[("make_timestamptz(2026, 1, 2, 3, 4, 5.5)", "2026-01-02 03:04:05.5+00")],
    signatures: &[
        Signature::new(
            &[Kind::BigInt, Kind::BigInt, Kind::BigInt, Kind::BigInt, Kind::BigInt, Kind::Double],
            Kind::Timestamptz,
            |arguments, output| kernels::prepared(arguments, output, |row, _| Ok(of_parts(row)?)),
        ),
        Signature::new(
            &[Kind::BigInt, Kind::BigInt, Kind::BigInt, Kind::BigInt, Kind::BigInt, Kind::Double, Kind::Text],
            Kind::Timestamptz,
            |arguments, output| {
                kernels::prepared(arguments, output, |row, _| {
                    let local = of_parts(row)?;
                    Ok(zones::instant(zones::named(row.text(6))?, local)?)
                });
            },
        )
        .prepare(zones::prepare),
    ],
};

fn of_parts(row: TextRow<'_, '_>) -> Result<i64, ErrorCode> {
    let [year, month, day, hour, minute] = std::array::from_fn(|index| row.get::<i64>(index));
    let days = make(year, month, day)?;
    let clock = clock(hour, minute, row.get::<f64>(5)).ok_or(ErrorCode::OutOfRange)?;
    calendar::timestamp(i64::from(days), clock)
}

fn clock(hour: i64, minute: i64, second: f64) -> Option<i64> {
    let valid = (0..=24).contains(&hour) && (0..60).contains(&minute) && (0.0..=60.0).contains(&second);
    if !valid {
        return None;
    }
    let micros = hour * HOUR + minute * MINUTE + libm::rint(second * SECOND as f64) as i64;
    (micros <= DAY).then_some(micros)
}
