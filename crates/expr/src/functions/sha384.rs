//! `sha384`.

use crate::{
    hashing::Algorithm,
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "sha384",
    form: "sha384(a)",
    category: Category::Hash,
    description: "The SHA-384 hash of the UTF-8 form, in hexadecimal.",
    examples: &[(
        "sha384('abc')",
        "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
    )],
    signatures: &[Signature::new(&[Kind::Text], Kind::Text, |arguments, output| {
        kernels::text1::<Text>(arguments, output, |text, out| {
            Algorithm::Sha384.hash(text.as_bytes(), out);
            Ok(())
        });
    })],
};
