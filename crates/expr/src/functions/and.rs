//! `AND`.

use crate::registry::{Category, Entry};

pub(crate) const ENTRY: Entry = Entry {
    name: "and",
    form: "a AND b",
    category: Category::Logic,
    description: "False when one is false, else NULL when one is NULL. A left operand that is false hides an error of the right one.",
    examples: &[("true AND NULL", "NULL"), ("false AND NULL", "false")],
    signatures: &[],
};
