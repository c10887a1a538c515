//! `lower`.

use crate::{
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "lower",
    form: "lower(a)",
    category: Category::Text,
    description: "Small letters; outside ASCII unchanged.",
    examples: &[("lower('MiTRA')", "mitra")],
    signatures: &[Signature::new(&[Kind::Text], Kind::Text, |arguments, output| {
        kernels::text1::<Text>(arguments, output, |text, out| {
            let start = out.len();
            out.push_str(text);
            out[start..].make_ascii_lowercase();
            Ok(())
        });
    })],
};
