//! `jsonb_exists`.

use crate::{
    error::ErrorCode,
    json::{self, Reader, Token},
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "jsonb_exists",
    form: "jsonb_exists(a, name)",
    category: Category::Json,
    description: "Whether it is a member's name in an object, a text in an array, or the text itself: PostgreSQL's operator `?`.",
    examples: &[("jsonb_exists('{\"a\": 1}', 'a')", "true")],
    signatures: &[Signature::new(&[Kind::Text, Kind::Text], Kind::Boolean, |arguments, output| {
        kernels::rows2::<Text, Text, bool>(arguments, output, |text, name| Ok(exists(text, name)?));
    })],
};

fn exists(text: &str, name: &str) -> Result<bool, ErrorCode> {
    let mut reader = Reader::unescaping(text);
    let mut is_array = false;
    let mut found = false;
    let mut first = true;
    while let Some(token) = reader.next()? {
        is_array |= first && token == Token::ArrayStart;
        found |= match token {
            Token::Name(raw) => reader.depth() == 1 && json::stands_for(raw, name),
            Token::String(raw) => (first || (is_array && reader.depth() == 1)) && json::stands_for(raw, name),
            _ => false,
        };
        first = false;
    }
    Ok(found)
}
