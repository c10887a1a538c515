//! `trunc`.

use super::round::kept_scale;
use crate::{
    decimals::{self, Rounding},
    kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "trunc",
    form: "trunc(a), trunc(a, n)",
    category: Category::Math,
    description: "Cut to a whole number or to `n` digits after the point.",
    examples: &[("trunc(-1.9)", "-1"), ("trunc(1234.567, 2)", "1234.56")],
    signatures: &[
        Signature::new(&[Kind::Double], Kind::Double, |arguments, output| {
            kernels::unary(arguments, output, libm::trunc);
        }),
        Signature::new(&[Kind::Decimal], Kind::Decimal, |arguments, output| {
            let from = arguments.scale(0);
            kernels::unary_raising(arguments, output, |a| decimals::round(a, from, 0, 0, Rounding::Truncate));
        })
        .scale(|_| 0),
        Signature::new(&[Kind::Decimal, Kind::BigInt], Kind::Decimal, |arguments, output| {
            let (from, to) = (arguments.scale(0), output.scale());
            kernels::binary_raising(arguments, output, |a, digits| {
                decimals::round(a, from, to, digits, Rounding::Truncate)
            });
        })
        .scale(kept_scale),
    ],
};
