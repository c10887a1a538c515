//! `lpad`.

use super::left::offset;
use crate::{
    error::ErrorCode,
    kernels::{self, Text, rows::TEXT_BYTES_MAX},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "lpad",
    form: "lpad(a, length), lpad(a, length, fill)",
    category: Category::Text,
    description: "Brought to `length` characters by `fill` (a space) at the start, or by cutting its end.",
    examples: &[("lpad('7', 3, '0')", "007")],
    signatures: &[
        Signature::new(&[Kind::Text, Kind::BigInt], Kind::Text, |arguments, output| {
            kernels::text2::<Text, i64>(arguments, output, |text, length, out| {
                pad(text, length, " ", out)?;
                out.push_str(&text[..offset(text, length.max(0))]);
                Ok(())
            });
        }),
        Signature::new(&[Kind::Text, Kind::BigInt, Kind::Text], Kind::Text, |arguments, output| {
            kernels::text3::<Text, i64, Text>(arguments, output, |text, length, fill, out| {
                pad(text, length, fill, out)?;
                out.push_str(&text[..offset(text, length.max(0))]);
                Ok(())
            });
        }),
    ],
};

/// Appends what `text` lacks to `length` characters.
pub(super) fn pad(text: &str, length: i64, fill: &str, out: &mut String) -> Result<(), ErrorCode> {
    let missing = length.saturating_sub(text.chars().count() as i64);
    if missing <= 0 || fill.is_empty() {
        return Ok(());
    }
    let missing = usize::try_from(missing)
        .ok()
        .filter(|missing| *missing <= TEXT_BYTES_MAX)
        .ok_or(ErrorCode::TextTooLong)?;
    out.extend(fill.chars().cycle().take(missing));
    Ok(())
}
