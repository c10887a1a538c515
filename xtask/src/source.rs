//! Just enough of Rust's lexical grammar to count lines and braces without being fooled by strings and comments.

use std::ops::Range;

use crate::tree::line_of;

/// Rust source whose comments and string contents are blanked, so that every brace and word left is code.
#[derive(Debug)]
pub struct Code {
    /// As long as the source, with the same line ends.
    text: String,
}

/// A function and the lines that it covers.
#[derive(Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// From the line of `fn` to the line of the closing brace, counted from 1, end excluded.
    pub lines: Range<usize>,
}

impl Code {
    /// Blanks comments, strings and characters of `source`.
    pub fn new(source: &str) -> Self {
        let mut out = source.as_bytes().to_vec();
        let mut at = 0;
        while at < out.len() {
            let end = token_end(source.as_bytes(), at);
            if end > at + 1 || matches!(out[at], b'"' | b'\'') {
                blank(&mut out[at..end]);
            }
            at = end;
        }
        let text = String::from_utf8(out).expect("whole tokens are blanked, so no character is cut");
        Self { text }
    }

    /// The code with blanks where comments and strings were.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the code has `word` as a whole identifier.
    pub fn has_word(&self, word: &str) -> bool {
        words(&self.text).any(|(_, found)| found == word)
    }

    /// Byte ranges of `mod ... { ... }` items under `#[cfg(test)]`, attribute included.
    pub fn test_modules(&self) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = Vec::new();
        for (start, _) in self.text.match_indices("#[cfg(") {
            let Some(length) = self.text[start..].find(']') else { continue };
            let attribute = &self.text[start..start + length];
            let inside = found.last().is_some_and(|last| last.contains(&start));
            if inside || !words(attribute).any(|(_, word)| word == "test") || attribute.contains("not(") {
                continue;
            }
            if let Some(end) = self.module_end(start + length + 1) {
                found.push(start..end);
            }
        }
        found
    }

    /// The end of the module body that starts right after an attribute's end, if a module with a body does.
    fn module_end(&self, from: usize) -> Option<usize> {
        let open = from + self.text[from..].find(['{', ';'])?;
        if self.text.as_bytes()[open] == b';' || !words(&self.text[from..open]).any(|(_, word)| word == "mod")
        {
            return None;
        }
        self.closing_brace(open)
    }

    /// The lines of the file outside its test modules, and inside them.
    pub fn line_counts(&self) -> (usize, usize) {
        let tests: usize = self
            .test_modules()
            .iter()
            .map(|range| line_of(&self.text, range.end) - line_of(&self.text, range.start) + 1)
            .sum();
        (self.text.lines().count() - tests, tests)
    }

    /// Functions with a body, nested ones too.
    pub fn functions(&self) -> Vec<Function> {
        let mut found = Vec::new();
        let mut all = words(&self.text).peekable();
        while let Some((start, word)) = all.next() {
            if word != "fn" {
                continue;
            }
            // `fn(u32)` is a type: no name follows.
            let Some(&(name_at, name)) = all.peek() else { break };
            if !self.text[start + 2..name_at].trim().is_empty() {
                continue;
            }
            let Some(open) = self.body_open(name_at) else { continue };
            let Some(end) = self.closing_brace(open) else { continue };
            let lines = line_of(&self.text, start)..line_of(&self.text, end) + 1;
            found.push(Function { name: name.to_owned(), lines });
        }
        found
    }

    /// The brace that opens the body of a function whose name is at `from`; `None` for a declaration.
    fn body_open(&self, from: usize) -> Option<usize> {
        let mut depth = 0;
        for (at, byte) in self.text.bytes().enumerate().skip(from) {
            match byte {
                b'(' | b'[' => depth += 1,
                b')' | b']' => depth -= 1,
                b'{' if depth == 0 => return Some(at),
                b';' if depth == 0 => return None,
                _ => {}
            }
        }
        None
    }

    /// The offset of the brace that closes the one at `open`.
    fn closing_brace(&self, open: usize) -> Option<usize> {
        let mut depth = 0;
        for (at, byte) in self.text.bytes().enumerate().skip(open) {
            match byte {
                b'{' => depth += 1,
                b'}' => {
                    depth -= 1;
                    if depth == 0 {
                        return Some(at);
                    }
                }
                _ => {}
            }
        }
        None
    }
}

/// Identifiers and numbers with their offsets.
pub fn words(code: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_word = |byte: u8| byte == b'_' || byte.is_ascii_alphanumeric() || byte >= 0x80;
    let bytes = code.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < bytes.len() && !is_word(bytes[at]) {
            at += 1;
        }
        let start = at;
        while at < bytes.len() && is_word(bytes[at]) {
            at += 1;
        }
        (start < at).then(|| (start, &code[start..at]))
    })
}

fn blank(bytes: &mut [u8]) {
    for byte in bytes {
        if *byte != b'\n' {
            *byte = b' ';
        }
    }
}

/// The end of the comment, string or character that starts at `at`, or `at + 1` for any other byte.
fn token_end(source: &[u8], at: usize) -> usize {
    let rest = &source[at..];
    match rest {
        [b'/', b'/', ..] => at + position(rest, |byte| byte == b'\n'),
        [b'/', b'*', ..] => block_comment_end(source, at),
        [b'"', ..] => string_end(source, at),
        [b'r', b'"' | b'#', ..] if !continues_word(source, at) => raw_string_end(source, at),
        [b'b' | b'c', b'r', b'"' | b'#', ..] if !continues_word(source, at) => raw_string_end(source, at + 1),
        [b'\'', ..] => character_end(source, at),
        _ => at + 1,
    }
}

fn position(bytes: &[u8], wanted: impl Fn(u8) -> bool) -> usize {
    bytes.iter().position(|byte| wanted(*byte)).unwrap_or(bytes.len())
}

fn continues_word(source: &[u8], at: usize) -> bool {
    at > 0 && (source[at - 1] == b'_' || source[at - 1].is_ascii_alphanumeric())
}

fn block_comment_end(source: &[u8], start: usize) -> usize {
    let mut depth = 0;
    let mut at = start;
    while at < source.len() {
        match source[at..] {
            [b'/', b'*', ..] => {
                depth += 1;
                at += 2;
            }
            [b'*', b'/', ..] => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    source.len()
}

fn string_end(source: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < source.len() {
        match source[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    source.len()
}

/// `start` is at the `r`. A raw identifier such as `r#type` ends after its `r`.
fn raw_string_end(source: &[u8], start: usize) -> usize {
    let hashes = position(&source[start + 1..], |byte| byte != b'#');
    let open = start + 1 + hashes;
    if source.get(open) != Some(&b'"') {
        return start + 1;
    }
    let mut closing = vec![b'"'];
    closing.resize(1 + hashes, b'#');
    let body = &source[open + 1..];
    let length = body.windows(closing.len()).position(|window| window == closing);
    length.map_or(source.len(), |length| open + 1 + length + closing.len())
}

/// A lifetime has no closing quote: it ends after its own.
fn character_end(source: &[u8], start: usize) -> usize {
    if source.get(start + 1) == Some(&b'\\') {
        let from = (start + 3).min(source.len());
        return (from + position(&source[from..], |byte| byte == b'\'') + 1).min(source.len());
    }
    let rest = &source[(start + 1).min(source.len())..];
    let width = rest.first().map_or(1, |byte| match byte {
        0xF0.. => 4,
        0xE0.. => 3,
        0xC0.. => 2,
        _ => 1,
    });
    if rest.get(width) == Some(&b'\'') { start + 1 + width + 1 } else { start + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRICKY: &str = r####"//! Doc with a { brace.
/* outer { /* inner { */ still */
fn first<'a>(text: &'a str) -> char {
    let _ = "} \" }";
    let _ = r#"} " }"#;
    let _ = (b'}', '\'', '}', '√', '\u{7d}', br"}");
    let r#fn = 1; // }
    '{'
}

trait Shape { fn area(&self, of: [u8; 4]) -> f64; fn name(&self) -> String { String::new() } }
type Callback = fn(u32) -> u32;

#[cfg(test)]
mod tests {
    fn inside() {
        "}";
    }
}
"####;

    #[test]
    fn braces_in_strings_and_comments_do_not_count() {
        let code = Code::new(TRICKY);
        assert_eq!(code.text().len(), TRICKY.len());
        assert_eq!(code.text().lines().count(), TRICKY.lines().count());
        let functions: Vec<_> = code.functions().into_iter().map(|found| (found.name, found.lines)).collect();
        let expected = [("first", 3..10), ("name", 11..12), ("inside", 16..19)];
        assert_eq!(functions, expected.map(|(name, lines)| (name.to_owned(), lines)));
    }

    #[test]
    fn test_modules_are_counted_apart() {
        assert_eq!(Code::new(TRICKY).line_counts(), (13, 6));
        let declared = "//! A.\n#[cfg(test)]\nmod tests;\nfn f() {}\n";
        assert_eq!(Code::new(declared).line_counts(), (4, 0));
        let inverse = "#[cfg(not(test))]\nmod real {\n}\n";
        assert_eq!(Code::new(inverse).line_counts(), (3, 0));
        let method = "#[cfg(test)]\nimpl Tree {\n    fn of() {}\n}\n";
        assert_eq!(Code::new(method).line_counts(), (4, 0));
    }

    #[test]
    fn words_are_whole() {
        let code = Code::new("use serde_json; // toml\nlet _ = \"anyhow\";");
        assert!(code.has_word("serde_json"));
        assert!(!code.has_word("serde") && !code.has_word("toml") && !code.has_word("anyhow"));
    }

    #[test]
    fn unfinished_tokens_do_not_panic() {
        for text in ["\"", "r#\"", "/*", "'", "'\\", "\"\\", "b'", "fn", "fn f(", "#[cfg(test)]", "'é"] {
            let code = Code::new(text);
            assert_eq!(code.text().len(), text.len(), "{text}");
            assert_eq!(code.functions(), [], "{text}");
        }
    }
}
