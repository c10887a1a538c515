//! `regexp_instr`.

use crate::{
    kernels,
    prepared::prepare,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "regexp_instr",
    form: "regexp_instr(a, pattern)",
    category: Category::Regex,
    description: "The place of the first match, counted from 1; 0 when there is none.",
    examples: &[("regexp_instr('mitra', 't')", "3")],
    signatures: &[Signature::new(&[Kind::Text, Kind::Text], Kind::BigInt, |arguments, output| {
        kernels::prepared(arguments, output, |row, prepared| {
            let text = row.text(0);
            let found = prepared.regex(row.text(1), false)?.regex.find(text);
            Ok(found.map_or(0, |found| text[..found.start()].chars().count() as i64 + 1))
        });
    })
    .prepare(prepare)],
};
