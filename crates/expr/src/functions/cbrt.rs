//! `cbrt`.

use crate::{
    kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "cbrt",
    form: "cbrt(a)",
    category: Category::Math,
    description: "The cube root.",
    examples: &[("cbrt(8)", "2")],
    signatures: &[Signature::new(&[Kind::Double], Kind::Double, |arguments, output| {
        kernels::unary(arguments, output, |a: f64| libm::cbrt(a));
    })],
};
