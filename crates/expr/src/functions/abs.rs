//! `abs`.

use crate::{
    error::ErrorCode,
    kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "abs",
    form: "abs(a)",
    category: Category::Math,
    description: "The number without its sign.",
    examples: &[("abs(-3)", "3"), ("abs(-1.50)", "1.50")],
    signatures: &[
        Signature::new(&[Kind::BigInt], Kind::BigInt, |arguments, output| {
            kernels::unary_raising(arguments, output, |a: i64| {
                let (magnitude, over) = a.overflowing_abs();
                (magnitude, if over { ErrorCode::OutOfRange as u8 } else { 0 })
            });
        }),
        Signature::new(&[Kind::Decimal], Kind::Decimal, |arguments, output| {
            kernels::unary(arguments, output, |a: i128| a.wrapping_abs());
        }),
        Signature::new(&[Kind::Double], Kind::Double, |arguments, output| {
            kernels::unary(arguments, output, f64::abs);
        }),
    ],
};
