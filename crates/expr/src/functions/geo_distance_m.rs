//! `geo_distance_m`.

use crate::{
    error::ErrorCode,
    globe::Place,
    kernels::{self, rows::TextRow},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "geo_distance_m",
    form: "geo_distance_m(latitude, longitude, latitude, longitude)",
    category: Category::Globe,
    description: "The distance of two places in metres, along the great circle of a sphere; raises off the globe.",
    examples: &[("geo_distance_m(0, 0, 0, 0)", "0")],
    signatures: &[Signature::new(
        &[Kind::Double, Kind::Double, Kind::Double, Kind::Double],
        Kind::Double,
        |arguments, output| {
            kernels::prepared(arguments, output, |row, _| {
                let (from, to) = places(row)?;
                Ok(from.metres_to(to))
            });
        },
    )],
};

/// The places of the first four arguments.
pub(super) fn places(row: TextRow<'_, '_>) -> Result<(Place, Place), ErrorCode> {
    let [a, b, c, d] = std::array::from_fn(|index| row.get::<f64>(index));
    Ok((Place::new(a, b)?, Place::new(c, d)?))
}
