//! `url_decode`.

use crate::{
    encoding, kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "url_decode",
    form: "url_decode(a)",
    category: Category::Hash,
    description: "The text that `%XX` stand for; raises when that is no UTF-8.",
    examples: &[("url_decode('a%20b%26c')", "a b&c")],
    signatures: &[Signature::new(&[Kind::Text], Kind::Text, |arguments, output| {
        kernels::prepared_text(arguments, output, |row, out, prepared| {
            let bytes = prepared.bytes();
            encoding::percent_decode(row.text(0), bytes)?;
            out.push_str(encoding::as_text(bytes)?);
            Ok(())
        });
    })],
};
