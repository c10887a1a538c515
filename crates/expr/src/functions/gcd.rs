//! `gcd`.

use crate::{
    error::{ErrorCode, State},
    kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "gcd",
    form: "gcd(a, b)",
    category: Category::Math,
    description: "The greatest common divisor.",
    examples: &[("gcd(1071, 462)", "21")],
    signatures: &[Signature::new(&[Kind::BigInt, Kind::BigInt], Kind::BigInt, |arguments, output| {
        kernels::binary_raising(arguments, output, |a: i64, b: i64| whole(divisor(a, b)));
    })],
};

/// The greatest common divisor of the magnitudes, by Euclid.
pub(super) fn divisor(a: i64, b: i64) -> u64 {
    let (mut a, mut b) = (a.unsigned_abs(), b.unsigned_abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// A magnitude as a `BIGINT`: 2^63 is none.
pub(super) fn whole(value: u64) -> (i64, u8) {
    i64::try_from(value).map_or((0, ErrorCode::OutOfRange as u8), |value| (value, State::VALUE))
}
