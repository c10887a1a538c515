//! `justify_interval`.

use types::Interval;

use crate::{
    intervals, kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "justify_interval",
    form: "justify_interval(a)",
    category: Category::Time,
    description: "The interval with every 24 hours as a day, every 30 days as a month, and one sign for all.",
    examples: &[("justify_interval(INTERVAL '1 mon -1 hour')", "29 days 23:00:00")],
    signatures: &[Signature::new(&[Kind::Interval], Kind::Interval, |arguments, output| {
        kernels::rows1::<Interval, Interval>(arguments, output, |interval| {
            Ok(intervals::justify_interval(interval)?)
        });
    })],
};
