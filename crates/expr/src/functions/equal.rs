//! `=`.

use std::cmp::Ordering;

use types::Interval;

use crate::{
    decimals, doubles,
    intervals::span,
    kernels::{self, Text, comparison::comparison_signatures},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "=",
    form: "a = b",
    category: Category::Comparison,
    description: "Whether both are equal.",
    examples: &[("1 = 1.0", "true"), ("'a' = 'b'", "false")],
    signatures: comparison_signatures!(==, doubles::equal),
};
