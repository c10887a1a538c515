//! `array_position(a, b)`.

use crate::registry::{Category, Entry};

pub(crate) const ENTRY: Entry = Entry {
    name: "array_position",
    form: "array_position(a, b)",
    category: Category::Array,
    description: "The place, from 1, of the first element that equals the value, where NULL equals NULL; NULL when there is none.",
    examples: &[
        ("array_position(ARRAY['low', 'high'], 'high')", "2"),
        ("array_position(string_to_array('a,b', ','), 'c')", "NULL"),
    ],
    signatures: &[],
};
