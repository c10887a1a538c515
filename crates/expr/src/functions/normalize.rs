//! `normalize`.

use types::Value;
use unicode_normalization::UnicodeNormalization as _;

use crate::{
    Expr,
    error::ErrorCode,
    kernels::{self, Text},
    prepared::Prepared,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "normalize",
    form: "normalize(a), normalize(a, form)",
    category: Category::Text,
    description: "The text in a Unicode normal form: `NFC` (when none is named), `NFD`, `NFKC` or `NFKD`.",
    examples: &[("length(normalize('é'))", "1")],
    signatures: &[
        Signature::new(&[Kind::Text], Kind::Text, |arguments, output| {
            kernels::text1::<Text>(arguments, output, |text, out| {
                out.extend(text.nfc());
                Ok(())
            });
        }),
        Signature::new(&[Kind::Text, Kind::Text], Kind::Text, |arguments, output| {
            kernels::text2::<Text, Text>(arguments, output, |text, form, out| Ok(write(text, form, out)?));
        })
        .prepare(prepare),
    ],
};

const FORMS: [&str; 4] = ["NFC", "NFD", "NFKC", "NFKD"];

fn write(text: &str, form: &str, out: &mut String) -> Result<(), ErrorCode> {
    match FORMS.iter().position(|known| known.eq_ignore_ascii_case(form)) {
        Some(0) => out.extend(text.nfc()),
        Some(1) => out.extend(text.nfd()),
        Some(2) => out.extend(text.nfkc()),
        Some(_) => out.extend(text.nfkd()),
        None => return Err(ErrorCode::InvalidArgument),
    }
    Ok(())
}

/// Refuses a literal form that does not exist.
fn prepare(arguments: &[Expr]) -> Result<Prepared, String> {
    match &arguments[1] {
        Expr::Literal { value: Some(Value::Text(form)), .. }
            if write("", form, &mut String::new()).is_err() =>
        {
            Err(format!("there is no normal form '{form}'; those that exist are {}", FORMS.join(", ")))
        }
        _ => Ok(Prepared::Nothing),
    }
}
