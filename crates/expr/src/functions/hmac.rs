//! `hmac`.

use super::digest::prepare;
use crate::{
    hashing,
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "hmac",
    form: "hmac(a, key, function)",
    category: Category::Hash,
    description: "The keyed hash (RFC 2104) in hexadecimal; the functions are those of `digest`.",
    examples: &[(
        "hmac('what do ya want for nothing?', 'Jefe', 'sha256')",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    )],
    signatures: &[Signature::new(&[Kind::Text, Kind::Text, Kind::Text], Kind::Text, |arguments, output| {
        kernels::text3::<Text, Text, Text>(arguments, output, |text, key, name, out| {
            hashing::algorithm(name)?.keyed(text.as_bytes(), key.as_bytes(), out);
            Ok(())
        });
    })
    .prepare(prepare)],
};
