//! `ln`.

use crate::{
    doubles,
    error::ErrorCode,
    kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "ln",
    form: "ln(a)",
    category: Category::Math,
    description: "The natural logarithm; raises at and below 0.",
    examples: &[("ln(2)", "0.6931471805599453")],
    signatures: &[Signature::new(&[Kind::Double], Kind::Double, |arguments, output| {
        kernels::unary_raising(arguments, output, |a: f64| {
            if a <= 0.0 {
                return (0.0, ErrorCode::InvalidArgument as u8);
            }
            doubles::finite(a, libm::log(a))
        });
    })],
};
