//! `-` before a value.

use types::Interval;

use crate::{
    error::ErrorCode,
    intervals, kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "neg",
    form: "-a",
    category: Category::Math,
    description: "The number of the other sign.",
    examples: &[("-(2 + 3)", "-5")],
    signatures: &[
        Signature::new(&[Kind::BigInt], Kind::BigInt, |arguments, output| {
            kernels::unary_raising(arguments, output, |a: i64| {
                let (negated, over) = a.overflowing_neg();
                (negated, if over { ErrorCode::OutOfRange as u8 } else { 0 })
            });
        }),
        Signature::new(&[Kind::Decimal], Kind::Decimal, |arguments, output| {
            kernels::unary(arguments, output, |a: i128| -a);
        }),
        Signature::new(&[Kind::Double], Kind::Double, |arguments, output| {
            kernels::unary(arguments, output, |a: f64| -a);
        }),
        Signature::new(&[Kind::Interval], Kind::Interval, |arguments, output| {
            kernels::rows1::<Interval, Interval>(arguments, output, |a| Ok(intervals::negate(a)?));
        }),
    ],
};
