//! `make_timestamptz`.

use super::make_date::make;
use crate::{
    calendar::{self, DAY, HOUR, MINUTE, SECOND},
    error::ErrorCode,
    kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "make_timestamptz",
    form: "make_timestamptz(year, month, day, hour, minute, second)",
    category: Category::Time,
    description: "A time in UTC from its parts.",
    examples: &[("make_timestamptz(2026, 1, 2, 3, 4, 5.5)", "2026-01-02 03:04:05.5+00")],
    signatures: &[Signature::new(
        &[Kind::BigInt, Kind::BigInt, Kind::BigInt, Kind::BigInt, Kind::BigInt, Kind::Double],
        Kind::Timestamptz,
        |arguments, output| {
            kernels::prepared(arguments, output, |row, _| {
                let [year, month, day, hour, minute] = std::array::from_fn(|index| row.get::<i64>(index));
                let days = make(year, month, day)?;
                let clock = clock(hour, minute, row.get::<f64>(5)).ok_or(ErrorCode::OutOfRange)?;
                Ok(calendar::timestamp(i64::from(days), clock)?)
            });
        },
    )],
};

fn clock(hour: i64, minute: i64, second: f64) -> Option<i64> {
    let valid = (0..=24).contains(&hour) && (0..60).contains(&minute) && (0.0..=60.0).contains(&second);
    if !valid {
        return None;
    }
    let micros = hour * HOUR + minute * MINUTE + libm::rint(second * SECOND as f64) as i64;
    (micros <= DAY).then_some(micros)
}
