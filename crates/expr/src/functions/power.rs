//! `power`.

use crate::{
    doubles, kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "power",
    form: "power(a, b)",
    category: Category::Math,
    description: "`a` to the power of `b`; also `pow` and `a ^ b`.",
    examples: &[("power(2, 10)", "1024")],
    signatures: &[Signature::new(&[Kind::Double, Kind::Double], Kind::Double, |arguments, output| {
        kernels::binary_raising(arguments, output, doubles::power);
    })],
};
