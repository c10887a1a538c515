//! `repeat`.

use crate::{
    error::ErrorCode,
    kernels::{self, Text, rows::TEXT_BYTES_MAX},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "repeat",
    form: "repeat(a, n)",
    category: Category::Text,
    description: "The text `n` times.",
    examples: &[("repeat('ab', 2)", "abab")],
    signatures: &[Signature::new(&[Kind::Text, Kind::BigInt], Kind::Text, |arguments, output| {
        kernels::text2::<Text, i64>(arguments, output, |text, count, out| {
            let count = if text.is_empty() { 0 } else { usize::try_from(count.max(0)).unwrap_or(usize::MAX) };
            if text.len().saturating_mul(count) > TEXT_BYTES_MAX {
                return Err(ErrorCode::TextTooLong.into());
            }
            for _ in 0..count {
                out.push_str(text);
            }
            Ok(())
        });
    })],
};
