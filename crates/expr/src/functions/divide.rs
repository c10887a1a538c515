//! `/`.

use types::Interval;

use crate::{
    Expr,
    decimals::{self, QUOTIENT_SCALE_MIN},
    doubles,
    error::ErrorCode,
    intervals, kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "/",
    form: "a / b",
    category: Category::Math,
    description: "Quotient; of integers truncated, of decimals with the larger of their scales, at least 6, rounded half away from zero.",
    examples: &[("-7 / 2", "-3"), ("1.00 / 3", "0.333333"), ("INTERVAL '1 hour' / 2", "00:30:00")],
    signatures: &[
        Signature::new(&[Kind::BigInt, Kind::BigInt], Kind::BigInt, |arguments, output| {
            kernels::binary_raising(arguments, output, |a: i64, b: i64| match b {
                0 => (0, ErrorCode::DivisionByZero as u8),
                _ => {
                    let (quotient, over) = a.overflowing_div(b);
                    (quotient, if over { ErrorCode::OutOfRange as u8 } else { 0 })
                }
            });
        }),
        Signature::new(&[Kind::Decimal, Kind::Decimal], Kind::Decimal, |arguments, output| {
            let digits = output.scale() + arguments.scale(1) - arguments.scale(0);
            kernels::binary_raising(arguments, output, |a, b| decimals::divide(a, b, digits));
        })
        .scale(quotient_scale),
        Signature::new(&[Kind::Double, Kind::Double], Kind::Double, |arguments, output| {
            kernels::binary_raising(arguments, output, doubles::divide);
        }),
        Signature::new(&[Kind::Interval, Kind::Double], Kind::Interval, |arguments, output| {
            kernels::rows2::<Interval, f64, Interval>(arguments, output, |interval, divisor| {
                if divisor == 0.0 {
                    return Err(ErrorCode::DivisionByZero.into());
                }
                Ok(intervals::scale(interval, |part| part / divisor)?)
            });
        }),
    ],
};

fn quotient_scale(arguments: &[Expr]) -> u8 {
    let scales = arguments.iter().map(|argument| argument.data_type().scale());
    scales.fold(QUOTIENT_SCALE_MIN, u8::max)
}
