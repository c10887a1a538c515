//! `cosd`.

use crate::{
    degrees,
    error::{ErrorCode, State},
    kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "cosd",
    form: "cosd(a)",
    category: Category::Math,
    description: "The cosine of an angle in degrees, exact where the angle's is known.",
    examples: &[("cosd(60)", "0.5")],
    signatures: &[Signature::new(&[Kind::Double], Kind::Double, |arguments, output| {
        kernels::unary_raising(arguments, output, |a: f64| {
            if a.is_infinite() {
                return (0.0, ErrorCode::OutOfRange as u8);
            }
            (degrees::cosine(a), State::VALUE)
        });
    })],
};
