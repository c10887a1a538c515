//! `*`.

use types::Interval;

use crate::{
    Expr,
    decimals::{self, PRODUCT_SCALE_MAX},
    doubles,
    error::ErrorCode,
    intervals, kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "*",
    form: "a * b",
    category: Category::Math,
    description: "Product; of decimals with the sum of their scales, at most 18, rounded half away from zero.",
    examples: &[("1.5 * 1.25", "1.875"), ("INTERVAL '1 hour' * 1.5", "01:30:00")],
    signatures: &[
        Signature::new(&[Kind::BigInt, Kind::BigInt], Kind::BigInt, |arguments, output| {
            kernels::binary_raising(arguments, output, |a: i64, b: i64| {
                let (product, over) = a.overflowing_mul(b);
                (product, if over { ErrorCode::OutOfRange as u8 } else { 0 })
            });
        }),
        Signature::new(&[Kind::Decimal, Kind::Decimal], Kind::Decimal, |arguments, output| {
            let drop = arguments.scale(0) + arguments.scale(1) - output.scale();
            kernels::binary_raising(arguments, output, |a, b| decimals::multiply(a, b, drop));
        })
        .scale(product_scale),
        Signature::new(&[Kind::Double, Kind::Double], Kind::Double, |arguments, output| {
            kernels::binary_raising(arguments, output, doubles::multiply);
        }),
        Signature::new(&[Kind::Interval, Kind::Double], Kind::Interval, |arguments, output| {
            kernels::rows2::<Interval, f64, Interval>(arguments, output, |interval, factor| {
                Ok(intervals::scale(interval, |part| part * factor)?)
            });
        }),
        Signature::new(&[Kind::Double, Kind::Interval], Kind::Interval, |arguments, output| {
            kernels::rows2::<f64, Interval, Interval>(arguments, output, |factor, interval| {
                Ok(intervals::scale(interval, |part| part * factor)?)
            });
        }),
    ],
};

fn product_scale(arguments: &[Expr]) -> u8 {
    let sum: u8 = arguments.iter().map(|argument| argument.data_type().scale()).sum();
    sum.min(PRODUCT_SCALE_MAX)
}
