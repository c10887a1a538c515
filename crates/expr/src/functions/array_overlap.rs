//! `a && b`.

use crate::registry::{Category, Entry};

pub(crate) const ENTRY: Entry = Entry {
    name: "&&",
    form: "a && b",
    category: Category::Array,
    description: "Whether they have an element in common; one of both is written down.",
    examples: &[
        ("ARRAY[1, 2] && ARRAY[2, 3]", "true"),
        ("string_to_array('vip,new', ',') && ARRAY['old', 'lost']", "false"),
    ],
    signatures: &[],
};
