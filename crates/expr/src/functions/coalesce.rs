//! `COALESCE`.

use crate::registry::{Category, Entry};

pub(crate) const ENTRY: Entry = Entry {
    name: "coalesce",
    form: "COALESCE(a, ...)",
    category: Category::Conditional,
    description: "The first argument that is not NULL; those after it cannot raise.",
    examples: &[("coalesce(NULL, 2, 3)", "2")],
    signatures: &[],
};
