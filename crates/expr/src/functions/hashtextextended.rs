//! `hashtextextended`.

use crate::{
    hashing,
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "hashtextextended",
    form: "hashtextextended(a, seed)",
    category: Category::Hash,
    description: "A 64-bit hash, stable for ever; another seed makes another hash.",
    examples: &[("hashtextextended('mitra', 7)", "7936826448029382798")],
    signatures: &[Signature::new(&[Kind::Text, Kind::BigInt], Kind::BigInt, |arguments, output| {
        kernels::rows2::<Text, i64, i64>(arguments, output, |text, seed| {
            Ok(hashing::lookup3(text.as_bytes(), seed as u64) as i64)
        });
    })],
};
