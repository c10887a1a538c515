//! `num_nonnulls`.

use crate::registry::{Category, Entry};

pub(crate) const ENTRY: Entry = Entry {
    name: "num_nonnulls",
    form: "num_nonnulls(a, ...)",
    category: Category::Conditional,
    description: "How many arguments are not NULL.",
    examples: &[("num_nonnulls(1, NULL, 'a')", "2")],
    signatures: &[],
};
