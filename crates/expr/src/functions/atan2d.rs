//! `atan2d`.

use crate::{
    degrees, kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "atan2d",
    form: "atan2d(y, x)",
    category: Category::Math,
    description: "The angle in degrees of the point (x, y).",
    examples: &[("atan2d(1, -1)", "135")],
    signatures: &[Signature::new(&[Kind::Double, Kind::Double], Kind::Double, |arguments, output| {
        kernels::binary(arguments, output, |y: f64, x: f64| degrees::of_arctangent(libm::atan2(y, x)));
    })],
};
