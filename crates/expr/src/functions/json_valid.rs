//! `json_valid`.

use crate::{
    json::Reader,
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "json_valid",
    form: "json_valid(a)",
    category: Category::Json,
    description: "Whether the text is JSON, of at most 512 arrays and objects within each other.",
    examples: &[("json_valid('{\"a\": 1}')", "true"), ("json_valid('{a: 1}')", "false")],
    signatures: &[Signature::new(&[Kind::Text], Kind::Boolean, |arguments, output| {
        kernels::rows1::<Text, bool>(arguments, output, |text| Ok(Reader::new(text).finish().is_ok()));
    })],
};
