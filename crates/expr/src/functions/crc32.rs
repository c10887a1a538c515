//! `crc32`.

use crate::{
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "crc32",
    form: "crc32(a)",
    category: Category::Hash,
    description: "The CRC-32 (IEEE 802.3) of the UTF-8 form.",
    examples: &[("crc32('123456789')", "3421780262")],
    signatures: &[Signature::new(&[Kind::Text], Kind::BigInt, |arguments, output| {
        kernels::rows1::<Text, i64>(arguments, output, |text| {
            Ok(i64::from(crc32fast::hash(text.as_bytes())))
        });
    })],
};
