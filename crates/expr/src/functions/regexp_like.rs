//! `regexp_like`.

use crate::{
    kernels,
    prepared::{Flags, prepare, prepare_with_flags},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "regexp_like",
    form: "regexp_like(a, pattern), regexp_like(a, pattern, flags)",
    category: Category::Regex,
    description: "Whether a regular expression matches somewhere; flag `i` ignores case.",
    examples: &[("regexp_like('MITRA', 't.a', 'i')", "true")],
    signatures: &[
        Signature::new(&[Kind::Text, Kind::Text], Kind::Boolean, |arguments, output| {
            kernels::prepared(arguments, output, |row, prepared| {
                Ok(prepared.regex(row.text(1), false)?.regex.is_match(row.text(0)))
            });
        })
        .prepare(prepare),
        Signature::new(&[Kind::Text, Kind::Text, Kind::Text], Kind::Boolean, |arguments, output| {
            kernels::prepared(arguments, output, |row, prepared| {
                let flags = Flags::parse(row.text(2))?;
                Ok(prepared.regex(row.text(1), flags.ignore_case)?.regex.is_match(row.text(0)))
            });
        })
        .prepare(prepare_with_flags),
    ],
};
