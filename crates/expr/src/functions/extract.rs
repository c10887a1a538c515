//! `extract`.

use types::{Interval, Value};

use crate::{
    Expr,
    error::ErrorCode,
    fields::{Field, Names},
    kernels::{self, Text},
    prepared::Prepared,
    registry::{Category, Entry, Kind, Signature},
    zones,
};

pub(crate) const ENTRY: Entry = Entry {
    name: "extract",
    form: "extract(field FROM a), extract(field FROM a AT TIME ZONE zone)",
    category: Category::Time,
    description: "A part of a time or interval as an exact number: `year`, `month`, `day`, `hour`, `minute`, `second`, `dow` (Sunday is 0), `isodow` (Monday is 1), `doy`, `week`, `quarter`, `epoch` and the like.",
    examples: &[
        ("extract(hour FROM TIMESTAMPTZ '2026-01-02 03:04:05+00')", "3"),
        ("extract(epoch FROM INTERVAL '1 hour')", "3600.000000"),
    ],
    signatures: &[
        Signature::new(&[Kind::Text, Kind::Timestamptz], Kind::Decimal, |arguments, output| {
            let scale = output.scale();
            let names = Names::default();
            kernels::rows2::<Text, i64, i128>(arguments, output, |field, time| {
                Ok(names.named(field).ok_or(ErrorCode::InvalidArgument)?.of_timestamp(time)?.at(scale))
            });
        })
        .scale(scale)
        .prepare(prepare),
        Signature::new(&[Kind::Text, Kind::Interval], Kind::Decimal, |arguments, output| {
            let scale = output.scale();
            let names = Names::default();
            kernels::rows2::<Text, Interval, i128>(arguments, output, |field, interval| {
                Ok(names.named(field).ok_or(ErrorCode::InvalidArgument)?.of_interval(interval)?.at(scale))
            });
        })
        .scale(scale)
        .prepare(prepare),
        Signature::new(&[Kind::Text, Kind::Timestamptz, Kind::Text], Kind::Decimal, |arguments, output| {
            let scale = output.scale();
            let names = Names::default();
            kernels::rows3::<Text, i64, Text, i128>(arguments, output, |field, time, zone| {
                let local = zones::local(zones::named(zone)?, time)?;
                Ok(names.named(field).ok_or(ErrorCode::InvalidArgument)?.of_timestamp(local)?.at(scale))
            });
        })
        .scale(scale)
        .prepare(prepare_with_zone),
    ],
};

/// The decimals that a literal field needs, all six when the field is not literal.
fn scale(arguments: &[Expr]) -> u8 {
    match &arguments[0] {
        Expr::Literal { value: Some(Value::Text(field)), .. } => Field::named(field).map_or(6, Field::scale),
        _ => 6,
    }
}

/// As [`prepare`], and refuses a literal zone that does not exist.
pub(super) fn prepare_with_zone(arguments: &[Expr]) -> Result<Prepared, String> {
    zones::prepare(arguments)?;
    prepare(arguments)
}

/// Refuses a literal field that does not exist.
pub(super) fn prepare(arguments: &[Expr]) -> Result<Prepared, String> {
    match &arguments[0] {
        Expr::Literal { value: Some(Value::Text(field)), .. } if Field::named(field).is_none() => {
            Err(format!("there is no field '{field}'; those that exist are {}", Field::names()))
        }
        _ => Ok(Prepared::Nothing),
    }
}
