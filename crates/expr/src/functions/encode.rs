//! `encode`.

use types::Value;

use crate::{
    Expr,
    encoding::Format,
    error::ErrorCode,
    kernels::{self, Text},
    prepared::Prepared,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "encode",
    form: "encode(a, format)",
    category: Category::Hash,
    description: "The UTF-8 form in `hex`, `base64` (in lines of 76 characters) or `escape`.",
    examples: &[("encode('mitra', 'base64')", "bWl0cmE=")],
    signatures: &[Signature::new(&[Kind::Text, Kind::Text], Kind::Text, |arguments, output| {
        kernels::text2::<Text, Text>(arguments, output, |text, format, out| {
            Format::named(format).ok_or(ErrorCode::InvalidArgument)?.encode(text.as_bytes(), out);
            Ok(())
        });
    })
    .prepare(prepare)],
};

/// Refuses a literal format that does not exist.
pub(super) fn prepare(arguments: &[Expr]) -> Result<Prepared, String> {
    match &arguments[1] {
        Expr::Literal { value: Some(Value::Text(name)), .. } if Format::named(name).is_none() => {
            Err(format!("there is no format '{name}'; there is hex, base64 and escape"))
        }
        _ => Ok(Prepared::Nothing),
    }
}
