//! `right`.

use super::left::offset;
use crate::{
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "right",
    form: "right(a, n)",
    category: Category::Text,
    description: "The last `n` characters; all but the first `-n` when negative.",
    examples: &[("right('mitra', 2)", "ra"), ("right('mitra', -2)", "tra")],
    signatures: &[Signature::new(&[Kind::Text, Kind::BigInt], Kind::Text, |arguments, output| {
        kernels::text2::<Text, i64>(arguments, output, |text, count, out| {
            if count != 0 {
                out.push_str(&text[offset(text, count.saturating_neg())..]);
            }
            Ok(())
        });
    })],
};
