//! `tanh`.

use crate::{
    kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "tanh",
    form: "tanh(a)",
    category: Category::Math,
    description: "The hyperbolic tangent.",
    examples: &[("tanh(0)", "0")],
    signatures: &[Signature::new(&[Kind::Double], Kind::Double, |arguments, output| {
        kernels::unary(arguments, output, |a: f64| libm::tanh(a));
    })],
};
