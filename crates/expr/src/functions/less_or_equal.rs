//! `<=`.

use std::cmp::Ordering;

use types::Interval;

use crate::{
    decimals, doubles,
    intervals::span,
    kernels::{self, Text, comparison::comparison_signatures},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "<=",
    form: "a <= b",
    category: Category::Comparison,
    description: "Whether the left one comes first or both are equal.",
    examples: &[("2 <= 2", "true")],
    signatures: comparison_signatures!(<=, doubles::at_most),
};
