//! `network`.

use crate::{
    inet::{self, Inet},
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "network",
    form: "network(a)",
    category: Category::Network,
    description: "The network that the address lies in.",
    examples: &[("network('192.0.2.7/24')", "192.0.2.0/24")],
    signatures: &[Signature::new(&[Kind::Text], Kind::Text, |arguments, output| {
        kernels::text1::<Text>(arguments, output, |text, out| {
            let inet = Inet::parse(text)?;
            inet.network().write_network(out);
            Ok(())
        });
    })
    .prepare(inet::prepare)],
};
