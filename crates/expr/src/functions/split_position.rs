//! `split_position`.

use super::split_count::parts;
use crate::{
    error::State,
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "split_position",
    form: "split_position(a, separator, part)",
    category: Category::Text,
    description: "The place, from 1, of the first part that equals `part`; NULL when there is none.",
    examples: &[("split_position('a,b,c', ',', 'c')", "3")],
    signatures: &[Signature::new(
        &[Kind::Text, Kind::Text, Kind::Text],
        Kind::BigInt,
        |arguments, output| {
            kernels::rows3::<Text, Text, Text, i64>(arguments, output, |text, separator, part| {
                let place = parts(text, separator).position(|other| other == part).ok_or(State::IS_NULL)?;
                Ok(place as i64 + 1)
            });
        },
    )],
};
