//! `like`.

use crate::{
    kernels,
    like::like,
    prepared::Prepared,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "like",
    form: "a LIKE pattern",
    category: Category::Text,
    description: "Whether the whole text matches, where `%` is any run of characters and `_` any one; `\\` before a letter takes it as it is.",
    examples: &[("'mitra' LIKE 'm%'", "true")],
    signatures: &[Signature::new(&[Kind::Text, Kind::Text], Kind::Boolean, |arguments, output| {
        kernels::prepared(arguments, output, |row, prepared| match prepared {
            Prepared::Like(pattern) => pattern.matches(row.text(0)),
            _ => like(row.text(0).as_bytes(), row.text(1).as_bytes(), false),
        });
    })
    .prepare(|arguments| Ok(Prepared::like(arguments, false)))],
};
