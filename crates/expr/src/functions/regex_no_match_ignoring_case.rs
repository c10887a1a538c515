//! `!~*`.

use crate::{
    kernels,
    prepared::prepare_ignoring_case,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "!~*",
    form: "a !~* pattern",
    category: Category::Regex,
    description: "As `!~`, without regard to case.",
    examples: &[("'MITRA' !~* 't.a'", "false")],
    signatures: &[Signature::new(&[Kind::Text, Kind::Text], Kind::Boolean, |arguments, output| {
        kernels::prepared(arguments, output, |row, prepared| {
            Ok(!prepared.regex(row.text(1), true)?.regex.is_match(row.text(0)))
        });
    })
    .prepare(prepare_ignoring_case)],
};
