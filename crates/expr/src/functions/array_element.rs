//! `(a)[n]`.

use crate::registry::{Category, Entry};

pub(crate) const ENTRY: Entry = Entry {
    name: "array_element",
    form: "(a)[n]",
    category: Category::Array,
    description: "The element at a place from 1; NULL when there is none. An element that is not chosen cannot raise.",
    examples: &[("(ARRAY[10, 20])[2]", "20"), ("(string_to_array('a,b', ','))[3]", "NULL")],
    signatures: &[],
};
