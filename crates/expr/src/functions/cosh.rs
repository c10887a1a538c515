//! `cosh`.

use crate::{
    kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "cosh",
    form: "cosh(a)",
    category: Category::Math,
    description: "The hyperbolic cosine.",
    examples: &[("cosh(0)", "1")],
    signatures: &[Signature::new(&[Kind::Double], Kind::Double, |arguments, output| {
        kernels::unary(arguments, output, |a: f64| libm::cosh(a));
    })],
};
