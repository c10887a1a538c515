//! `jaro_winkler`.

use crate::{
    kernels::{self, Text},
    likeness,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "jaro_winkler",
    form: "jaro_winkler(a, b)",
    category: Category::Likeness,
    description: "Jaro and Winkler's similarity of names, from 0 to 1, of at most 255 characters.",
    examples: &[("jaro_winkler('same', 'same')", "1")],
    signatures: &[Signature::new(&[Kind::Text, Kind::Text], Kind::Double, |arguments, output| {
        kernels::rows2::<Text, Text, f64>(arguments, output, |a, b| Ok(likeness::jaro_winkler(a, b)?));
    })],
};
