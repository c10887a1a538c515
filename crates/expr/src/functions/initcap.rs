//! `initcap`.

use crate::{
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "initcap",
    form: "initcap(a)",
    category: Category::Text,
    description: "A capital letter after everything that is no ASCII letter or digit, small letters elsewhere.",
    examples: &[("initcap('card TESTING')", "Card Testing")],
    signatures: &[Signature::new(&[Kind::Text], Kind::Text, |arguments, output| {
        kernels::text1::<Text>(arguments, output, |text, out| {
            let mut inside = false;
            for letter in text.chars() {
                out.push(if inside { letter.to_ascii_lowercase() } else { letter.to_ascii_uppercase() });
                inside = letter.is_ascii_alphanumeric();
            }
            Ok(())
        });
    })],
};
