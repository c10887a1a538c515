//! `round`.

use crate::{
    Expr,
    decimals::{self, Rounding},
    kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "round",
    form: "round(a), round(a, n)",
    category: Category::Math,
    description: "Rounded to a whole number or to `n` digits after the point (before it when negative): a decimal half away from zero, a double half to even.",
    examples: &[("round(2.5)", "3"), ("round(1234.567, 2)", "1234.57"), ("round(1250.0, -2)", "1300")],
    signatures: &[
        Signature::new(&[Kind::Double], Kind::Double, |arguments, output| {
            kernels::unary(arguments, output, libm::rint);
        }),
        Signature::new(&[Kind::Decimal], Kind::Decimal, |arguments, output| {
            let from = arguments.scale(0);
            kernels::unary_raising(arguments, output, |a| decimals::round(a, from, 0, 0, Rounding::HalfAway));
        })
        .scale(|_| 0),
        Signature::new(&[Kind::Decimal, Kind::BigInt], Kind::Decimal, |arguments, output| {
            let (from, to) = (arguments.scale(0), output.scale());
            kernels::binary_raising(arguments, output, |a, digits| {
                decimals::round(a, from, to, digits, Rounding::HalfAway)
            });
        })
        .scale(kept_scale),
    ],
};

/// The scale that a literal number of digits leaves; the decimal's own when it is not a literal.
pub(super) fn kept_scale(arguments: &[Expr]) -> u8 {
    let own = arguments[0].data_type().scale();
    match &arguments[1] {
        Expr::Literal { value: Some(types::Value::BigInt(digits)), .. } => {
            u8::try_from((*digits).clamp(0, i64::from(own))).expect("it is at most the decimal's scale")
        }
        _ => own,
    }
}
