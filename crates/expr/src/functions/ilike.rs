//! `ilike`.

use crate::{
    kernels,
    like::like,
    prepared::Prepared,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "ilike",
    form: "a ILIKE pattern",
    category: Category::Text,
    description: "As LIKE, without regard to the case of ASCII letters.",
    examples: &[("'MITRA' ILIKE 'm%'", "true")],
    signatures: &[Signature::new(&[Kind::Text, Kind::Text], Kind::Boolean, |arguments, output| {
        kernels::prepared(arguments, output, |row, prepared| match prepared {
            Prepared::Like(pattern) => pattern.matches(row.text(0)),
            _ => like(row.text(0).as_bytes(), row.text(1).as_bytes(), true),
        });
    })
    .prepare(|arguments| Ok(Prepared::like(arguments, true)))],
};
