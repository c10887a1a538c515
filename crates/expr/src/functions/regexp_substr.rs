//! `regexp_substr`.

use crate::{
    error::State,
    kernels,
    prepared::prepare,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "regexp_substr",
    form: "regexp_substr(a, pattern)",
    category: Category::Regex,
    description: "The first match of a regular expression; NULL when there is none.",
    examples: &[("regexp_substr('order 17 of 20', '[0-9]+')", "17")],
    signatures: &[Signature::new(&[Kind::Text, Kind::Text], Kind::Text, |arguments, output| {
        kernels::prepared_text(arguments, output, |row, out, prepared| {
            let found = prepared.regex(row.text(1), false)?.regex.find(row.text(0)).ok_or(State::IS_NULL)?;
            out.push_str(found.as_str());
            Ok(())
        });
    })
    .prepare(prepare)],
};
