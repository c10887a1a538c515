//! `ceil`.

use crate::{
    decimals::{self, Rounding},
    kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "ceil",
    form: "ceil(a)",
    category: Category::Math,
    description: "The smallest whole number that is not less; also `ceiling`.",
    examples: &[("ceil(1.2)", "2"), ("ceil(-1.2)", "-1")],
    signatures: &[
        Signature::new(&[Kind::Double], Kind::Double, |arguments, output| {
            kernels::unary(arguments, output, libm::ceil);
        }),
        Signature::new(&[Kind::Decimal], Kind::Decimal, |arguments, output| {
            let from = arguments.scale(0);
            kernels::unary_raising(arguments, output, |a| decimals::round(a, from, 0, 0, Rounding::Ceiling));
        })
        .scale(|_| 0),
    ],
};
