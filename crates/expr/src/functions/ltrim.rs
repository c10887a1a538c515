//! `ltrim`.

use crate::{
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "ltrim",
    form: "ltrim(a), ltrim(a, letters)",
    category: Category::Text,
    description: "Without spaces, or any of the letters, at the start.",
    examples: &[("ltrim('  a')", "a")],
    signatures: &[
        Signature::new(&[Kind::Text], Kind::Text, |arguments, output| {
            kernels::text1::<Text>(arguments, output, |text, out| {
                out.push_str(text.trim_start_matches(' '));
                Ok(())
            });
        }),
        Signature::new(&[Kind::Text, Kind::Text], Kind::Text, |arguments, output| {
            kernels::text2::<Text, Text>(arguments, output, |text, letters, out| {
                out.push_str(text.trim_start_matches(|letter| letters.contains(letter)));
                Ok(())
            });
        }),
    ],
};
