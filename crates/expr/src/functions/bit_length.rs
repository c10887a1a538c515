//! `bit_length`.

use crate::{
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "bit_length",
    form: "bit_length(a)",
    category: Category::Text,
    description: "Bits of the UTF-8 form.",
    examples: &[("bit_length('é')", "16")],
    signatures: &[Signature::new(&[Kind::Text], Kind::BigInt, |arguments, output| {
        kernels::rows1::<Text, i64>(arguments, output, |text| Ok(8 * text.len() as i64));
    })],
};
