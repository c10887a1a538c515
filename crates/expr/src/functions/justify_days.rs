//! `justify_days`.

use types::Interval;

use crate::{
    intervals, kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "justify_days",
    form: "justify_days(a)",
    category: Category::Time,
    description: "The interval with every 30 days as a month.",
    examples: &[("justify_days(INTERVAL '65 days')", "2 mons 5 days")],
    signatures: &[Signature::new(&[Kind::Interval], Kind::Interval, |arguments, output| {
        kernels::rows1::<Interval, Interval>(arguments, output, |interval| {
            Ok(intervals::justify_days(interval)?)
        });
    })],
};
