//! `strpos`.

use crate::{
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "strpos",
    form: "strpos(a, part)",
    category: Category::Text,
    description: "The place of the first `part`, counted from 1; 0 when there is none. Also `position(part IN a)`.",
    examples: &[("strpos('mitra', 'tr')", "3")],
    signatures: &[Signature::new(&[Kind::Text, Kind::Text], Kind::BigInt, |arguments, output| {
        kernels::rows2::<Text, Text, i64>(arguments, output, |text, part| {
            Ok(text.find(part).map_or(0, |at| text[..at].chars().count() as i64 + 1))
        });
    })],
};
