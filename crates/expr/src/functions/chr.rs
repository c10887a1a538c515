//! `chr`.

use crate::{
    error::ErrorCode,
    kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "chr",
    form: "chr(n)",
    category: Category::Text,
    description: "The character of a code point.",
    examples: &[("chr(65)", "A")],
    signatures: &[Signature::new(&[Kind::BigInt], Kind::Text, |arguments, output| {
        kernels::text1::<i64>(arguments, output, |code, out| {
            let letter = u32::try_from(code).ok().filter(|code| *code != 0).and_then(char::from_u32);
            out.push(letter.ok_or(ErrorCode::InvalidArgument)?);
            Ok(())
        });
    })],
};
