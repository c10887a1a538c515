//! `asinh`.

use crate::{
    kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "asinh",
    form: "asinh(a)",
    category: Category::Math,
    description: "The inverse hyperbolic sine.",
    examples: &[("asinh(0)", "0")],
    signatures: &[Signature::new(&[Kind::Double], Kind::Double, |arguments, output| {
        kernels::unary(arguments, output, |a: f64| libm::asinh(a));
    })],
};
