//! `split_contains`.

use super::split_count::parts;
use crate::{
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "split_contains",
    form: "split_contains(a, separator, part)",
    category: Category::Text,
    description: "Whether one of the parts equals `part`.",
    examples: &[("split_contains('vip,trusted', ',', 'vip')", "true")],
    signatures: &[Signature::new(
        &[Kind::Text, Kind::Text, Kind::Text],
        Kind::Boolean,
        |arguments, output| {
            kernels::rows3::<Text, Text, Text, bool>(arguments, output, |text, separator, part| {
                Ok(parts(text, separator).any(|other| other == part))
            });
        },
    )],
};
