//! `unaccent`.

use unicode_normalization::UnicodeNormalization as _;

use crate::{
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "unaccent",
    form: "unaccent(a)",
    category: Category::Text,
    description: "The text without accents: letters with diacritical marks become those without.",
    examples: &[("unaccent('Hôtel à Zürich')", "Hotel a Zurich")],
    signatures: &[Signature::new(&[Kind::Text], Kind::Text, |arguments, output| {
        kernels::text1::<Text>(arguments, output, |text, out| {
            if text.is_ascii() {
                out.push_str(text);
            } else {
                out.extend(text.nfd().filter(|letter| !is_mark(*letter)).nfc());
            }
            Ok(())
        });
    })],
};

/// Whether it is of the block of combining diacritical marks.
fn is_mark(letter: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&letter)
}
