//! `cotd`.

use crate::{
    degrees,
    error::{ErrorCode, State},
    kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "cotd",
    form: "cotd(a)",
    category: Category::Math,
    description: "The cotangent of an angle in degrees, exact where the angle's is known.",
    examples: &[("cotd(45)", "1")],
    signatures: &[Signature::new(&[Kind::Double], Kind::Double, |arguments, output| {
        kernels::unary_raising(arguments, output, |a: f64| {
            if a.is_infinite() {
                return (0.0, ErrorCode::OutOfRange as u8);
            }
            (degrees::cotangent(a), State::VALUE)
        });
    })],
};
