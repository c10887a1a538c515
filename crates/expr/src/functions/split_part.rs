//! `split_part`.

use crate::{
    error::ErrorCode,
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "split_part",
    form: "split_part(a, separator, n)",
    category: Category::Text,
    description: "The `n`-th part between separators, counted from the end when negative; empty when there is none.",
    examples: &[("split_part('a,b,c', ',', 2)", "b"), ("split_part('a,b,c', ',', -1)", "c")],
    signatures: &[Signature::new(
        &[Kind::Text, Kind::Text, Kind::BigInt],
        Kind::Text,
        |arguments, output| {
            kernels::text3::<Text, Text, i64>(arguments, output, |text, separator, place, out| {
                let skipped = usize::try_from(place.unsigned_abs()).unwrap_or(usize::MAX);
                let Some(skipped) = skipped.checked_sub(1) else {
                    return Err(ErrorCode::InvalidArgument.into());
                };
                let part = if separator.is_empty() {
                    (skipped == 0).then_some(text)
                } else if place > 0 {
                    text.split(separator).nth(skipped)
                } else {
                    // The parts are those found from the left, also when separators could overlap.
                    let parts = text.split(separator).count();
                    parts
                        .checked_sub(skipped.saturating_add(1))
                        .and_then(|place| text.split(separator).nth(place))
                };
                out.push_str(part.unwrap_or_default());
                Ok(())
            });
        },
    )],
};
