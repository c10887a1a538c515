//! `btrim`.

use crate::{
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "btrim",
    form: "btrim(a), btrim(a, letters)",
    category: Category::Text,
    description: "Without spaces, or any of the letters, at both ends; also `trim`.",
    examples: &[("btrim('xyxtrimyyx', 'xy')", "trim")],
    signatures: &[
        Signature::new(&[Kind::Text], Kind::Text, |arguments, output| {
            kernels::text1::<Text>(arguments, output, |text, out| {
                out.push_str(text.trim_matches(' '));
                Ok(())
            });
        }),
        Signature::new(&[Kind::Text, Kind::Text], Kind::Text, |arguments, output| {
            kernels::text2::<Text, Text>(arguments, output, |text, letters, out| {
                out.push_str(text.trim_matches(|letter| letters.contains(letter)));
                Ok(())
            });
        }),
    ],
};
