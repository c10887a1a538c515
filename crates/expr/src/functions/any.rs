//! `a = ANY (b)`.

use crate::registry::{Category, Entry};

pub(crate) const ENTRY: Entry = Entry {
    name: "any",
    form: "a = ANY (b)",
    category: Category::Array,
    description: "Whether the comparison holds for one element, and NULL when it does for none and is NULL for one; with `=`, `<>`, `<`, `<=`, `>`, `>=`, `LIKE` and `ILIKE`, and `=` alone when the array was split from a text. What comes after the element that decides cannot raise.",
    examples: &[
        ("5 > ANY (ARRAY[7, 3])", "true"),
        ("'vip' = ANY (string_to_array('new,vip', ','))", "true"),
        ("1 = ANY (ARRAY[2, NULL])", "NULL"),
    ],
    signatures: &[],
};
