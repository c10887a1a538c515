//! `>>`.

use crate::{
    error::{ErrorCode, State},
    kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: ">>",
    form: "a >> n",
    category: Category::Math,
    description: "The bits moved to the right by `n`, counted modulo 64; the sign stays.",
    examples: &[("8 >> 2", "2")],
    signatures: &[Signature::new(&[Kind::BigInt, Kind::BigInt], Kind::BigInt, |arguments, output| {
        kernels::binary_raising(arguments, output, |a: i64, n: i64| match i32::try_from(n) {
            Ok(n) => (a.wrapping_shr(n as u32), State::VALUE),
            Err(_) => (0, ErrorCode::OutOfRange as u8),
        });
    })],
};
