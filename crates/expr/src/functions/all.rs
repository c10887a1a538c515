//! `a <> ALL (b)`.

use crate::registry::{Category, Entry};

pub(crate) const ENTRY: Entry = Entry {
    name: "all",
    form: "a <> ALL (b)",
    category: Category::Array,
    description: "Whether the comparison holds for each element, and NULL when it fails for none and is NULL for one; with the comparisons that ANY has but LIKE, and `<>` alone when the array was split from a text.",
    examples: &[("5 > ALL (ARRAY[7, 3])", "false"), ("'x' <> ALL (string_to_array('new,vip', ','))", "true")],
    signatures: &[],
};
