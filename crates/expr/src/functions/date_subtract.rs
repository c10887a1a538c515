//! `date_subtract`.

use types::Interval;

use super::date_add::add;
use crate::{
    intervals,
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
    zones,
};

pub(crate) const ENTRY: Entry = Entry {
    name: "date_subtract",
    form: "date_subtract(a, interval, zone)",
    category: Category::Time,
    description: "The time an interval earlier by the clocks of a time zone: a day is as long as it is there.",
    examples: &[(
        "date_subtract(TIMESTAMPTZ '2026-03-28 12:00:00+00', INTERVAL '-1 day', 'Europe/Paris')",
        "2026-03-29 11:00:00+00",
    )],
    signatures: &[Signature::new(
        &[Kind::Timestamptz, Kind::Interval, Kind::Text],
        Kind::Timestamptz,
        |arguments, output| {
            kernels::rows3::<i64, Interval, Text, i64>(arguments, output, |time, interval, zone| {
                Ok(add(time, intervals::negate(interval)?, zone)?)
            });
        },
    )
    .prepare(zones::prepare)],
};
