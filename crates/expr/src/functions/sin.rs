//! `sin`.

use crate::{
    doubles,
    error::ErrorCode,
    kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "sin",
    form: "sin(a)",
    category: Category::Math,
    description: "The sine of an angle in radians.",
    examples: &[("sin(0)", "0")],
    signatures: &[Signature::new(&[Kind::Double], Kind::Double, |arguments, output| {
        kernels::unary_raising(arguments, output, |a: f64| {
            if a.is_infinite() {
                return (0.0, ErrorCode::OutOfRange as u8);
            }
            doubles::finite(a, libm::sin(a))
        });
    })],
};
