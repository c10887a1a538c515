//! `decode`.

use super::encode::prepare;
use crate::{
    encoding::{Format, as_text},
    error::ErrorCode,
    kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "decode",
    form: "decode(a, format)",
    category: Category::Hash,
    description: "The text whose UTF-8 form is given in `hex`, `base64` or `escape`; raises when the bytes are no text.",
    examples: &[("decode('bWl0cmE=', 'base64')", "mitra")],
    signatures: &[Signature::new(&[Kind::Text, Kind::Text], Kind::Text, |arguments, output| {
        kernels::prepared_text(arguments, output, |row, out, prepared| {
            let format = Format::named(row.text(1)).ok_or(ErrorCode::InvalidArgument)?;
            let bytes = prepared.bytes();
            format.decode(row.text(0), bytes)?;
            out.push_str(as_text(bytes)?);
            Ok(())
        });
    })
    .prepare(prepare)],
};
