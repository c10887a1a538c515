//! `difference`.

use crate::{
    kernels::{self, Text},
    likeness,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "difference",
    form: "difference(a, b)",
    category: Category::Likeness,
    description: "How many of the four characters of the Soundex codes agree.",
    examples: &[("difference('Anne', 'Ann')", "4")],
    signatures: &[Signature::new(&[Kind::Text, Kind::Text], Kind::BigInt, |arguments, output| {
        kernels::rows2::<Text, Text, i64>(arguments, output, |a, b| {
            let (a, b) = (likeness::soundex(a), likeness::soundex(b));
            Ok(a.zip(b).map_or(0, |(a, b)| a.iter().zip(b).filter(|(a, b)| **a == *b).count() as i64))
        });
    })],
};
