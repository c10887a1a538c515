//! `json_typeof`.

use crate::{
    json::{Reader, Token},
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "json_typeof",
    form: "json_typeof(a)",
    category: Category::Json,
    description: "What the document is: `object`, `array`, `string`, `number`, `boolean` or `null`.",
    examples: &[("json_typeof('[1, 2]')", "array")],
    signatures: &[Signature::new(&[Kind::Text], Kind::Text, |arguments, output| {
        kernels::text1::<Text>(arguments, output, |text, out| {
            let mut reader = Reader::new(text);
            let first = reader.next()?;
            reader.finish()?;
            out.push_str(match first {
                Some(Token::ObjectStart) => "object",
                Some(Token::ArrayStart) => "array",
                Some(Token::String(_)) => "string",
                Some(Token::Number(_)) => "number",
                Some(Token::Boolean(_)) => "boolean",
                _ => "null",
            });
            Ok(())
        });
    })],
};
