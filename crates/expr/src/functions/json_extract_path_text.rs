//! `json_extract_path_text`.

use super::json_extract_path::walk;
use crate::{
    error::State,
    json, kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "json_extract_path_text",
    form: "json_extract_path_text(a, step, ...)",
    category: Category::Json,
    description: "As `json_extract_path`, as text: a text without its quotes, NULL for null.",
    examples: &[("json_extract_path_text('{\"card\": {\"bin\": \"4242\"}}', 'card', 'bin')", "4242")],
    signatures: &[Signature::new(&[Kind::Text, Kind::Text], Kind::Text, |arguments, output| {
        let steps = 1..arguments.len();
        kernels::prepared_text(arguments, output, |row, out, _| {
            let part = walk(row, steps.clone())?.ok_or(State::IS_NULL)?;
            if json::write_text(part, out)? { Err(State::IS_NULL) } else { Ok(()) }
        });
    })
    .variadic()],
};
