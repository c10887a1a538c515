//! `floor`.

use crate::{
    decimals::{self, Rounding},
    kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "floor",
    form: "floor(a)",
    category: Category::Math,
    description: "The largest whole number that is not greater.",
    examples: &[("floor(1.8)", "1"), ("floor(-1.2)", "-2")],
    signatures: &[
        Signature::new(&[Kind::Double], Kind::Double, |arguments, output| {
            kernels::unary(arguments, output, libm::floor);
        }),
        Signature::new(&[Kind::Decimal], Kind::Decimal, |arguments, output| {
            let from = arguments.scale(0);
            kernels::unary_raising(arguments, output, |a| decimals::round(a, from, 0, 0, Rounding::Floor));
        })
        .scale(|_| 0),
    ],
};
