//! `cos`.

use crate::{
    doubles,
    error::ErrorCode,
    kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "cos",
    form: "cos(a)",
    category: Category::Math,
    description: "The cosine of an angle in radians.",
    examples: &[("cos(0)", "1")],
    signatures: &[Signature::new(&[Kind::Double], Kind::Double, |arguments, output| {
        kernels::unary_raising(arguments, output, |a: f64| {
            if a.is_infinite() {
                return (0.0, ErrorCode::OutOfRange as u8);
            }
            doubles::finite(a, libm::cos(a))
        });
    })],
};
