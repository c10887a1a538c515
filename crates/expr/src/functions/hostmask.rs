//! `hostmask`.

use crate::{
    inet::{self, Inet},
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "hostmask",
    form: "hostmask(a)",
    category: Category::Network,
    description: "The mask of the addresses in the network.",
    examples: &[("hostmask('192.0.2.7/24')", "0.0.0.255")],
    signatures: &[Signature::new(&[Kind::Text], Kind::Text, |arguments, output| {
        kernels::text1::<Text>(arguments, output, |text, out| {
            let inet = Inet::parse(text)?;
            inet.of_address(inet.host_bits()).write(out);
            Ok(())
        });
    })
    .prepare(inet::prepare)],
};
