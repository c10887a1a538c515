//! `num_nulls`.

use crate::registry::{Category, Entry};

pub(crate) const ENTRY: Entry = Entry {
    name: "num_nulls",
    form: "num_nulls(a, ...)",
    category: Category::Conditional,
    description: "How many arguments are NULL.",
    examples: &[("num_nulls(1, NULL, 'a')", "1")],
    signatures: &[],
};
