//! `OR`.

use crate::registry::{Category, Entry};

pub(crate) const ENTRY: Entry = Entry {
    name: "or",
    form: "a OR b",
    category: Category::Logic,
    description: "True when one is true, else NULL when one is NULL. A left operand that is true hides an error of the right one.",
    examples: &[("true OR NULL", "true"), ("false OR NULL", "NULL")],
    signatures: &[],
};
