//! `acosh`.

use crate::{
    error::{ErrorCode, State},
    kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "acosh",
    form: "acosh(a)",
    category: Category::Math,
    description: "The inverse hyperbolic cosine; raises below 1.",
    examples: &[("acosh(1)", "0")],
    signatures: &[Signature::new(&[Kind::Double], Kind::Double, |arguments, output| {
        kernels::unary_raising(arguments, output, |a: f64| {
            if a < 1.0 {
                return (0.0, ErrorCode::OutOfRange as u8);
            }
            (libm::acosh(a), State::VALUE)
        });
    })],
};
