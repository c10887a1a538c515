//! `asin`.

use crate::{
    doubles,
    error::ErrorCode,
    kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "asin",
    form: "asin(a)",
    category: Category::Math,
    description: "The angle in radians of a sine; raises outside -1 to 1.",
    examples: &[("asin(1)", "1.5707963267948966")],
    signatures: &[Signature::new(&[Kind::Double], Kind::Double, |arguments, output| {
        kernels::unary_raising(arguments, output, |a: f64| {
            if a.abs() > 1.0 {
                return (0.0, ErrorCode::OutOfRange as u8);
            }
            doubles::finite(a, libm::asin(a))
        });
    })],
};
