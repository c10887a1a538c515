//! `!~`.

use crate::{
    kernels,
    prepared::prepare,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "!~",
    form: "a !~ pattern",
    category: Category::Regex,
    description: "Whether a regular expression matches nowhere.",
    examples: &[("'mitra' !~ '^t'", "true")],
    signatures: &[Signature::new(&[Kind::Text, Kind::Text], Kind::Boolean, |arguments, output| {
        kernels::prepared(arguments, output, |row, prepared| {
            Ok(!prepared.regex(row.text(1), false)?.regex.is_match(row.text(0)))
        });
    })
    .prepare(prepare)],
};
