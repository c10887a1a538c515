//! `CASE`.

use crate::registry::{Category, Entry};

pub(crate) const ENTRY: Entry = Entry {
    name: "case",
    form: "CASE WHEN c THEN a ... ELSE b END",
    category: Category::Conditional,
    description: "The value of the first branch whose condition is true; NULL when none is and there is no ELSE. Only the chosen branch can raise.",
    examples: &[("CASE WHEN 1 > 2 THEN 'a' ELSE 'b' END", "b")],
    signatures: &[],
};
