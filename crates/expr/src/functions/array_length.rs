//! `array_length(a, 1)`.

use crate::registry::{Category, Entry};

pub(crate) const ENTRY: Entry = Entry {
    name: "array_length",
    form: "array_length(a, 1)",
    category: Category::Array,
    description: "How many elements it has; NULL for none, and for other dimensions than the first.",
    examples: &[
        ("array_length(ARRAY['a', 'b'], 1)", "2"),
        ("array_length(string_to_array('', ','), 1)", "NULL"),
    ],
    signatures: &[],
};
