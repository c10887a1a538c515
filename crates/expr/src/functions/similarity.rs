//! `similarity`.

use crate::{
    kernels, likeness,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "similarity",
    form: "similarity(a, b)",
    category: Category::Likeness,
    description: "The share of trigrams that two texts have in common, from 0 to 1, whatever the case.",
    examples: &[("similarity('abc', 'ABCD')", "0.5")],
    signatures: &[Signature::new(&[Kind::Text, Kind::Text], Kind::Double, |arguments, output| {
        kernels::prepared(arguments, output, |row, prepared| {
            let [one, other] = prepared.codes();
            likeness::trigrams(row.text(0), one);
            likeness::trigrams(row.text(1), other);
            Ok(likeness::shared(one, other))
        });
    })],
};
