//! `sha224`.

use crate::{
    hashing::Algorithm,
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "sha224",
    form: "sha224(a)",
    category: Category::Hash,
    description: "The SHA-224 hash of the UTF-8 form, in hexadecimal.",
    examples: &[("sha224('abc')", "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7")],
    signatures: &[Signature::new(&[Kind::Text], Kind::Text, |arguments, output| {
        kernels::text1::<Text>(arguments, output, |text, out| {
            Algorithm::Sha224.hash(text.as_bytes(), out);
            Ok(())
        });
    })],
};
