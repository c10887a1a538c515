//! `geohash_longitude`.

use crate::{
    globe,
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "geohash_longitude",
    form: "geohash_longitude(a)",
    category: Category::Globe,
    description: "The longitude of the middle of a geohash.",
    examples: &[("geohash_longitude('s')", "22.5")],
    signatures: &[Signature::new(&[Kind::Text], Kind::Double, |arguments, output| {
        kernels::rows1::<Text, f64>(arguments, output, |text| Ok(globe::decode(text)?.1));
    })],
};
