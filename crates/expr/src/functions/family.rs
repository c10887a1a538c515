//! `family`.

use crate::{
    inet::{self, Inet},
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "family",
    form: "family(a)",
    category: Category::Network,
    description: "4 or 6, the version of IP.",
    examples: &[("family('2001:db8::1')", "6")],
    signatures: &[Signature::new(&[Kind::Text], Kind::BigInt, |arguments, output| {
        kernels::rows1::<Text, i64>(arguments, output, |text| {
            let inet = Inet::parse(text)?;
            Ok(if inet.is_v6 { 6 } else { 4 })
        });
    })
    .prepare(inet::prepare)],
};
