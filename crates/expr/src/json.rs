//! JSON in text: a reader that checks the whole document, keeps no tree and allocates nothing.

use std::fmt::Write as _;

use crate::error::ErrorCode;

/// Arrays and objects within each other; a deeper document does not read as JSON.
pub(crate) const DEPTH_MAX: usize = 512;

/// A part of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    ObjectStart,
    ObjectEnd,
    ArrayStart,
    ArrayEnd,
    /// A member's name, as between its quotes.
    Name(&'a str),
    /// A text, as between its quotes.
    String(&'a str),
    Number(&'a str),
    Boolean(bool),
    Null,
}

impl Token<'_> {
    const fn opens(self) -> bool {
        matches!(self, Self::ObjectStart | Self::ArrayStart)
    }

    const fn closes(self) -> bool {
        matches!(self, Self::ObjectEnd | Self::ArrayEnd)
    }
}

/// What the grammar allows next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expect {
    Value,
    ValueOrEnd,
    Name,
    NameOrEnd,
    CommaOrEnd,
    Nothing,
}

/// Reads a document token by token.
pub(crate) struct Reader<'a> {
    text: &'a str,
    at: usize,
    /// Where the last token started.
    start: usize,
    expect: Expect,
    depth: usize,
    /// One bit a level: whether it is an object.
    objects: [u64; DEPTH_MAX / 64],
    /// Whether escapes must stand for characters, which reading without unescaping does not need.
    escapes: bool,
}

impl<'a> Reader<'a> {
    /// Checks the grammar only, as PostgreSQL's type `json` does.
    pub(crate) fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            start: 0,
            expect: Expect::Value,
            depth: 0,
            objects: [0; DEPTH_MAX / 64],
            escapes: false,
        }
    }

    /// Also refuses escapes of no character, as PostgreSQL's functions that look into a document do.
    pub(crate) fn unescaping(text: &'a str) -> Self {
        Self { escapes: true, ..Self::new(text) }
    }

    /// Arrays and objects around what follows.
    pub(crate) const fn depth(&self) -> usize {
        self.depth
    }

    /// The next token, `None` after the last one.
    ///
    /// # Errors
    /// `InvalidText` when the text is not JSON, or is nested too deeply.
    pub(crate) fn next(&mut self) -> Result<Option<Token<'a>>, ErrorCode> {
        self.read().ok_or(ErrorCode::InvalidText)
    }

    /// Reads to the end.
    pub(crate) fn finish(&mut self) -> Result<(), ErrorCode> {
        while self.next()?.is_some() {}
        Ok(())
    }

    fn space(&mut self) {
        let rest = &self.text.as_bytes()[self.at..];
        self.at += rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count();
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn is_object(&self) -> bool {
        let level = self.depth - 1;
        self.objects[level / 64] >> (level % 64) & 1 == 1
    }

    fn read(&mut self) -> Option<Option<Token<'a>>> {
        self.space();
        if self.expect == Expect::Nothing {
            return (self.at == self.text.len()).then_some(None);
        }
        let mut byte = self.peek()?;
        if self.expect == Expect::CommaOrEnd && byte == b',' {
            self.expect = if self.is_object() { Expect::Name } else { Expect::Value };
            self.at += 1;
            self.space();
            byte = self.peek()?;
        }
        self.start = self.at;
        match self.expect {
            Expect::CommaOrEnd => self.close(byte).map(Some),
            Expect::NameOrEnd | Expect::ValueOrEnd if matches!(byte, b'}' | b']') => {
                self.close(byte).map(Some)
            }
            Expect::Name | Expect::NameOrEnd => self.name().map(Some),
            Expect::Value | Expect::ValueOrEnd => self.value(byte).map(Some),
            Expect::Nothing => unreachable!("the end was looked for above"),
        }
    }

    fn after_value(&mut self) {
        self.expect = if self.depth == 0 { Expect::Nothing } else { Expect::CommaOrEnd };
    }

    fn open(&mut self, object: bool) -> Option<()> {
        let level = self.depth;
        let word = self.objects.get_mut(level / 64)?;
        *word = *word & !(1 << (level % 64)) | u64::from(object) << (level % 64);
        self.depth += 1;
        self.at += 1;
        self.expect = if object { Expect::NameOrEnd } else { Expect::ValueOrEnd };
        Some(())
    }

    fn close(&mut self, byte: u8) -> Option<Token<'a>> {
        let token = match (byte, self.is_object()) {
            (b'}', true) => Token::ObjectEnd,
            (b']', false) => Token::ArrayEnd,
            _ => return None,
        };
        self.at += 1;
        self.depth -= 1;
        self.after_value();
        Some(token)
    }

    fn name(&mut self) -> Option<Token<'a>> {
        let name = self.string()?;
        self.space();
        if self.peek()? != b':' {
            return None;
        }
        self.at += 1;
        self.expect = Expect::Value;
        Some(Token::Name(name))
    }

    fn value(&mut self, byte: u8) -> Option<Token<'a>> {
        let token = match byte {
            b'{' => {
                self.open(true)?;
                return Some(Token::ObjectStart);
            }
            b'[' => {
                self.open(false)?;
                return Some(Token::ArrayStart);
            }
            b'"' => Token::String(self.string()?),
            b'-' | b'0'..=b'9' => Token::Number(self.number()?),
            b't' => self.word("true", Token::Boolean(true))?,
            b'f' => self.word("false", Token::Boolean(false))?,
            b'n' => self.word("null", Token::Null)?,
            _ => return None,
        };
        self.after_value();
        Some(token)
    }

    fn word(&mut self, word: &str, token: Token<'a>) -> Option<Token<'a>> {
        let rest = self.text[self.at..].strip_prefix(word)?;
        let ends = rest
            .bytes()
            .next()
            .is_none_or(|byte| !(byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80));
        self.at += word.len();
        ends.then_some(token)
    }

    fn number(&mut self) -> Option<&'a str> {
        let bytes = &self.text.as_bytes()[self.at..];
        let digits = |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let mut len = usize::from(bytes[0] == b'-');
        let whole = digits(len);
        if whole == 0 || (whole > 1 && bytes[len] == b'0') {
            return None;
        }
        len += whole;
        if bytes.get(len) == Some(&b'.') {
            let fraction = digits(len + 1);
            len += 1 + fraction;
            if fraction == 0 {
                return None;
            }
        }
        if matches!(bytes.get(len), Some(b'e' | b'E')) {
            len += 1 + usize::from(matches!(bytes.get(len + 1), Some(b'+' | b'-')));
            let exponent = if len < bytes.len() { digits(len) } else { 0 };
            len += exponent;
            if exponent == 0 {
                return None;
            }
        }
        let number = &self.text[self.at..self.at + len];
        self.at += len;
        Some(number)
    }

    /// What stands between two quotes.
    fn string(&mut self) -> Option<&'a str> {
        if self.peek()? != b'"' {
            return None;
        }
        let bytes = self.text.as_bytes();
        let start = self.at + 1;
        let mut at = start;
        let mut escaped = false;
        loop {
            match *bytes.get(at)? {
                b'"' => break,
                b'\\' => {
                    escaped = true;
                    at += match bytes.get(at + 1)? {
                        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => 2,
                        b'u' if bytes.get(at + 2..at + 6)?.iter().all(u8::is_ascii_hexdigit) => 6,
                        _ => return None,
                    };
                }
                0..=0x1f => return None,
                _ => at += 1,
            }
        }
        let raw = &self.text[start..at];
        if escaped && self.escapes && Letters(raw).any(|letter| letter.is_none()) {
            return None;
        }
        self.at = at + 1;
        Some(raw)
    }
}

/// The characters that a text stands for, `None` for an escape of no character; the escapes are known to be well formed.
struct Letters<'a>(&'a str);

impl Letters<'_> {
    fn code_unit(&mut self) -> Option<u32> {
        let digits = self.0.strip_prefix("\\u")?.get(..4)?;
        self.0 = &self.0[6..];
        u32::from_str_radix(digits, 16).ok()
    }

    fn escape(&mut self) -> Option<char> {
        let unit = self.code_unit()?;
        let code = match unit {
            0xd800..=0xdbff => {
                let low = self.code_unit().filter(|low| (0xdc00..0xe000).contains(low))?;
                0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00)
            }
            unit => unit,
        };
        // A text holds no NUL.
        char::from_u32(code).filter(|letter| *letter != '\0')
    }
}

impl Iterator for Letters<'_> {
    type Item = Option<char>;

    fn next(&mut self) -> Option<Option<char>> {
        let mut letters = self.0.chars();
        let first = letters.next()?;
        if first != '\\' {
            self.0 = letters.as_str();
            return Some(Some(first));
        }
        let second = letters.next()?;
        if second == 'u' {
            return Some(self.escape());
        }
        self.0 = letters.as_str();
        Some(Some(match second {
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            other => other,
        }))
    }
}

/// Appends the characters that a text stands for.
pub(crate) fn unescape(raw: &str, out: &mut String) {
    if raw.contains('\\') {
        out.extend(Letters(raw).map_while(|letter| letter));
    } else {
        out.push_str(raw);
    }
}

/// Whether a text in a document stands for `text`.
pub(crate) fn stands_for(raw: &str, text: &str) -> bool {
    if raw.contains('\\') { Letters(raw).eq(text.chars().map(Some)) } else { raw == text }
}

/// Appends a text with its quotes.
pub(crate) fn write_string(text: &str, out: &mut String) {
    write_letters(text.chars(), out);
}

/// Appends a text of a document with its quotes, without the escapes that it does not need.
pub(crate) fn write_raw(raw: &str, out: &mut String) {
    write_letters(Letters(raw).map_while(|letter| letter), out);
}

fn write_letters(letters: impl Iterator<Item = char>, out: &mut String) {
    out.push('"');
    for letter in letters {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0'..='\u{1f}' => write!(out, "\\u{:04x}", u32::from(letter)).expect("a string takes all"),
            letter => out.push(letter),
        }
    }
    out.push('"');
}

/// What names a part of an array or object.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step<'a> {
    /// A member of an object.
    Name(&'a str),
    /// An element of an array, from 0, or from the end when negative.
    Index(i64),
    /// A member of an object or an element of an array, whatever the document has.
    Either(&'a str),
}

/// The part of a document that a step leads to, as it stands there; the last one of members of one name.
///
/// # Errors
/// `InvalidText` when the document is not JSON.
pub(crate) fn part<'a>(document: &'a str, step: Step<'_>) -> Result<Option<&'a str>, ErrorCode> {
    let mut reader = Reader::unescaping(document);
    let first = reader.next()?;
    let index = match (first, step) {
        (Some(Token::ArrayStart), Step::Index(index)) => Some(index),
        (Some(Token::ArrayStart), Step::Either(text)) => whole_number(text),
        _ => None,
    };
    let wanted = match index {
        Some(index) if index < 0 => elements(document)?.checked_add(index),
        index => index,
    };
    let name = match (first, step) {
        (Some(Token::ObjectStart), Step::Name(name) | Step::Either(name)) => Some(name),
        _ => None,
    };
    let mut found = None;
    let mut place = 0;
    let mut is_wanted = false;
    while let Some(token) = reader.next()? {
        if let (Token::Name(raw), 1) = (token, reader.depth()) {
            is_wanted = name.is_some_and(|name| stands_for(raw, name));
            continue;
        }
        let starts = reader.depth() == 1 + usize::from(token.opens()) && !token.closes();
        if !starts {
            continue;
        }
        let start = reader.start;
        if token.opens() {
            skip(&mut reader)?;
        }
        if is_wanted || wanted == Some(place) {
            found = Some(&document[start..reader.at]);
        }
        place += 1;
        is_wanted = false;
    }
    Ok(found)
}

/// Reads to the end of the array or object that was just opened.
fn skip(reader: &mut Reader<'_>) -> Result<(), ErrorCode> {
    let depth = reader.depth();
    while reader.depth() >= depth {
        reader.next()?;
    }
    Ok(())
}

/// How many elements an array has.
///
/// # Errors
/// `InvalidText` when the document is not JSON, `InvalidArgument` when it is no array.
pub(crate) fn elements(document: &str) -> Result<i64, ErrorCode> {
    let mut reader = Reader::new(document);
    let is_array = reader.next()? == Some(Token::ArrayStart);
    let mut count = 0;
    while let Some(token) = reader.next()? {
        count += i64::from(!token.closes() && reader.depth() == 1 + usize::from(token.opens()));
    }
    if is_array { Ok(count) } else { Err(ErrorCode::InvalidArgument) }
}

/// A whole number as a path writes it, within 32 bits as PostgreSQL's are.
fn whole_number(text: &str) -> Option<i64> {
    let digits = text.trim_start_matches([' ', '\t', '\n', '\u{b}', '\u{c}', '\r']);
    digits.parse::<i32>().ok().map(i64::from)
}

/// Appends a part as text: a text without its quotes, anything else as it stands there; whether it was null.
pub(crate) fn write_text(part: &str, out: &mut String) -> Result<bool, ErrorCode> {
    match Reader::unescaping(part).next()? {
        Some(Token::Null) => return Ok(true),
        Some(Token::String(raw)) => unescape(raw, out),
        _ => out.push_str(part),
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_is_bounded() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert_eq!(Reader::new(&nested(DEPTH_MAX)).finish(), Ok(()));
        assert_eq!(Reader::new(&nested(DEPTH_MAX + 1)).finish(), Err(ErrorCode::InvalidText));
        assert_eq!(Reader::new(&nested(1_000_000)).finish(), Err(ErrorCode::InvalidText));
    }

    /// Every prefix and every text with one byte less is read to an end, whatever it is.
    #[test]
    fn no_text_stops_the_reader() {
        let text = r#" {"a": [1, -2.5e+3, {"\ud83d\ude00\u00e9": null}], "b\n": "\"", "c": {}, "d": [], "e": true} "#;
        assert_eq!(Reader::unescaping(text).finish(), Ok(()));
        for at in (0..text.len()).filter(|at| text.is_char_boundary(*at)) {
            let cut = &text[..at];
            assert!(
                cut.trim().is_empty() || Reader::unescaping(cut).finish().is_err() || at + 1 == text.len(),
                "{cut}"
            );
            let mut less = text.to_owned();
            less.remove(at);
            let _ = Reader::unescaping(&less).finish();
            let _ = (part(&less, Step::Either("a")), part(&less, Step::Index(-1)), elements(&less));
        }
    }
}
