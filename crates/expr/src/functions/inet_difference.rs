//! `inet_difference`.

use crate::{
    error::ErrorCode,
    inet::{self, Inet},
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "inet_difference",
    form: "inet_difference(a, b)",
    category: Category::Network,
    description: "How many addresses `a` is behind `b`.",
    examples: &[("inet_difference('192.0.3.51', '192.0.2.7')", "300")],
    signatures: &[Signature::new(&[Kind::Text, Kind::Text], Kind::BigInt, |arguments, output| {
        kernels::rows2::<Text, Text, i64>(arguments, output, |a, b| {
            let (a, b) = (Inet::parse(a)?, Inet::parse(b)?);
            if a.is_v6 != b.is_v6 {
                return Err(ErrorCode::InvalidArgument.into());
            }
            let behind = i128::try_from(a.address.abs_diff(b.address)).map_err(|_| ErrorCode::OutOfRange)?;
            let behind = if a.address < b.address { -behind } else { behind };
            Ok(i64::try_from(behind).map_err(|_| ErrorCode::OutOfRange)?)
        });
    })
    .prepare(inet::prepare)],
};
