//! `network_overlap`.

use crate::{
    inet::{self, Inet},
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "network_overlap",
    form: "network_overlap(a, b)",
    category: Category::Network,
    description: "Whether one of the networks holds the other: PostgreSQL's `&&`.",
    examples: &[("network_overlap('192.0.2.0/24', '192.0.0.0/16')", "true")],
    signatures: &[Signature::new(&[Kind::Text, Kind::Text], Kind::Boolean, |arguments, output| {
        kernels::rows2::<Text, Text, bool>(arguments, output, |a, b| {
            let (a, b) = (Inet::parse(a)?, Inet::parse(b)?);
            Ok(a.shares_network(b))
        });
    })
    .prepare(inet::prepare)],
};
