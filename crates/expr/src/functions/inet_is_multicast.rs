//! `inet_is_multicast`.

use crate::{
    inet::{self, Inet, network_v4, network_v6},
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "inet_is_multicast",
    form: "inet_is_multicast(a)",
    category: Category::Network,
    description: "Whether the address is of a group of receivers (RFC 5771, RFC 4291).",
    examples: &[("inet_is_multicast('224.0.0.1')", "true")],
    signatures: &[Signature::new(&[Kind::Text], Kind::Boolean, |arguments, output| {
        kernels::rows1::<Text, bool>(arguments, output, |text| Ok(Inet::parse(text)?.is_in_any(NETWORKS)));
    })
    .prepare(inet::prepare)],
};

const NETWORKS: &[Inet] = &[network_v4([224, 0, 0, 0], 4), network_v6(0xff00, 8)];
