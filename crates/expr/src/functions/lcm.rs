//! `lcm`.

use super::gcd::{divisor, whole};
use crate::{
    error::State,
    kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "lcm",
    form: "lcm(a, b)",
    category: Category::Math,
    description: "The least common multiple; 0 when one of them is 0.",
    examples: &[("lcm(4, 6)", "12")],
    signatures: &[Signature::new(&[Kind::BigInt, Kind::BigInt], Kind::BigInt, |arguments, output| {
        kernels::binary_raising(arguments, output, |a: i64, b: i64| {
            if a == 0 || b == 0 {
                return (0, State::VALUE);
            }
            let multiple = (a.unsigned_abs() / divisor(a, b)).checked_mul(b.unsigned_abs());
            whole(multiple.unwrap_or(u64::MAX))
        });
    })],
};
