//! `broadcast`.

use crate::{
    inet::{self, Inet},
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "broadcast",
    form: "broadcast(a)",
    category: Category::Network,
    description: "The last address of the network.",
    examples: &[("broadcast('192.0.2.7/24')", "192.0.2.255/24")],
    signatures: &[Signature::new(&[Kind::Text], Kind::Text, |arguments, output| {
        kernels::text1::<Text>(arguments, output, |text, out| {
            let inet = Inet::parse(text)?;
            Inet { address: inet.address | inet.host_bits(), ..inet }.write(out);
            Ok(())
        });
    })
    .prepare(inet::prepare)],
};
