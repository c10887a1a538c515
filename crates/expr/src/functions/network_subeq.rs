//! `network_subeq`.

use crate::{
    inet::{self, Inet},
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "network_subeq",
    form: "network_subeq(a, b)",
    category: Category::Network,
    description: "Whether `a` lies within the network `b`: PostgreSQL's `<<=`.",
    examples: &[("network_subeq('192.0.2.7', '192.0.2.0/24')", "true")],
    signatures: &[Signature::new(&[Kind::Text, Kind::Text], Kind::Boolean, |arguments, output| {
        kernels::rows2::<Text, Text, bool>(arguments, output, |a, b| {
            let (a, b) = (Inet::parse(a)?, Inet::parse(b)?);
            Ok(a.is_within(b))
        });
    })
    .prepare(inet::prepare)],
};
