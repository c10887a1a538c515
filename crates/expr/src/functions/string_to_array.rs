//! `string_to_array(a, separator)`.

use crate::registry::{Category, Entry};

pub(crate) const ENTRY: Entry = Entry {
    name: "string_to_array",
    form: "string_to_array(a, separator)",
    category: Category::Array,
    description: "The array of the texts between separators, which is a literal; empty for an empty text.",
    examples: &[("cardinality(string_to_array('a,b', ','))", "2"), ("(string_to_array('a,b', ','))[2]", "b")],
    signatures: &[],
};
