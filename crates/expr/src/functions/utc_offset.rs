//! `utc_offset`.

use types::Interval;

use crate::{
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
    zones,
};

pub(crate) const ENTRY: Entry = Entry {
    name: "utc_offset",
    form: "utc_offset(a, zone)",
    category: Category::Time,
    description: "How far clocks in a time zone are before UTC at a time.",
    examples: &[("utc_offset(TIMESTAMPTZ '2026-07-01 00:00:00+00', 'Europe/Paris')", "02:00:00")],
    signatures: &[Signature::new(&[Kind::Timestamptz, Kind::Text], Kind::Interval, |arguments, output| {
        kernels::rows2::<i64, Text, Interval>(arguments, output, |time, zone| {
            Ok(Interval { months: 0, days: 0, micros: zones::offset(zones::named(zone)?, time) })
        });
    })
    .prepare(zones::prepare)],
};
