//! `masklen`.

use crate::{
    inet::{self, Inet},
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "masklen",
    form: "masklen(a)",
    category: Category::Network,
    description: "Bits of the network.",
    examples: &[("masklen('192.0.2.0/24')", "24")],
    signatures: &[Signature::new(&[Kind::Text], Kind::BigInt, |arguments, output| {
        kernels::rows1::<Text, i64>(arguments, output, |text| {
            let inet = Inet::parse(text)?;
            Ok(i64::from(inet.masklen))
        });
    })
    .prepare(inet::prepare)],
};
