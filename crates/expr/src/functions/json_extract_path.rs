//! `json_extract_path`.

use std::ops::Range;

use crate::{
    error::{ErrorCode, State},
    json::{self, Step},
    kernels::{self, rows::TextRow},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "json_extract_path",
    form: "json_extract_path(a, step, ...)",
    category: Category::Json,
    description: "The part of the document that the steps lead to, member names or places from 0, as it stands there; NULL when there is none.",
    examples: &[("json_extract_path('{\"a\": [10, 20]}', 'a', '1')", "20")],
    signatures: &[Signature::new(&[Kind::Text, Kind::Text], Kind::Text, |arguments, output| {
        let steps = 1..arguments.len();
        kernels::prepared_text(arguments, output, |row, out, _| {
            out.push_str(walk(row, steps.clone())?.ok_or(State::IS_NULL)?);
            Ok(())
        });
    })
    .variadic()],
};

/// The part of the first argument that the others lead to.
pub(super) fn walk<'a>(row: TextRow<'_, 'a>, steps: Range<usize>) -> Result<Option<&'a str>, ErrorCode> {
    let mut part = row.text(0);
    for step in steps {
        match json::part(part, Step::Either(row.text(step)))? {
            Some(found) => part = found,
            None => return Ok(None),
        }
    }
    Ok(Some(part))
}
