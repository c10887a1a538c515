//! `acosd`.

use crate::{
    degrees,
    error::{ErrorCode, State},
    kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "acosd",
    form: "acosd(a)",
    category: Category::Math,
    description: "The angle in degrees of a cosine; raises outside -1 to 1.",
    examples: &[("acosd(0.5)", "60")],
    signatures: &[Signature::new(&[Kind::Double], Kind::Double, |arguments, output| {
        kernels::unary_raising(arguments, output, |a: f64| {
            if a.abs() > 1.0 {
                return (0.0, ErrorCode::OutOfRange as u8);
            }
            (degrees::arccosine(a), State::VALUE)
        });
    })],
};
