//! `min_scale`.

use crate::{
    kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "min_scale",
    form: "min_scale(a)",
    category: Category::Math,
    description: "Digits after the point that a decimal needs: without the zeros at its end.",
    examples: &[("min_scale(8.4100)", "2")],
    signatures: &[Signature::new(&[Kind::Decimal], Kind::BigInt, |arguments, output| {
        let scale = i64::from(arguments.scale(0));
        kernels::unary(arguments, output, |a: i128| {
            let (mut rest, mut digits) = (a, scale);
            while digits > 0 && rest % 10 == 0 {
                rest /= 10;
                digits -= 1;
            }
            digits
        });
    })],
};
