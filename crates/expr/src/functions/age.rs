//! `age`.

use types::Interval;

use crate::{
    intervals, kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "age",
    form: "age(a, b)",
    category: Category::Time,
    description: "The time from `b` to `a` in years, months and days as a person counts them.",
    examples: &[(
        "age(TIMESTAMPTZ '2026-03-01 00:00:00+00', TIMESTAMPTZ '2024-01-31 12:00:00+00')",
        "2 years 1 mon 12:00:00",
    )],
    signatures: &[Signature::new(
        &[Kind::Timestamptz, Kind::Timestamptz],
        Kind::Interval,
        |arguments, output| {
            kernels::rows2::<i64, i64, Interval>(arguments, output, |a, b| Ok(intervals::age(a, b)?));
        },
    )],
};
