//! `justify_hours`.

use types::Interval;

use crate::{
    intervals, kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "justify_hours",
    form: "justify_hours(a)",
    category: Category::Time,
    description: "The interval with every 24 hours as a day.",
    examples: &[("justify_hours(INTERVAL '50 hours')", "2 days 02:00:00")],
    signatures: &[Signature::new(&[Kind::Interval], Kind::Interval, |arguments, output| {
        kernels::rows1::<Interval, Interval>(arguments, output, |interval| {
            Ok(intervals::justify_hours(interval)?)
        });
    })],
};
