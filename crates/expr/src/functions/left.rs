//! `left`.

use crate::{
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "left",
    form: "left(a, n)",
    category: Category::Text,
    description: "The first `n` characters; all but the last `-n` when negative.",
    examples: &[("left('mitra', 2)", "mi"), ("left('mitra', -2)", "mit")],
    signatures: &[Signature::new(&[Kind::Text, Kind::BigInt], Kind::Text, |arguments, output| {
        kernels::text2::<Text, i64>(arguments, output, |text, count, out| {
            out.push_str(&text[..offset(text, count)]);
            Ok(())
        });
    })],
};

/// The byte after `count` characters, counted from the end when negative, within the text.
pub(super) fn offset(text: &str, count: i64) -> usize {
    let skipped = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    if skipped == 0 {
        return if count < 0 { text.len() } else { 0 };
    }
    if count > 0 {
        text.char_indices().nth(skipped).map_or(text.len(), |(at, _)| at)
    } else {
        text.char_indices().nth_back(skipped - 1).map_or(0, |(at, _)| at)
    }
}
