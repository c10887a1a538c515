//! `cardinality(a)`.

use crate::registry::{Category, Entry};

pub(crate) const ENTRY: Entry = Entry {
    name: "cardinality",
    form: "cardinality(a)",
    category: Category::Array,
    description: "How many elements it has.",
    examples: &[("cardinality(ARRAY[1, NULL])", "2"), ("cardinality(string_to_array('', ','))", "0")],
    signatures: &[],
};
