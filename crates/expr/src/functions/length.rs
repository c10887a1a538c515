//! `length`.

use crate::{
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "length",
    form: "length(a)",
    category: Category::Text,
    description: "Number of characters.",
    examples: &[("length('añ')", "2")],
    signatures: &[Signature::new(&[Kind::Text], Kind::BigInt, |arguments, output| {
        kernels::rows1::<Text, i64>(arguments, output, |text| Ok(text.chars().count() as i64));
    })],
};
