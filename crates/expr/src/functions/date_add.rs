//! `date_add`.

use types::Interval;

use crate::{
    error::ErrorCode,
    intervals,
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
    zones,
};

pub(crate) const ENTRY: Entry = Entry {
    name: "date_add",
    form: "date_add(a, interval, zone)",
    category: Category::Time,
    description: "The time an interval later by the clocks of a time zone: a day is as long as it is there.",
    examples: &[(
        "date_add(TIMESTAMPTZ '2026-03-28 12:00:00+00', INTERVAL '1 day', 'Europe/Paris')",
        "2026-03-29 11:00:00+00",
    )],
    signatures: &[Signature::new(
        &[Kind::Timestamptz, Kind::Interval, Kind::Text],
        Kind::Timestamptz,
        |arguments, output| {
            kernels::rows3::<i64, Interval, Text, i64>(arguments, output, |time, interval, zone| {
                Ok(add(time, interval, zone)?)
            });
        },
    )
    .prepare(zones::prepare)],
};

/// Months and days pass on the local clock, the rest passes everywhere.
pub(super) fn add(time: i64, interval: Interval, zone: &str) -> Result<i64, ErrorCode> {
    let zone = zones::named(zone)?;
    let calendar = Interval { micros: 0, ..interval };
    let start = if calendar == Interval::default() {
        time
    } else {
        zones::instant(zone, intervals::add_to_timestamp(zones::local(zone, time)?, calendar)?)?
    };
    intervals::add_to_timestamp(start, Interval { micros: interval.micros, ..Interval::default() })
}
