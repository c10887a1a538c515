//! `NULLIF`.

use crate::registry::{Category, Entry};

pub(crate) const ENTRY: Entry = Entry {
    name: "nullif",
    form: "NULLIF(a, b)",
    category: Category::Conditional,
    description: "NULL when both are equal, else the first.",
    examples: &[("nullif(1, 1)", "NULL"), ("nullif(1, 2)", "1")],
    signatures: &[],
};
