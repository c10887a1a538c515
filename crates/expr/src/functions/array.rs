//! `ARRAY[a`.

use crate::registry::{Category, Entry};

pub(crate) const ENTRY: Entry = Entry {
    name: "array",
    form: "ARRAY[a, ...]",
    category: Category::Array,
    description: "An array of values of one type, within an expression: no column holds one. A literal such as `'{a,b}'` is read as one beside ANY and ALL, and cast to `text[]` or another type everywhere.",
    examples: &[("2 = ANY (ARRAY[1, 2])", "true"), ("'b' = ANY ('{a,b}')", "true")],
    signatures: &[],
};
