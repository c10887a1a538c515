//! `geo_speed_kmh`.

use crate::{
    error::ErrorCode,
    globe::Place,
    kernels::{self, rows::TextRow},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "geo_speed_kmh",
    form: "geo_speed_kmh(latitude, longitude, time, latitude, longitude, time)",
    category: Category::Globe,
    description: "The speed in kilometres per hour of a journey between two places at two times, whichever is first; raises when both are at one time.",
    examples: &[(
        "geo_speed_kmh(0, 0, TIMESTAMPTZ '2026-01-01 00:00:00+00', 0, 0, TIMESTAMPTZ '2026-01-01 01:00:00+00')",
        "0",
    )],
    signatures: &[Signature::new(
        &[Kind::Double, Kind::Double, Kind::Timestamptz, Kind::Double, Kind::Double, Kind::Timestamptz],
        Kind::Double,
        |arguments, output| {
            kernels::prepared(arguments, output, |row, _| Ok(speed(row)?));
        },
    )],
};

fn speed(row: TextRow<'_, '_>) -> Result<f64, ErrorCode> {
    const HOUR_MICROS: f64 = 3.6e9;
    let from = Place::new(row.get::<f64>(0), row.get::<f64>(1))?;
    let to = Place::new(row.get::<f64>(3), row.get::<f64>(4))?;
    let micros = row.get::<i64>(2).abs_diff(row.get::<i64>(5));
    if micros == 0 {
        return Err(ErrorCode::DivisionByZero);
    }
    Ok(from.metres_to(to) / 1_000.0 / (micros as f64 / HOUR_MICROS))
}
