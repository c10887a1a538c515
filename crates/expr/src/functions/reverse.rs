//! `reverse`.

use crate::{
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "reverse",
    form: "reverse(a)",
    category: Category::Text,
    description: "The characters from the last to the first.",
    examples: &[("reverse('abc')", "cba")],
    signatures: &[Signature::new(&[Kind::Text], Kind::Text, |arguments, output| {
        kernels::text1::<Text>(arguments, output, |text, out| {
            out.extend(text.chars().rev());
            Ok(())
        });
    })],
};
