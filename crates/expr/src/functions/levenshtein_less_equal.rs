//! `levenshtein_less_equal`.

use crate::{
    error::ErrorCode,
    kernels::{self, Text},
    likeness::{self, Costs},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "levenshtein_less_equal",
    form: "levenshtein_less_equal(a, b, most)",
    category: Category::Likeness,
    description: "As `levenshtein`; a distance above `most` is `most + 1`.",
    examples: &[("levenshtein_less_equal('extensive', 'exhaustive', 4)", "4")],
    signatures: &[Signature::new(
        &[Kind::Text, Kind::Text, Kind::BigInt],
        Kind::BigInt,
        |arguments, output| {
            kernels::rows3::<Text, Text, i64, i64>(arguments, output, |a, b, most| {
                if most < 0 {
                    return Err(ErrorCode::InvalidArgument.into());
                }
                Ok(likeness::levenshtein(a, b, Costs::ONE)?.min(most.saturating_add(1)))
            });
        },
    )],
};
