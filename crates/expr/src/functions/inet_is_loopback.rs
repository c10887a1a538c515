//! `inet_is_loopback`.

use crate::{
    inet::{self, Inet, network_v4},
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "inet_is_loopback",
    form: "inet_is_loopback(a)",
    category: Category::Network,
    description: "Whether the address is the machine itself.",
    examples: &[("inet_is_loopback('127.0.0.1')", "true")],
    signatures: &[Signature::new(&[Kind::Text], Kind::Boolean, |arguments, output| {
        kernels::rows1::<Text, bool>(arguments, output, |text| Ok(Inet::parse(text)?.is_in_any(NETWORKS)));
    })
    .prepare(inet::prepare)],
};

const NETWORKS: &[Inet] = &[network_v4([127, 0, 0, 0], 8), Inet { is_v6: true, address: 1, masklen: 128 }];
