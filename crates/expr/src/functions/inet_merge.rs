//! `inet_merge`.

use crate::{
    inet::{self, Inet},
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "inet_merge",
    form: "inet_merge(a, b)",
    category: Category::Network,
    description: "The smallest network that holds both.",
    examples: &[("inet_merge('192.168.1.5/24', '192.168.2.5/24')", "192.168.0.0/22")],
    signatures: &[Signature::new(&[Kind::Text, Kind::Text], Kind::Text, |arguments, output| {
        kernels::text2::<Text, Text>(arguments, output, |a, b, out| {
            Inet::parse(a)?.merge(Inet::parse(b)?)?.write_network(out);
            Ok(())
        });
    })
    .prepare(inet::prepare)],
};
