//! `levenshtein`.

use crate::{
    kernels::{self, Text},
    likeness::{self, Costs},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "levenshtein",
    form: "levenshtein(a, b), levenshtein(a, b, insert, delete, substitute)",
    category: Category::Likeness,
    description: "The edit distance of texts of at most 255 characters, with the costs of the edits when they are not 1.",
    examples: &[("levenshtein('gumbo', 'gambol')", "2")],
    signatures: &[
        Signature::new(&[Kind::Text, Kind::Text], Kind::BigInt, |arguments, output| {
            kernels::rows2::<Text, Text, i64>(arguments, output, |a, b| {
                Ok(likeness::levenshtein(a, b, Costs::ONE)?)
            });
        }),
        Signature::new(
            &[Kind::Text, Kind::Text, Kind::BigInt, Kind::BigInt, Kind::BigInt],
            Kind::BigInt,
            |arguments, output| {
                kernels::prepared(arguments, output, |row, _| {
                    let [insertion, deletion, substitution] =
                        std::array::from_fn(|index| row.get::<i64>(index + 2));
                    Ok(likeness::levenshtein(
                        row.text(0),
                        row.text(1),
                        Costs { insertion, deletion, substitution },
                    )?)
                });
            },
        ),
    ],
};
