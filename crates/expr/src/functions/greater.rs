//! `>`.

use std::cmp::Ordering;

use types::Interval;

use crate::{
    decimals, doubles,
    intervals::span,
    kernels::{self, Text, comparison::comparison_signatures},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: ">",
    form: "a > b",
    category: Category::Comparison,
    description: "Whether the left one comes last.",
    examples: &[("1.5 > 1", "true")],
    signatures: comparison_signatures!(>, |a, b| doubles::less(b, a)),
};
