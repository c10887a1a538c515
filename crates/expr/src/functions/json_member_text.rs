//! `->>`.

use crate::{
    error::State,
    json::{self, Step},
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "->>",
    form: "a ->> step",
    category: Category::Json,
    description: "As `->`, as text: a text without its quotes, NULL for null.",
    examples: &[("'{\"method\": \"card\"}'::text ->> 'method'", "card")],
    signatures: &[
        Signature::new(&[Kind::Text, Kind::Text], Kind::Text, |arguments, output| {
            kernels::text2::<Text, Text>(arguments, output, |text, step, out| {
                let part = json::part(text, Step::Name(step))?.ok_or(State::IS_NULL)?;
                if json::write_text(part, out)? {
                    return Err(State::IS_NULL);
                }
                Ok(())
            });
        }),
        Signature::new(&[Kind::Text, Kind::BigInt], Kind::Text, |arguments, output| {
            kernels::text2::<Text, i64>(arguments, output, |text, step, out| {
                let part = json::part(text, Step::Index(step))?.ok_or(State::IS_NULL)?;
                if json::write_text(part, out)? {
                    return Err(State::IS_NULL);
                }
                Ok(())
            });
        }),
    ],
};
