//! `json_strip_nulls`.

use crate::{
    error::ErrorCode,
    json::{self, Reader, Token},
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "json_strip_nulls",
    form: "json_strip_nulls(a)",
    category: Category::Json,
    description: "The document without spaces and without the members that are null.",
    examples: &[("json_strip_nulls('{\"a\": 1, \"b\": null}')", "{\"a\":1}")],
    signatures: &[Signature::new(&[Kind::Text], Kind::Text, |arguments, output| {
        kernels::text1::<Text>(arguments, output, |text, out| Ok(strip(text, out)?));
    })],
};

fn strip(text: &str, out: &mut String) -> Result<(), ErrorCode> {
    let mut reader = Reader::unescaping(text);
    // A member's name is written with its value, once that is known not to be null.
    let mut name = None;
    let start = out.len();
    while let Some(token) = reader.next()? {
        if let Token::Name(raw) = token {
            name = Some(raw);
            continue;
        }
        if matches!(token, Token::ObjectEnd | Token::ArrayEnd) {
            out.push(if token == Token::ObjectEnd { '}' } else { ']' });
            continue;
        }
        let member = name.take();
        if member.is_some() && token == Token::Null {
            continue;
        }
        if out.len() > start && !out.ends_with(['{', '[']) {
            out.push(',');
        }
        if let Some(raw) = member {
            json::write_raw(raw, out);
            out.push(':');
        }
        match token {
            Token::ObjectStart => out.push('{'),
            Token::ArrayStart => out.push('['),
            Token::String(raw) => json::write_raw(raw, out),
            Token::Number(number) => out.push_str(number),
            Token::Boolean(value) => out.push_str(if value { "true" } else { "false" }),
            _ => out.push_str("null"),
        }
    }
    Ok(())
}
