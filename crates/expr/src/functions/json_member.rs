//! `->`.

use crate::{
    error::State,
    json::{self, Step},
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "->",
    form: "a -> step",
    category: Category::Json,
    description: "The member of an object by its name, or the element of an array by its place from 0 (from the end when negative), as it stands in the document.",
    examples: &[("'{\"a\": [1]}'::text -> 'a'", "[1]"), ("'[1, 2]'::text -> -1", "2")],
    signatures: &[
        Signature::new(&[Kind::Text, Kind::Text], Kind::Text, |arguments, output| {
            kernels::text2::<Text, Text>(arguments, output, |text, step, out| {
                let part = json::part(text, Step::Name(step))?.ok_or(State::IS_NULL)?;
                out.push_str(part);
                Ok(())
            });
        }),
        Signature::new(&[Kind::Text, Kind::BigInt], Kind::Text, |arguments, output| {
            kernels::text2::<Text, i64>(arguments, output, |text, step, out| {
                let part = json::part(text, Step::Index(step))?.ok_or(State::IS_NULL)?;
                out.push_str(part);
                Ok(())
            });
        }),
    ],
};
