//! `atan2`.

use crate::{
    kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "atan2",
    form: "atan2(y, x)",
    category: Category::Math,
    description: "The angle in radians of the point (x, y).",
    examples: &[("atan2(1, 1)", "0.7853981633974483")],
    signatures: &[Signature::new(&[Kind::Double, Kind::Double], Kind::Double, |arguments, output| {
        kernels::binary(arguments, output, libm::atan2);
    })],
};
