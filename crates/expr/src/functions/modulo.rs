//! `%`.

use crate::{
    decimals,
    error::ErrorCode,
    kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "%",
    form: "a % b",
    category: Category::Math,
    description: "Remainder of the truncated quotient, with the sign of the dividend.",
    examples: &[("-7 % 3", "-1"), ("7.5 % 2", "1.5")],
    signatures: &[
        Signature::new(&[Kind::BigInt, Kind::BigInt], Kind::BigInt, |arguments, output| {
            kernels::binary_raising(arguments, output, |a: i64, b: i64| match b {
                0 => (0, ErrorCode::DivisionByZero as u8),
                _ => (a.wrapping_rem(b), 0),
            });
        }),
        Signature::new(&[Kind::Decimal, Kind::Decimal], Kind::Decimal, |arguments, output| {
            let (left, right) = (arguments.scale(0), arguments.scale(1));
            kernels::binary_raising(arguments, output, |a, b| decimals::modulo(a, left, b, right));
        }),
    ],
};
