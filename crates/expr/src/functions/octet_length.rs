//! `octet_length`.

use crate::{
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "octet_length",
    form: "octet_length(a)",
    category: Category::Text,
    description: "Number of bytes.",
    examples: &[("octet_length('añ')", "3")],
    signatures: &[Signature::new(&[Kind::Text], Kind::BigInt, |arguments, output| {
        kernels::rows1::<Text, i64>(arguments, output, |text| Ok(text.len() as i64));
    })],
};
