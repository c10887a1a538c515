//! `log`.

use crate::{
    doubles,
    error::ErrorCode,
    kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "log",
    form: "log(a)",
    category: Category::Math,
    description: "The logarithm to base 10; also `log10`. Raises at and below 0.",
    examples: &[("log(1000)", "3")],
    signatures: &[Signature::new(&[Kind::Double], Kind::Double, |arguments, output| {
        kernels::unary_raising(arguments, output, |a: f64| {
            if a <= 0.0 {
                return (0.0, ErrorCode::InvalidArgument as u8);
            }
            doubles::finite(a, libm::log10(a))
        });
    })],
};
