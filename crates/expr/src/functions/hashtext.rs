//! `hashtext`.

use crate::{
    hashing,
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "hashtext",
    form: "hashtext(a)",
    category: Category::Hash,
    description: "A 32-bit hash, stable for ever: the one by which PostgreSQL partitions.",
    examples: &[("hashtext('mitra')", "-1961773589")],
    signatures: &[Signature::new(&[Kind::Text], Kind::BigInt, |arguments, output| {
        kernels::rows1::<Text, i64>(arguments, output, |text| {
            Ok(i64::from(hashing::lookup3(text.as_bytes(), 0) as i32))
        });
    })],
};
