//! `is_inet`.

use crate::{
    inet::Inet,
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "is_inet",
    form: "is_inet(a)",
    category: Category::Network,
    description: "Whether the text is an IP address, with or without the length of a network.",
    examples: &[("is_inet('192.0.2.7')", "true"), ("is_inet('192.0.2.700')", "false")],
    signatures: &[Signature::new(&[Kind::Text], Kind::Boolean, |arguments, output| {
        kernels::rows1::<Text, bool>(arguments, output, |text| Ok(Inet::parse(text).is_ok()));
    })],
};
