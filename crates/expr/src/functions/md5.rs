//! `md5`.

use crate::{
    hashing::Algorithm,
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "md5",
    form: "md5(a)",
    category: Category::Hash,
    description: "The MD5 hash of the UTF-8 form, in hexadecimal.",
    examples: &[("md5('abc')", "900150983cd24fb0d6963f7d28e17f72")],
    signatures: &[Signature::new(&[Kind::Text], Kind::Text, |arguments, output| {
        kernels::text1::<Text>(arguments, output, |text, out| {
            Algorithm::Md5.hash(text.as_bytes(), out);
            Ok(())
        });
    })],
};
