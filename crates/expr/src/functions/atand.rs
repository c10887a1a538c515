//! `atand`.

use crate::{
    degrees, kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "atand",
    form: "atand(a)",
    category: Category::Math,
    description: "The angle in degrees of a tangent.",
    examples: &[("atand(1)", "45")],
    signatures: &[Signature::new(&[Kind::Double], Kind::Double, |arguments, output| {
        kernels::unary(arguments, output, |a: f64| degrees::of_arctangent(libm::atan(a)));
    })],
};
