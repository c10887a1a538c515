//! `soundex`.

use crate::{
    kernels::{self, Text},
    likeness,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "soundex",
    form: "soundex(a)",
    category: Category::Likeness,
    description: "The code of how an English name sounds; empty without a letter from A to Z.",
    examples: &[("soundex('Robert')", "R163")],
    signatures: &[Signature::new(&[Kind::Text], Kind::Text, |arguments, output| {
        kernels::text1::<Text>(arguments, output, |text, out| {
            out.extend(likeness::soundex(text).into_iter().flatten().map(char::from));
            Ok(())
        });
    })],
};
