//! `tan`.

use crate::{
    doubles,
    error::ErrorCode,
    kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "tan",
    form: "tan(a)",
    category: Category::Math,
    description: "The tangent of an angle in radians.",
    examples: &[("tan(0)", "0")],
    signatures: &[Signature::new(&[Kind::Double], Kind::Double, |arguments, output| {
        kernels::unary_raising(arguments, output, |a: f64| {
            if a.is_infinite() {
                return (0.0, ErrorCode::OutOfRange as u8);
            }
            doubles::finite(a, libm::tan(a))
        });
    })],
};
