//! `BETWEEN`.

use crate::registry::{Category, Entry};

pub(crate) const ENTRY: Entry = Entry {
    name: "between",
    form: "a BETWEEN b AND c",
    category: Category::Comparison,
    description: "Whether `a >= b AND a <= c`.",
    examples: &[("2 BETWEEN 1 AND 3", "true")],
    signatures: &[],
};
