//! `geo_within_m`.

use super::geo_distance_m::places;
use crate::{
    doubles, kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "geo_within_m",
    form: "geo_within_m(latitude, longitude, latitude, longitude, metres)",
    category: Category::Globe,
    description: "Whether two places are at most so many metres apart.",
    examples: &[("geo_within_m(52.52, 13.40, 52.53, 13.41, 5000)", "true")],
    signatures: &[Signature::new(
        &[Kind::Double, Kind::Double, Kind::Double, Kind::Double, Kind::Double],
        Kind::Boolean,
        |arguments, output| {
            kernels::prepared(arguments, output, |row, _| {
                let (from, to) = places(row)?;
                Ok(doubles::at_most(from.metres_to(to), row.get::<f64>(4)))
            });
        },
    )],
};
