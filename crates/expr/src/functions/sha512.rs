//! `sha512`.

use crate::{
    hashing::Algorithm,
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "sha512",
    form: "sha512(a)",
    category: Category::Hash,
    description: "The SHA-512 hash of the UTF-8 form, in hexadecimal.",
    examples: &[(
        "sha512('abc')",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
    )],
    signatures: &[Signature::new(&[Kind::Text], Kind::Text, |arguments, output| {
        kernels::text1::<Text>(arguments, output, |text, out| {
            Algorithm::Sha512.hash(text.as_bytes(), out);
            Ok(())
        });
    })],
};
