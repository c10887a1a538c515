//! `sqrt`.

use crate::{
    doubles,
    error::ErrorCode,
    kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "sqrt",
    form: "sqrt(a)",
    category: Category::Math,
    description: "The square root; raises below 0.",
    examples: &[("sqrt(2)", "1.4142135623730951")],
    signatures: &[Signature::new(&[Kind::Double], Kind::Double, |arguments, output| {
        kernels::unary_raising(arguments, output, |a: f64| {
            if a < 0.0 {
                return (0.0, ErrorCode::InvalidArgument as u8);
            }
            doubles::finite(a, libm::sqrt(a))
        });
    })],
};
