//! `url_encode`.

use crate::{
    encoding,
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "url_encode",
    form: "url_encode(a)",
    category: Category::Hash,
    description: "The text with every byte but letters, digits and `-._~` as `%XX`.",
    examples: &[("url_encode('a b&c')", "a%20b%26c")],
    signatures: &[Signature::new(&[Kind::Text], Kind::Text, |arguments, output| {
        kernels::text1::<Text>(arguments, output, |text, out| {
            encoding::percent_encode(text, out);
            Ok(())
        });
    })],
};
