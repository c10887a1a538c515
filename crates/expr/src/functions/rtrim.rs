//! `rtrim`.

use crate::{
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "rtrim",
    form: "rtrim(a), rtrim(a, letters)",
    category: Category::Text,
    description: "Without spaces, or any of the letters, at the end.",
    examples: &[("rtrim('1.500', '0')", "1.5")],
    signatures: &[
        Signature::new(&[Kind::Text], Kind::Text, |arguments, output| {
            kernels::text1::<Text>(arguments, output, |text, out| {
                out.push_str(text.trim_end_matches(' '));
                Ok(())
            });
        }),
        Signature::new(&[Kind::Text, Kind::Text], Kind::Text, |arguments, output| {
            kernels::text2::<Text, Text>(arguments, output, |text, letters, out| {
                out.push_str(text.trim_end_matches(|letter| letters.contains(letter)));
                Ok(())
            });
        }),
    ],
};
