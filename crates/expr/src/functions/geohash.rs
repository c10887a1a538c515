//! `geohash`.

use crate::{
    globe::{self, Place},
    kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "geohash",
    form: "geohash(latitude, longitude, length)",
    category: Category::Globe,
    description: "The geohash of a place, of 1 to 12 digits: places with the same first digits are near each other.",
    examples: &[("geohash(57.64911, 10.40744, 11)", "u4pruydqqvj")],
    signatures: &[Signature::new(
        &[Kind::Double, Kind::Double, Kind::BigInt],
        Kind::Text,
        |arguments, output| {
            kernels::prepared_text(arguments, output, |row, out, _| {
                let place = Place::new(row.get::<f64>(0), row.get::<f64>(1))?;
                Ok(globe::encode(place, row.get::<i64>(2), out)?)
            });
        },
    )],
};
