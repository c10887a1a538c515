//! `host`.

use crate::{
    inet::{self, Inet},
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "host",
    form: "host(a)",
    category: Category::Network,
    description: "The address alone.",
    examples: &[("host('192.0.2.7/24')", "192.0.2.7")],
    signatures: &[Signature::new(&[Kind::Text], Kind::Text, |arguments, output| {
        kernels::text1::<Text>(arguments, output, |text, out| {
            let inet = Inet::parse(text)?;
            inet.write_host(out);
            Ok(())
        });
    })
    .prepare(inet::prepare)],
};
