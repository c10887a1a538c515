//! `inet_is_private`.

use crate::{
    inet::{self, Inet, network_v4, network_v6},
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "inet_is_private",
    form: "inet_is_private(a)",
    category: Category::Network,
    description: "Whether the address is of a private network (RFC 1918, RFC 4193).",
    examples: &[("inet_is_private('10.1.2.3')", "true")],
    signatures: &[Signature::new(&[Kind::Text], Kind::Boolean, |arguments, output| {
        kernels::rows1::<Text, bool>(arguments, output, |text| Ok(Inet::parse(text)?.is_in_any(NETWORKS)));
    })
    .prepare(inet::prepare)],
};

const NETWORKS: &[Inet] = &[
    network_v4([10, 0, 0, 0], 8),
    network_v4([172, 16, 0, 0], 12),
    network_v4([192, 168, 0, 0], 16),
    network_v6(0xfc00, 7),
];
