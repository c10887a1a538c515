//! JSON read once from front to back, without a tree and without turning a number into a double.

/// Where JSON stops being JSON, and what should have stood there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Not JSON.
    Syntax {
        /// Byte in the text.
        at: usize,
        /// What was expected.
        expected: &'static str,
    },
    /// Nested deeper than allowed.
    Depth,
}

/// The first bytes of a value say what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Null,
    Boolean,
    Number,
    String,
    Array,
    Object,
}

/// A string as it stands in the text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quoted<'a> {
    /// Between the quotes.
    pub(crate) raw: &'a str,
    /// Whether it has escapes.
    pub(crate) escaped: bool,
    /// Byte in the text of the first one between the quotes.
    pub(crate) at: usize,
}

/// The unread rest of a text.
#[derive(Clone, Debug)]
pub(crate) struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

const LOW_BITS: u64 = 0x0101_0101_0101_0101;
const HIGH_BITS: u64 = 0x8080_8080_8080_8080;

impl<'a> Scanner<'a> {
    pub(crate) fn new(text: &'a str, at: usize) -> Self {
        Self { text, at }
    }

    pub(crate) fn at(&self) -> usize {
        self.at
    }

    fn bytes(&self) -> &'a [u8] {
        self.text.as_bytes()
    }

    #[cold]
    pub(crate) fn syntax(&self, expected: &'static str) -> Fault {
        Fault::Syntax { at: self.at, expected }
    }

    /// The next byte that is no white space.
    #[inline]
    pub(crate) fn peek(&mut self) -> Option<u8> {
        let bytes = self.bytes();
        while let Some(byte) = bytes.get(self.at) {
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(*byte);
            }
            self.at += 1;
        }
        None
    }

    /// Takes `byte` if it is next after white space.
    #[inline]
    pub(crate) fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// What value comes next.
    #[inline]
    pub(crate) fn kind(&mut self) -> Result<Kind, Fault> {
        match self.peek() {
            Some(b'"') => Ok(Kind::String),
            Some(b'-' | b'0'..=b'9') => Ok(Kind::Number),
            Some(b't' | b'f') => Ok(Kind::Boolean),
            Some(b'n') => Ok(Kind::Null),
            Some(b'{') => Ok(Kind::Object),
            Some(b'[') => Ok(Kind::Array),
            _ => Err(self.syntax("a value")),
        }
    }

    /// Takes a string, whose opening quote is next.
    #[inline]
    pub(crate) fn string(&mut self) -> Result<Quoted<'a>, Fault> {
        let start = self.at + 1;
        let end = self.special_from(start);
        if self.bytes().get(end) == Some(&b'"') {
            self.at = end + 1;
            return Ok(Quoted { raw: &self.text[start..end], escaped: false, at: start });
        }
        self.escaped_string(start, end)
    }

    /// The first quote, backslash or control character from `at` on; eight bytes at a time.
    #[inline]
    fn special_from(&self, mut at: usize) -> usize {
        let bytes = self.bytes();
        while let Some(eight) = bytes.get(at..at + 8) {
            let word = u64::from_le_bytes(eight.try_into().expect("eight bytes are eight bytes"));
            let quote = word ^ (LOW_BITS * b'"' as u64);
            let backslash = word ^ (LOW_BITS * b'\\' as u64);
            // A zero byte borrows into its high bit; so does one below 0x20. The lowest hit is exact.
            let hits = (quote.wrapping_sub(LOW_BITS) & !quote)
                | (backslash.wrapping_sub(LOW_BITS) & !backslash)
                | (word.wrapping_sub(LOW_BITS * 0x20) & !word);
            let hits = hits & HIGH_BITS;
            if hits != 0 {
                return at + (hits.trailing_zeros() / 8) as usize;
            }
            at += 8;
        }
        while let Some(byte) = bytes.get(at) {
            if matches!(byte, b'"' | b'\\' | 0..0x20) {
                break;
            }
            at += 1;
        }
        at
    }

    #[cold]
    fn escaped_string(&mut self, start: usize, mut at: usize) -> Result<Quoted<'a>, Fault> {
        let bytes = self.bytes();
        loop {
            match bytes.get(at) {
                Some(b'"') => {
                    self.at = at + 1;
                    return Ok(Quoted { raw: &self.text[start..at], escaped: true, at: start });
                }
                // The escape itself is checked when it is resolved; here only its quote must not end the string.
                Some(b'\\') if at + 1 < bytes.len() => at = self.special_from(at + 2),
                Some(0..0x20) => {
                    self.at = at;
                    return Err(self.syntax("no control character in a string: escape it"));
                }
                _ => {
                    self.at = bytes.len();
                    return Err(self.syntax("the closing quote of a string"));
                }
            }
        }
    }

    /// Takes a number and returns it as it stands.
    #[inline]
    pub(crate) fn number(&mut self) -> Result<&'a str, Fault> {
        let bytes = self.bytes();
        let start = self.at;
        let mut at = start + usize::from(bytes.get(start) == Some(&b'-'));
        let whole = digits(bytes, at);
        if whole == at || (whole > at + 1 && bytes[at] == b'0') {
            return Err(self.syntax("a number without leading zeros"));
        }
        at = whole;
        if bytes.get(at) == Some(&b'.') {
            let end = digits(bytes, at + 1);
            if end == at + 1 {
                return Err(self.syntax("a digit after the point of a number"));
            }
            at = end;
        }
        if let Some(b'e' | b'E') = bytes.get(at) {
            let signed = at + 1 + usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
            let end = digits(bytes, signed);
            if end == signed {
                return Err(self.syntax("a digit in the exponent of a number"));
            }
            at = end;
        }
        self.at = at;
        Ok(&self.text[start..at])
    }

    /// Takes `true` or `false`.
    pub(crate) fn boolean(&mut self) -> Result<bool, Fault> {
        let value = self.bytes()[self.at] == b't';
        self.word(if value { "true" } else { "false" }, "true, false or null")?;
        Ok(value)
    }

    /// Takes `null`.
    pub(crate) fn null(&mut self) -> Result<(), Fault> {
        self.word("null", "true, false or null")
    }

    #[inline]
    fn word(&mut self, word: &str, expected: &'static str) -> Result<(), Fault> {
        if !self.bytes()[self.at..].starts_with(word.as_bytes()) {
            return Err(self.syntax(expected));
        }
        self.at += word.len();
        Ok(())
    }

    /// Takes a value of any kind that may nest `depth` more levels.
    pub(crate) fn skip(&mut self, depth: usize, scratch: &mut String) -> Result<(), Fault> {
        match self.kind()? {
            Kind::Null => self.null(),
            Kind::Boolean => self.boolean().map(|_| ()),
            Kind::Number => self.number().map(|_| ()),
            Kind::String => self.skip_string(scratch),
            Kind::Array | Kind::Object if depth == 0 => Err(Fault::Depth),
            Kind::Array => self.skip_array(depth - 1, scratch),
            Kind::Object => self.skip_object(depth - 1, scratch),
        }
    }

    fn skip_string(&mut self, scratch: &mut String) -> Result<(), Fault> {
        let quoted = self.string()?;
        if quoted.escaped {
            scratch.clear();
            return unescape(quoted, scratch);
        }
        Ok(())
    }

    fn skip_array(&mut self, depth: usize, scratch: &mut String) -> Result<(), Fault> {
        self.at += 1;
        if self.take(b']') {
            return Ok(());
        }
        loop {
            self.skip(depth, scratch)?;
            if self.take(b']') {
                return Ok(());
            }
            if !self.take(b',') {
                return Err(self.syntax("`,` or `]` in an array"));
            }
        }
    }

    fn skip_object(&mut self, depth: usize, scratch: &mut String) -> Result<(), Fault> {
        self.at += 1;
        if self.take(b'}') {
            return Ok(());
        }
        loop {
            if self.peek() != Some(b'"') {
                return Err(self.syntax("the name of a field in quotes"));
            }
            self.skip_string(scratch)?;
            if !self.take(b':') {
                return Err(self.syntax("`:` after the name of a field"));
            }
            self.skip(depth, scratch)?;
            if self.take(b'}') {
                return Ok(());
            }
            if !self.take(b',') {
                return Err(self.syntax("`,` or `}` in an object"));
            }
        }
    }
}

/// The first byte from `at` on that is no digit.
#[inline]
fn digits(bytes: &[u8], mut at: usize) -> usize {
    while bytes.get(at).is_some_and(u8::is_ascii_digit) {
        at += 1;
    }
    at
}

/// Appends a string with its escapes resolved.
pub(crate) fn unescape(quoted: Quoted<'_>, into: &mut String) -> Result<(), Fault> {
    let mut rest = quoted.raw;
    let fault =
        |rest: &str, expected| Fault::Syntax { at: quoted.at + quoted.raw.len() - rest.len(), expected };
    while let Some(at) = rest.find('\\') {
        into.push_str(&rest[..at]);
        let escape = &rest[at..];
        let (character, len) = match escape.as_bytes().get(1) {
            Some(b'"') => ('"', 2),
            Some(b'\\') => ('\\', 2),
            Some(b'/') => ('/', 2),
            Some(b'b') => ('\u{8}', 2),
            Some(b'f') => ('\u{c}', 2),
            Some(b'n') => ('\n', 2),
            Some(b'r') => ('\r', 2),
            Some(b't') => ('\t', 2),
            Some(b'u') => unicode(escape)
                .ok_or_else(|| fault(escape, "four hexadecimal digits after \\u, surrogates in pairs"))?,
            _ => return Err(fault(escape, "one of \" \\ / b f n r t u after a backslash")),
        };
        into.push(character);
        rest = &escape[len..];
    }
    into.push_str(rest);
    Ok(())
}

/// The character of `\uXXXX` or of a pair of surrogates, and the length of the escape.
fn unicode(escape: &str) -> Option<(char, usize)> {
    let unit = |at: usize| {
        let digits =
            escape.get(at..at + 4).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
        u32::from_str_radix(digits, 16).ok()
    };
    let high = unit(2)?;
    if !(0xd800..0xdc00).contains(&high) {
        return Some((char::from_u32(high)?, 6));
    }
    let low = escape.get(6..8).filter(|start| *start == "\\u").and_then(|_| unit(8))?;
    let low = low.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
    Some((char::from_u32(0x1_0000 + ((high - 0xd800) << 10) + low)?, 12))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Deeper than the generator nests.
    const DEPTH: usize = 40;

    fn accepts(text: &str) -> bool {
        let mut scanner = Scanner::new(text, 0);
        scanner.skip(DEPTH, &mut String::new()).is_ok() && scanner.peek().is_none()
    }

    fn json() -> impl Strategy<Value = String> {
        let leaf = prop_oneof![
            "-?(0|[1-9][0-9]{0,12})(\\.[0-9]{1,5})?([eE][+-]?[0-9]{1,2})?",
            prop::sample::select(vec!["true", "false", "null"]).prop_map(str::to_owned),
            ".{0,20}".prop_map(|text| serde_json::to_string(&text).expect("text is JSON")),
            "\"(\\\\[\"\\\\/bfnrt]|\\\\u00[0-9a-f]{2}|\\\\ud83d\\\\ude0[0-9]|[a-zé ]){0,12}\"",
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4)
                    .prop_map(|items| format!("[ {}]", items.join(" ,"))),
                prop::collection::vec(("[a-z\\\\]{0,3}", inner), 0..4).prop_map(|items| {
                    let fields = items.iter().map(|(name, value)| {
                        format!("{}:\t{value}\n", serde_json::to_string(name).expect("text is JSON"))
                    });
                    format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn it_takes_what_serde_json_takes(
            text in json(),
            place in any::<prop::sample::Index>(),
            byte in prop::sample::select(b"{}[]\",:\\ 0-1.eEtfn\nu\x01/".to_vec()),
        ) {
            prop_assert!(accepts(&text), "{}", text);
            let mut altered = text.into_bytes();
            let at = place.index(altered.len());
            altered[at] = byte;
            if let Ok(altered) = String::from_utf8(altered) {
                let expected = serde_json::from_str::<&serde_json::value::RawValue>(&altered).is_ok()
                    && serde_json::from_str::<serde_json::Value>(&altered)
                        .map_err(|error| error.to_string())
                        .map_or_else(|error| error.contains("number out of range"), |_| true);
                prop_assert_eq!(accepts(&altered), expected, "{}", altered);
            }
        }

        #[test]
        fn strings_are_those_of_serde_json(text in "(\\\\[\"\\\\/bfnrtux]|\\\\u[0-9a-f]{3,4}|\\\\ud83d\\\\ude0[0-9]|[a-zé\u{1f600} ]){0,12}") {
            let quoted = format!("\"{text}\"");
            let mut scanner = Scanner::new(&quoted, 0);
            let mut ours = String::new();
            let ours = scanner.string().and_then(|quoted| unescape(quoted, &mut ours)).map(|()| ours).ok();
            let ours = ours.filter(|_| scanner.peek().is_none());
            prop_assert_eq!(ours, serde_json::from_str::<String>(&quoted).ok());
        }
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        let skip = |text: &str| Scanner::new(text, 0).skip(32, &mut String::new());
        assert_eq!(skip(&nested(32)), Ok(()));
        assert_eq!(skip(&nested(33)), Err(Fault::Depth));
        assert_eq!(skip(&"{\"a\":".repeat(1_000_000)), Err(Fault::Depth));
    }
}
