//! `network_sup`.

use crate::{
    inet::{self, Inet},
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "network_sup",
    form: "network_sup(a, b)",
    category: Category::Network,
    description: "Whether the network `a` holds `b` and is not all of it: PostgreSQL's `>>`.",
    examples: &[("network_sup('192.0.2.0/24', '192.0.2.7')", "true")],
    signatures: &[Signature::new(&[Kind::Text, Kind::Text], Kind::Boolean, |arguments, output| {
        kernels::rows2::<Text, Text, bool>(arguments, output, |a, b| {
            let (a, b) = (Inet::parse(a)?, Inet::parse(b)?);
            Ok(b.masklen > a.masklen && b.is_within(a))
        });
    })
    .prepare(inet::prepare)],
};
