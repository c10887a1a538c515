//! `overlay`.

use super::left::offset;
use crate::{
    error::ErrorCode,
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "overlay",
    form: "overlay(a PLACING b FROM start), overlay(a PLACING b FROM start FOR length)",
    category: Category::Text,
    description: "`a` with the `length` characters (as many as `b` has) from `start`, counted from 1, replaced by `b`.",
    examples: &[("overlay('4242424242424242', '******', 7)", "424242******4242")],
    signatures: &[
        Signature::new(&[Kind::Text, Kind::Text, Kind::BigInt], Kind::Text, |arguments, output| {
            kernels::text3::<Text, Text, i64>(arguments, output, |text, by, start, out| {
                let length = by.chars().count() as i64;
                Ok(replace(text, by, start, length, out)?)
            });
        }),
        Signature::new(
            &[Kind::Text, Kind::Text, Kind::BigInt, Kind::BigInt],
            Kind::Text,
            |arguments, output| {
                kernels::prepared_text(arguments, output, |row, out, _| {
                    Ok(replace(row.text(0), row.text(1), row.get::<i64>(2), row.get::<i64>(3), out)?)
                });
            },
        ),
    ],
};

fn replace(text: &str, by: &str, start: i64, length: i64, out: &mut String) -> Result<(), ErrorCode> {
    if start <= 0 {
        return Err(ErrorCode::InvalidArgument);
    }
    let behind = start.checked_add(length).ok_or(ErrorCode::OutOfRange)?.saturating_sub(1).max(0);
    out.push_str(&text[..offset(text, start - 1)]);
    out.push_str(by);
    out.push_str(&text[offset(text, behind)..]);
    Ok(())
}
