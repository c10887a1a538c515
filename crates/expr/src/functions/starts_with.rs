//! `starts_with`.

use crate::{
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "starts_with",
    form: "starts_with(a, start)",
    category: Category::Text,
    description: "Whether the text starts so.",
    examples: &[("starts_with('mitra', 'mi')", "true")],
    signatures: &[Signature::new(&[Kind::Text, Kind::Text], Kind::Boolean, |arguments, output| {
        kernels::rows2::<Text, Text, bool>(arguments, output, |text, start| Ok(text.starts_with(start)));
    })],
};
