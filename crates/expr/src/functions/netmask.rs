//! `netmask`.

use crate::{
    inet::{self, Inet},
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "netmask",
    form: "netmask(a)",
    category: Category::Network,
    description: "The mask of the network.",
    examples: &[("netmask('192.0.2.7/24')", "255.255.255.0")],
    signatures: &[Signature::new(&[Kind::Text], Kind::Text, |arguments, output| {
        kernels::text1::<Text>(arguments, output, |text, out| {
            let inet = Inet::parse(text)?;
            inet.of_address(inet.network_bits()).write(out);
            Ok(())
        });
    })
    .prepare(inet::prepare)],
};
