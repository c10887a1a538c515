//! `digest`.

use types::Value;

use crate::{
    Expr,
    hashing::{self, Algorithm},
    kernels::{self, Text},
    prepared::Prepared,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "digest",
    form: "digest(a, function)",
    category: Category::Hash,
    description: "The hash in hexadecimal by the function's name: `md5`, `sha1`, `sha224`, `sha256`, `sha384`, `sha512`.",
    examples: &[("digest('abc', 'sha1')", "a9993e364706816aba3e25717850c26c9cd0d89d")],
    signatures: &[Signature::new(&[Kind::Text, Kind::Text], Kind::Text, |arguments, output| {
        kernels::text2::<Text, Text>(arguments, output, |text, name, out| {
            hashing::algorithm(name)?.hash(text.as_bytes(), out);
            Ok(())
        });
    })
    .prepare(prepare)],
};

/// Refuses a literal function that does not exist.
pub(super) fn prepare(arguments: &[Expr]) -> Result<Prepared, String> {
    match arguments.last() {
        Some(Expr::Literal { value: Some(Value::Text(name)), .. }) if hashing::algorithm(name).is_err() => {
            Err(format!("there is no hash function '{name}'; those that exist are {}", Algorithm::names()))
        }
        _ => Ok(Prepared::Nothing),
    }
}
