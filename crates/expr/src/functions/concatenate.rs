//! `||`.

use crate::{
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "||",
    form: "a || b",
    category: Category::Text,
    description: "Both as one text.",
    examples: &[("'a' || 'b'", "ab"), ("'a' || 1", "a1")],
    signatures: &[Signature::new(&[Kind::Text, Kind::Text], Kind::Text, |arguments, output| {
        kernels::text2::<Text, Text>(arguments, output, |a, b, out| {
            out.push_str(a);
            out.push_str(b);
            Ok(())
        });
    })],
};
