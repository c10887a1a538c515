//! `log`.

use crate::{
    doubles,
    error::{ErrorCode, State},
    kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "log",
    form: "log(a), log(base, a)",
    category: Category::Math,
    description: "The logarithm to base 10, also `log10`, or to another base. Raises at and below 0.",
    examples: &[("log(1000)", "3")],
    signatures: &[
        Signature::new(&[Kind::Double], Kind::Double, |arguments, output| {
            kernels::unary_raising(arguments, output, |a: f64| {
                if a <= 0.0 {
                    return (0.0, ErrorCode::InvalidArgument as u8);
                }
                doubles::finite(a, libm::log10(a))
            });
        }),
        Signature::new(&[Kind::Double, Kind::Double], Kind::Double, |arguments, output| {
            kernels::binary_raising(arguments, output, |base: f64, a: f64| to_base(base, a));
        }),
    ],
};

/// The quotient of logarithms, corrected where a whole power shows that it was rounded.
fn to_base(base: f64, a: f64) -> (f64, u8) {
    if base.is_nan() || a.is_nan() || (base == f64::INFINITY && a == f64::INFINITY) {
        return (f64::NAN, State::VALUE);
    }
    if base <= 0.0 || a <= 0.0 {
        return (0.0, ErrorCode::InvalidArgument as u8);
    }
    if a == f64::INFINITY {
        return (a, State::VALUE);
    }
    let divisor = libm::log(base);
    if divisor == 0.0 {
        return (0.0, ErrorCode::DivisionByZero as u8);
    }
    let quotient = libm::log(a) / divisor;
    let whole = libm::rint(quotient);
    let result = if libm::pow(base, whole) == a { whole } else { quotient };
    doubles::finite(a, result)
}
