//! `exp`.

use crate::{
    error::ErrorCode,
    kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "exp",
    form: "exp(a)",
    category: Category::Math,
    description: "e to the power of the number.",
    examples: &[("exp(2)", "7.38905609893065")],
    signatures: &[Signature::new(&[Kind::Double], Kind::Double, |arguments, output| {
        kernels::unary_raising(arguments, output, |a: f64| {
            let result = libm::exp(a);
            let outside = a.is_finite() && (result.is_infinite() || result == 0.0);
            (result, if outside { ErrorCode::OutOfRange as u8 } else { 0 })
        });
    })],
};
