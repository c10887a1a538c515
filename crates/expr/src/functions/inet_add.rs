//! `inet_add`.

use crate::{
    error::ErrorCode,
    inet::Inet,
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "inet_add",
    form: "inet_add(a, n)",
    category: Category::Network,
    description: "The address `n` further on.",
    examples: &[("inet_add('192.0.2.7', 300)", "192.0.3.51")],
    signatures: &[Signature::new(&[Kind::Text, Kind::BigInt], Kind::Text, |arguments, output| {
        kernels::text2::<Text, i64>(arguments, output, |text, n, out| {
            let inet = Inet::parse(text)?;
            let sum = inet.address.checked_add_signed(i128::from(n));
            let address =
                sum.filter(|sum| inet.is_v6 || *sum <= u128::from(u32::MAX)).ok_or(ErrorCode::OutOfRange)?;
            Inet { address, ..inet }.write(out);
            Ok(())
        });
    })],
};
