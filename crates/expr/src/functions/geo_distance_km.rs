//! `geo_distance_km`.

use super::geo_distance_m::places;
use crate::{
    kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "geo_distance_km",
    form: "geo_distance_km(latitude, longitude, latitude, longitude)",
    category: Category::Globe,
    description: "The distance of two places in kilometres, along the great circle of a sphere; raises off the globe.",
    examples: &[("geo_distance_km(10, 20, 10, 20)", "0")],
    signatures: &[Signature::new(
        &[Kind::Double, Kind::Double, Kind::Double, Kind::Double],
        Kind::Double,
        |arguments, output| {
            kernels::prepared(arguments, output, |row, _| {
                let (from, to) = places(row)?;
                Ok(from.metres_to(to) / 1_000.0)
            });
        },
    )],
};
