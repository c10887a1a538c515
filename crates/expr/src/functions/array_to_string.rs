//! `array_to_string(a, separator)`.

use crate::registry::{Category, Entry};

pub(crate) const ENTRY: Entry = Entry {
    name: "array_to_string",
    form: "array_to_string(a, separator), array_to_string(a, separator, null)",
    category: Category::Array,
    description: "Its elements with separators between them; those that are NULL are left out, or written as the last argument.",
    examples: &[
        ("array_to_string(ARRAY[1, NULL, 3], '-')", "1-3"),
        ("array_to_string(ARRAY[1, NULL, 3], '-', '?')", "1-?-3"),
    ],
    signatures: &[],
};
