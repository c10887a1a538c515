//! `sinh`.

use crate::{
    kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "sinh",
    form: "sinh(a)",
    category: Category::Math,
    description: "The hyperbolic sine.",
    examples: &[("sinh(0)", "0")],
    signatures: &[Signature::new(&[Kind::Double], Kind::Double, |arguments, output| {
        kernels::unary(arguments, output, |a: f64| libm::sinh(a));
    })],
};
