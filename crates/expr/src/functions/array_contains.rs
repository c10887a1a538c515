//! `a @> b`.

use crate::registry::{Category, Entry};

pub(crate) const ENTRY: Entry = Entry {
    name: "@>",
    form: "a @> b",
    category: Category::Array,
    description: "Whether each element of the second array, which is written down, is one of the first; NULL is none of any.",
    examples: &[
        ("ARRAY[1, 2, 3] @> ARRAY[3, 1]", "true"),
        ("string_to_array('vip,new', ',') @> ARRAY['vip', 'old']", "false"),
    ],
    signatures: &[],
};
