//! `sign`.

use crate::{
    kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "sign",
    form: "sign(a)",
    category: Category::Math,
    description: "-1, 0 or 1.",
    examples: &[("sign(-8.4)", "-1")],
    signatures: &[
        Signature::new(&[Kind::Double], Kind::Double, |arguments, output| {
            kernels::unary(arguments, output, |a: f64| f64::from(i8::from(a > 0.0) - i8::from(a < 0.0)));
        }),
        Signature::new(&[Kind::Decimal], Kind::Decimal, |arguments, output| {
            kernels::unary(arguments, output, |a: i128| a.signum());
        })
        .scale(|_| 0),
    ],
};
