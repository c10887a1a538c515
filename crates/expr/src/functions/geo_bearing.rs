//! `geo_bearing`.

use super::geo_distance_m::places;
use crate::{
    kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "geo_bearing",
    form: "geo_bearing(latitude, longitude, latitude, longitude)",
    category: Category::Globe,
    description: "The direction from the first place to the second: degrees from north, clockwise.",
    examples: &[("geo_bearing(0, 0, 0, 10)", "90")],
    signatures: &[Signature::new(
        &[Kind::Double, Kind::Double, Kind::Double, Kind::Double],
        Kind::Double,
        |arguments, output| {
            kernels::prepared(arguments, output, |row, _| {
                let (from, to) = places(row)?;
                Ok(from.bearing_to(to))
            });
        },
    )],
};
