//! `upper`.

use crate::{
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "upper",
    form: "upper(a)",
    category: Category::Text,
    description: "Capital letters; outside ASCII unchanged.",
    examples: &[("upper('mitra')", "MITRA")],
    signatures: &[Signature::new(&[Kind::Text], Kind::Text, |arguments, output| {
        kernels::text1::<Text>(arguments, output, |text, out| {
            let start = out.len();
            out.push_str(text);
            out[start..].make_ascii_uppercase();
            Ok(())
        });
    })],
};
