//! `|`.

use crate::{
    kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "|",
    form: "a | b",
    category: Category::Math,
    description: "The bits that one of both has.",
    examples: &[("32 | 3", "35")],
    signatures: &[Signature::new(&[Kind::BigInt, Kind::BigInt], Kind::BigInt, |arguments, output| {
        kernels::binary(arguments, output, |a: i64, b: i64| a | b);
    })],
};
