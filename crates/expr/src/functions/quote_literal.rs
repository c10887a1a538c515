//! `quote_literal`.

use crate::{
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "quote_literal",
    form: "quote_literal(a)",
    category: Category::Text,
    description: "The text as a literal of SQL, with its quotes.",
    examples: &[("quote_literal('O''Reilly')", "'O''Reilly'")],
    signatures: &[Signature::new(&[Kind::Text], Kind::Text, |arguments, output| {
        kernels::text1::<Text>(arguments, output, |text, out| {
            quote(text, out);
            Ok(())
        });
    })],
};

/// Appends a literal; one with a backslash is an escape string, so that it reads back under any setting.
pub(super) fn quote(text: &str, out: &mut String) {
    let escaped = text.contains('\\');
    out.push_str(if escaped { "E'" } else { "'" });
    for letter in text.chars() {
        if letter == '\'' || letter == '\\' {
            out.push(letter);
        }
        out.push(letter);
    }
    out.push('\'');
}
