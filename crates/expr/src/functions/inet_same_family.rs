//! `inet_same_family`.

use crate::{
    inet::{self, Inet},
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "inet_same_family",
    form: "inet_same_family(a, b)",
    category: Category::Network,
    description: "Whether both are of one version of IP.",
    examples: &[("inet_same_family('192.0.2.7', '::1')", "false")],
    signatures: &[Signature::new(&[Kind::Text, Kind::Text], Kind::Boolean, |arguments, output| {
        kernels::rows2::<Text, Text, bool>(arguments, output, |a, b| {
            let (a, b) = (Inet::parse(a)?, Inet::parse(b)?);
            Ok(a.is_v6 == b.is_v6)
        });
    })
    .prepare(inet::prepare)],
};
