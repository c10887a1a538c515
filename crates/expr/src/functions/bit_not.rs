//! `~a`.

use crate::{
    kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "bit_not",
    form: "~a",
    category: Category::Math,
    description: "The bits that it does not have.",
    examples: &[("~1", "-2")],
    signatures: &[Signature::new(&[Kind::BigInt], Kind::BigInt, |arguments, output| {
        kernels::unary(arguments, output, |a: i64| !a);
    })],
};
