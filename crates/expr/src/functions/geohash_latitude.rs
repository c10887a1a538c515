//! `geohash_latitude`.

use crate::{
    globe,
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "geohash_latitude",
    form: "geohash_latitude(a)",
    category: Category::Globe,
    description: "The latitude of the middle of a geohash.",
    examples: &[("geohash_latitude('s')", "22.5")],
    signatures: &[Signature::new(&[Kind::Text], Kind::Double, |arguments, output| {
        kernels::rows1::<Text, f64>(arguments, output, |text| Ok(globe::decode(text)?.0));
    })],
};
