//! `substring`.

use super::left::offset;
use crate::{
    error::{ErrorCode, State},
    kernels::{self, Text},
    prepared::{Pattern, prepare},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "substring",
    form: "substring(a, start), substring(a, start, length), substring(a, pattern)",
    category: Category::Text,
    description: "The characters from `start`, counted from 1, at most `length` of them; or the first group (without groups, the whole) of a regular expression's first match, NULL without one. Also `substr`.",
    examples: &[("substring('mitra', 2, 3)", "itr"), ("substring('card 4242', '[0-9]+')", "4242")],
    signatures: &[
        Signature::new(&[Kind::Text, Kind::BigInt], Kind::Text, |arguments, output| {
            kernels::text2::<Text, i64>(arguments, output, |text, start, out| {
                out.push_str(&text[offset(text, start.saturating_sub(1).max(0))..]);
                Ok(())
            });
        }),
        Signature::new(&[Kind::Text, Kind::BigInt, Kind::BigInt], Kind::Text, |arguments, output| {
            kernels::text3::<Text, i64, i64>(arguments, output, |text, start, length, out| {
                if length < 0 {
                    return Err(ErrorCode::InvalidArgument.into());
                }
                let end = start.saturating_add(length).saturating_sub(1);
                let text = &text[..offset(text, end.max(0))];
                out.push_str(&text[offset(text, start.saturating_sub(1).max(0))..]);
                Ok(())
            });
        }),
        Signature::new(&[Kind::Text, Kind::Text], Kind::Text, |arguments, output| {
            kernels::prepared_text(arguments, output, |row, out, prepared| {
                let text = row.text(0);
                let Pattern { regex, groups } = prepared.regex(row.text(1), false)?;
                regex.captures_read(groups, text).ok_or(State::IS_NULL)?;
                let group = usize::from(groups.len() > 1);
                let (start, end) = groups.get(group).ok_or(State::IS_NULL)?;
                out.push_str(&text[start..end]);
                Ok(())
            });
        })
        .prepare(prepare),
    ],
};
