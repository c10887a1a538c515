//! `ascii`.

use crate::{
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "ascii",
    form: "ascii(a)",
    category: Category::Text,
    description: "The code point of the first character; 0 for an empty text.",
    examples: &[("ascii('A')", "65")],
    signatures: &[Signature::new(&[Kind::Text], Kind::BigInt, |arguments, output| {
        kernels::rows1::<Text, i64>(arguments, output, |text| {
            Ok(text.chars().next().map_or(0, |letter| i64::from(u32::from(letter))))
        });
    })],
};
