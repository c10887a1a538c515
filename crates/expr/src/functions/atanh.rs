//! `atanh`.

use crate::{
    error::{ErrorCode, State},
    kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "atanh",
    form: "atanh(a)",
    category: Category::Math,
    description: "The inverse hyperbolic tangent; raises outside -1 to 1.",
    examples: &[("atanh(0)", "0")],
    signatures: &[Signature::new(&[Kind::Double], Kind::Double, |arguments, output| {
        kernels::unary_raising(arguments, output, |a: f64| {
            if a.abs() > 1.0 {
                return (0.0, ErrorCode::OutOfRange as u8);
            }
            (libm::atanh(a), State::VALUE)
        });
    })],
};
