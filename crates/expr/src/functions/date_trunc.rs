//! `date_trunc`.

use types::Value;

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
    name: "date_trunc",
    form: "date_trunc(unit, a), date_trunc(unit, a, zone)",
    category: Category::Time,
    description: "The time cut to a unit, from `microseconds` to `millennium`; a week starts on Monday. With a time zone, days and what is longer start when they do there.",
    examples: &[("date_trunc('hour', TIMESTAMPTZ '2026-01-02 03:04:05+00')", "2026-01-02 03:00:00+00")],
    signatures: &[
        Signature::new(&[Kind::Text, Kind::Timestamptz], Kind::Timestamptz, |arguments, output| {
            let names = Names::default();
            kernels::rows2::<Text, i64, i64>(arguments, output, |unit, time| {
                Ok(names.named(unit).ok_or(ErrorCode::InvalidArgument)?.truncate(time)?)
            });
        })
        .prepare(prepare),
        Signature::new(
            &[Kind::Text, Kind::Timestamptz, Kind::Text],
            Kind::Timestamptz,
            |arguments, output| {
                let names = Names::default();
                kernels::rows3::<Text, i64, Text, i64>(arguments, output, |unit, time, zone| {
                    let unit = names.named(unit).ok_or(ErrorCode::InvalidArgument)?;
                    let zone = zones::named(zone)?;
                    let local = unit.truncate(zones::local(zone, time)?)?;
                    // Within a day the clock is not set back to another offset.
                    Ok(if unit.is_of_day() {
                        local - zones::offset(zone, time)
                    } else {
                        zones::instant(zone, local)?
                    })
                });
            },
        )
        .prepare(prepare_with_zone),
    ],
};

/// As [`prepare`], and refuses a literal zone that does not exist.
fn prepare_with_zone(arguments: &[Expr]) -> Result<Prepared, String> {
    zones::prepare(arguments)?;
    prepare(arguments)
}

fn prepare(arguments: &[Expr]) -> Result<Prepared, String> {
    match &arguments[0] {
        Expr::Literal { value: Some(Value::Text(unit)), .. }
            if Field::named(unit).is_none_or(|unit| !unit.truncates()) =>
        {
            Err(format!(
                "times are not cut to '{unit}'; the units are microseconds, milliseconds, second, \
                minute, hour, day, week, month, quarter, year, decade, century, millennium"
            ))
        }
        _ => Ok(Prepared::Nothing),
    }
}
