//! `sha256`.

use crate::{
    hashing::Algorithm,
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "sha256",
    form: "sha256(a)",
    category: Category::Hash,
    description: "The SHA-256 hash of the UTF-8 form, in hexadecimal.",
    examples: &[("sha256('abc')", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")],
    signatures: &[Signature::new(&[Kind::Text], Kind::Text, |arguments, output| {
        kernels::text1::<Text>(arguments, output, |text, out| {
            Algorithm::Sha256.hash(text.as_bytes(), out);
            Ok(())
        });
    })],
};
