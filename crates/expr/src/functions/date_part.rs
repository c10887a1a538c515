//! `date_part`.

use types::Interval;

use super::extract::{prepare, prepare_with_zone};
use crate::{
    error::ErrorCode,
    fields::Names,
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
    zones,
};

pub(crate) const ENTRY: Entry = Entry {
    name: "date_part",
    form: "date_part(field, a), date_part(field, a, zone)",
    category: Category::Time,
    description: "As `extract`, as a DOUBLE; with a time zone, of what clocks there show.",
    examples: &[("date_part('year', DATE '2026-01-02')", "2026")],
    signatures: &[
        Signature::new(&[Kind::Text, Kind::Timestamptz], Kind::Double, |arguments, output| {
            let names = Names::default();
            kernels::rows2::<Text, i64, f64>(arguments, output, |field, time| {
                Ok(names.named(field).ok_or(ErrorCode::InvalidArgument)?.double_of_timestamp(time)?)
            });
        })
        .prepare(prepare),
        Signature::new(&[Kind::Text, Kind::Interval], Kind::Double, |arguments, output| {
            let names = Names::default();
            kernels::rows2::<Text, Interval, f64>(arguments, output, |field, interval| {
                Ok(names.named(field).ok_or(ErrorCode::InvalidArgument)?.double_of_interval(interval)?)
            });
        })
        .prepare(prepare),
        Signature::new(&[Kind::Text, Kind::Timestamptz, Kind::Text], Kind::Double, |arguments, output| {
            let names = Names::default();
            kernels::rows3::<Text, i64, Text, f64>(arguments, output, |field, time, zone| {
                let local = zones::local(zones::named(zone)?, time)?;
                Ok(names.named(field).ok_or(ErrorCode::InvalidArgument)?.double_of_timestamp(local)?)
            });
        })
        .prepare(prepare_with_zone),
    ],
};
