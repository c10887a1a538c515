//! JSON as XGBoost writes it: plain JSON, and `NaN`, `Infinity` and `-Infinity` as numbers.

use crate::{
    Error,
    document::{NESTING_MAX, Packer, UNREAD, Value},
};

/// Reads a whole document.
///
/// # Errors
/// [`Error::Syntax`] with the byte at which it is none.
pub fn read(bytes: &[u8]) -> Result<Value, Error> {
    let mut reader = Reader { bytes, at: 0 };
    let value = reader.value(0, true)?;
    reader.skip_spaces();
    if reader.at < bytes.len() { Err(reader.error("something after the end")) } else { Ok(value) }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn error(&self, problem: &'static str) -> Error {
        let problem = if self.at < self.bytes.len() { problem } else { "the file ends too early" };
        Error::Syntax { format: "JSON", problem, at: self.at }
    }

    fn skip_spaces(&mut self) {
        while matches!(self.bytes.get(self.at), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    /// The next byte that is no space.
    fn peek(&mut self) -> Option<u8> {
        self.skip_spaces();
        self.bytes.get(self.at).copied()
    }

    fn word(&mut self, word: &str) -> bool {
        let found = self.bytes[self.at..].starts_with(word.as_bytes());
        self.at += if found { word.len() } else { 0 };
        found
    }

    /// A value at `depth`; one that is not kept is only checked.
    fn value(&mut self, depth: usize, keep: bool) -> Result<Value, Error> {
        if depth > NESTING_MAX {
            return Err(self.error("nesting deeper than 32"));
        }
        match self.peek() {
            Some(b'{') => self.object(depth, keep),
            Some(b'[') => self.array(depth, keep),
            Some(b'"') => Ok(Value::Text(self.string()?)),
            Some(b't') if self.word("true") => Ok(Value::Boolean(true)),
            Some(b'f') if self.word("false") => Ok(Value::Boolean(false)),
            Some(b'n') if self.word("null") => Ok(Value::Null),
            Some(b'N') if self.word("NaN") => Ok(Value::Float(f32::NAN)),
            Some(b'I') if self.word("Infinity") => Ok(Value::Float(f32::INFINITY)),
            Some(b'-') if self.word("-Infinity") => Ok(Value::Float(f32::NEG_INFINITY)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => Err(self.error("no value")),
        }
    }

    fn object(&mut self, depth: usize, keep: bool) -> Result<Value, Error> {
        self.at += 1;
        let mut members = Vec::new();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Value::Object(members));
        }
        loop {
            if self.peek() != Some(b'"') {
                return Err(self.error("no member name"));
            }
            let name = self.string()?;
            if self.peek() != Some(b':') {
                return Err(self.error("no colon"));
            }
            self.at += 1;
            let keep = keep && !UNREAD.contains(&name.as_str());
            let value = self.value(depth + 1, keep)?;
            if keep {
                members.push((name, value));
            }
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(Value::Object(members));
                }
                _ => return Err(self.error("no comma and no brace")),
            }
        }
    }

    fn array(&mut self, depth: usize, keep: bool) -> Result<Value, Error> {
        self.at += 1;
        let mut values = Packer::default();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(values.finish());
        }
        loop {
            let value = self.value(depth + 1, keep)?;
            if keep {
                values.push(value);
            }
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(values.finish());
                }
                _ => return Err(self.error("no comma and no bracket")),
            }
        }
    }

    /// A number. Its single is the one nearest to the text itself: by way of a double it would be rounded
    /// twice.
    fn number(&mut self) -> Result<Value, Error> {
        let start = self.at;
        let mut whole = true;
        while let Some(byte) = self.bytes.get(self.at) {
            match byte {
                b'0'..=b'9' | b'-' | b'+' => {}
                b'.' | b'e' | b'E' => whole = false,
                _ => break,
            }
            self.at += 1;
        }
        let text = std::str::from_utf8(&self.bytes[start..self.at]).expect("digits and signs are ASCII");
        let value = if whole { text.parse().ok().map(Value::Integer) } else { None };
        let value = value.or_else(|| text.parse().ok().map(Value::Float));
        value.ok_or(Error::Syntax { format: "JSON", problem: "no number", at: start })
    }

    fn string(&mut self) -> Result<String, Error> {
        let start = self.at;
        self.at += 1;
        let mut text = Vec::new();
        loop {
            let run = self.bytes[self.at..].iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20));
            let Some(run) = run else {
                self.at = self.bytes.len();
                return Err(self.error("a string without end"));
            };
            text.extend_from_slice(&self.bytes[self.at..self.at + run]);
            self.at += run + 1;
            match self.bytes[self.at - 1] {
                b'"' => break,
                b'\\' => self.escape(&mut text)?,
                _ => return Err(self.error("a control character in a string")),
            }
        }
        String::from_utf8(text).map_err(|_| Error::Syntax {
            format: "JSON",
            problem: "a string that is not UTF-8",
            at: start,
        })
    }

    fn escape(&mut self, text: &mut Vec<u8>) -> Result<(), Error> {
        let byte = self.bytes.get(self.at).copied().ok_or_else(|| self.error("no escape"))?;
        self.at += 1;
        text.push(match byte {
            b'"' | b'\\' | b'/' => byte,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'b' => 0x08,
            b'f' => 0x0C,
            b'u' => return self.unicode(text),
            _ => return Err(self.error("an unknown escape in a string")),
        });
        Ok(())
    }

    fn unicode(&mut self, text: &mut Vec<u8>) -> Result<(), Error> {
        let mut code = self.hex()?;
        if (0xD800..0xDC00).contains(&code) && self.word("\\u") {
            let low = self.hex()?;
            code = 0x1_0000 + ((code - 0xD800) << 10) + (low.wrapping_sub(0xDC00) & 0x3FF);
        }
        let character =
            char::from_u32(code).ok_or_else(|| self.error("an unpaired surrogate in a string"))?;
        text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        Ok(())
    }

    fn hex(&mut self) -> Result<u32, Error> {
        let digits = self.bytes.get(self.at..self.at + 4).and_then(|digits| std::str::from_utf8(digits).ok());
        let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let code = code.ok_or_else(|| self.error("no four hexadecimal digits"))?;
        self.at += 4;
        Ok(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_the_nearest_single_to_their_text() {
        // Just above the middle of two singles: by way of a double it would round to the lower one.
        let text = b"[1.00000005960464477540, 1e-45, NaN, -Infinity, Infinity, 3]";
        let Value::Floats(values) = read(text).unwrap() else { panic!("an array of numbers") };
        assert_eq!(values[0], 1.0 + f32::EPSILON);
        assert_eq!("1.00000005960464477540".parse::<f64>().unwrap() as f32, 1.0);
        assert_eq!(values[1].to_bits(), 1);
        assert!(values[2].is_nan());
        assert_eq!(values[3..], [f32::NEG_INFINITY, f32::INFINITY, 3.0]);
    }

    #[test]
    fn arrays_are_packed_by_what_they_hold() {
        assert_eq!(read(b" [1, -2]").unwrap(), Value::Integers(vec![1, -2]));
        assert_eq!(read(b"[true,false]").unwrap(), Value::Integers(vec![1, 0]));
        assert_eq!(read(b"[1, 2.5]").unwrap(), Value::Floats(vec![1.0, 2.5]));
        assert_eq!(read(b"[]").unwrap(), Value::Array(vec![]));
        let mixed = Value::Array(vec![Value::Integer(1), Value::Text("a".to_owned())]);
        assert_eq!(read(b"[1,\"a\"]").unwrap(), mixed);
    }

    #[test]
    fn strings_are_unescaped() {
        let text = read(r#""a\"\\\u00e9\ud83d\ude00 é""#.as_bytes()).unwrap();
        assert_eq!(text, Value::Text("a\"\\é😀 é".to_owned()));
    }

    #[test]
    fn parts_that_are_not_read_are_dropped() {
        let value = read(br#"{"parents": [1, {"a": "b"}], "id": 3}"#).unwrap();
        assert_eq!(value, Value::Object(vec![("id".to_owned(), Value::Integer(3))]));
    }

    #[test]
    fn what_is_not_json_is_named_with_its_place() {
        let deep = "[".repeat(40);
        for (text, problem, at) in [
            ("{", "the file ends too early", 1),
            ("[1,]", "no value", 3),
            ("[1 2]", "no comma and no bracket", 3),
            ("{\"a\" 1}", "no colon", 5),
            ("{a:1}", "no member name", 1),
            ("[1.2.3]", "no number", 1),
            ("\"abc", "the file ends too early", 4),
            ("\"\\q\"", "an unknown escape in a string", 3),
            ("\"\\ud800\"", "an unpaired surrogate in a string", 7),
            ("1 1", "something after the end", 2),
            (&deep, "nesting deeper than 32", 33),
        ] {
            let error = Error::Syntax { format: "JSON", problem, at };
            assert_eq!(read(text.as_bytes()).unwrap_err(), error, "{text}");
        }
    }
}
