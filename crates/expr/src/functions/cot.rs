//! `cot`.

use crate::{
    error::{ErrorCode, State},
    kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "cot",
    form: "cot(a)",
    category: Category::Math,
    description: "The cotangent of an angle in radians.",
    examples: &[("round(cot(0.5)::decimal(10,6), 6)", "1.830488")],
    signatures: &[Signature::new(&[Kind::Double], Kind::Double, |arguments, output| {
        kernels::unary_raising(arguments, output, |a: f64| {
            if a.is_infinite() {
                return (0.0, ErrorCode::OutOfRange as u8);
            }
            (1.0 / libm::tan(a), State::VALUE)
        });
    })],
};
