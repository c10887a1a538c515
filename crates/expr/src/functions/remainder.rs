//! `mod`.

use crate::registry::{Category, Entry};

pub(crate) const ENTRY: Entry = Entry {
    name: "mod",
    form: "mod(a, b)",
    category: Category::Math,
    description: "Remainder, as `a % b`.",
    examples: &[("mod(7, 3)", "1")],
    signatures: super::modulo::ENTRY.signatures,
};
