//! `acos`.

use crate::{
    doubles,
    error::ErrorCode,
    kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "acos",
    form: "acos(a)",
    category: Category::Math,
    description: "The angle in radians of a cosine; raises outside -1 to 1.",
    examples: &[("acos(1)", "0")],
    signatures: &[Signature::new(&[Kind::Double], Kind::Double, |arguments, output| {
        kernels::unary_raising(arguments, output, |a: f64| {
            if a.abs() > 1.0 {
                return (0.0, ErrorCode::OutOfRange as u8);
            }
            doubles::finite(a, libm::acos(a))
        });
    })],
};
