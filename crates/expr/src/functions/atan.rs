//! `atan`.

use crate::{
    kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "atan",
    form: "atan(a)",
    category: Category::Math,
    description: "The angle in radians of a tangent.",
    examples: &[("atan(1)", "0.7853981633974483")],
    signatures: &[Signature::new(&[Kind::Double], Kind::Double, |arguments, output| {
        kernels::unary(arguments, output, libm::atan);
    })],
};
