//! `inet_is_link_local`.

use crate::{
    inet::{self, Inet, network_v4, network_v6},
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "inet_is_link_local",
    form: "inet_is_link_local(a)",
    category: Category::Network,
    description: "Whether the address is of the own link only (RFC 3927, RFC 4291).",
    examples: &[("inet_is_link_local('169.254.1.1')", "true")],
    signatures: &[Signature::new(&[Kind::Text], Kind::Boolean, |arguments, output| {
        kernels::rows1::<Text, bool>(arguments, output, |text| Ok(Inet::parse(text)?.is_in_any(NETWORKS)));
    })
    .prepare(inet::prepare)],
};

const NETWORKS: &[Inet] = &[network_v4([169, 254, 0, 0], 16), network_v6(0xfe80, 10)];
