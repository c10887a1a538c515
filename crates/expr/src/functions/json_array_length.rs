//! `json_array_length`.

use crate::{
    json,
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "json_array_length",
    form: "json_array_length(a)",
    category: Category::Json,
    description: "How many elements an array has; raises for what is no array.",
    examples: &[("json_array_length('[1, [2, 3]]')", "2")],
    signatures: &[Signature::new(&[Kind::Text], Kind::BigInt, |arguments, output| {
        kernels::rows1::<Text, i64>(arguments, output, |text| Ok(json::elements(text)?));
    })],
};
