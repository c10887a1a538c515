//! `split_count`.

use crate::{
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "split_count",
    form: "split_count(a, separator)",
    category: Category::Text,
    description: "How many parts `split_part` finds; 0 in an empty text. The whole is one part when the separator is empty.",
    examples: &[("split_count('a,b,c', ',')", "3")],
    signatures: &[Signature::new(&[Kind::Text, Kind::Text], Kind::BigInt, |arguments, output| {
        kernels::rows2::<Text, Text, i64>(arguments, output, |text, separator| {
            Ok(parts(text, separator).count() as i64)
        });
    })],
};

/// The parts of a delimited text: none in an empty one, one without a separator.
pub(super) fn parts<'a>(text: &'a str, separator: &'a str) -> impl Iterator<Item = &'a str> {
    let whole = (separator.is_empty() && !text.is_empty()).then_some(text);
    let split = (!separator.is_empty() && !text.is_empty()).then(|| text.split(separator));
    whole.into_iter().chain(split.into_iter().flatten())
}
