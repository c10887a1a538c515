//! `to_hex`.

use std::fmt::Write as _;

use crate::{
    kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "to_hex",
    form: "to_hex(n)",
    category: Category::Hash,
    description: "An integer in hexadecimal, its two's complement when negative.",
    examples: &[("to_hex(2147483647)", "7fffffff")],
    signatures: &[Signature::new(&[Kind::BigInt], Kind::Text, |arguments, output| {
        kernels::text1::<i64>(arguments, output, |n, out| {
            write!(out, "{n:x}").expect("a string takes all");
            Ok(())
        });
    })],
};
