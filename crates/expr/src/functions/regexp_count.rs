//! `regexp_count`.

use crate::{
    kernels,
    prepared::prepare,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "regexp_count",
    form: "regexp_count(a, pattern)",
    category: Category::Regex,
    description: "How often a regular expression matches, without overlap.",
    examples: &[("regexp_count('banana', 'an')", "2")],
    signatures: &[Signature::new(&[Kind::Text, Kind::Text], Kind::BigInt, |arguments, output| {
        kernels::prepared(arguments, output, |row, prepared| {
            Ok(prepared.regex(row.text(1), false)?.regex.find_iter(row.text(0)).count() as i64)
        });
    })
    .prepare(prepare)],
};
