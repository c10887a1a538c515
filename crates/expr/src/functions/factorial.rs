//! `factorial`.

use crate::{
    error::ErrorCode,
    kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "factorial",
    form: "factorial(n)",
    category: Category::Math,
    description: "The product of 1 to `n`, at most 33 for the digits that a decimal has.",
    examples: &[("factorial(5)", "120")],
    signatures: &[Signature::new(&[Kind::BigInt], Kind::Decimal, |arguments, output| {
        kernels::rows1::<i64, i128>(arguments, output, |n| {
            if !(0..=ARGUMENT_MAX).contains(&n) {
                return Err(ErrorCode::OutOfRange.into());
            }
            Ok((2..=i128::from(n)).product())
        });
    })
    .scale(|_| 0)],
};

/// The largest argument whose factorial has at most 38 digits.
const ARGUMENT_MAX: i64 = 33;
