//! `LIKE` and `ILIKE`: the plain shapes of a pattern are recognised once, the others are matched by bytes.

use crate::error::{ErrorCode, State};

/// A compiled pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Like {
    shape: Shape,
    ignore_case: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Shape {
    Exact(Vec<u8>),
    Prefix(Vec<u8>),
    Suffix(Vec<u8>),
    Contains(Vec<u8>),
    General(Vec<u8>),
}

impl Like {
    /// Compiles a pattern; letters match without regard to ASCII case when `ignore_case`.
    pub(crate) fn new(pattern: &str, ignore_case: bool) -> Self {
        let general = || Shape::General(pattern.as_bytes().to_vec());
        let shape = if ignore_case || pattern.contains(['_', '\\']) {
            general()
        } else {
            let inner = pattern.trim_matches('%');
            let bytes = inner.as_bytes().to_vec();
            match (pattern.starts_with('%'), pattern.ends_with('%')) {
                _ if inner.contains('%') => general(),
                (false, false) => Shape::Exact(bytes),
                (false, true) => Shape::Prefix(bytes),
                (true, false) => Shape::Suffix(bytes),
                (true, true) => Shape::Contains(bytes),
            }
        };
        Self { shape, ignore_case }
    }

    /// Whether `text` matches.
    ///
    /// # Errors
    /// `InvalidPattern` when the match arrives at an escape character that ends the pattern.
    #[inline]
    pub(crate) fn matches(&self, text: &str) -> Result<bool, State> {
        let bytes = text.as_bytes();
        Ok(match &self.shape {
            Shape::Exact(pattern) => bytes == pattern,
            Shape::Prefix(pattern) => bytes.starts_with(pattern),
            Shape::Suffix(pattern) => bytes.ends_with(pattern),
            Shape::Contains(pattern) => contains(bytes, pattern),
            Shape::General(pattern) => return like(bytes, pattern, self.ignore_case),
        })
    }
}

fn contains(text: &[u8], pattern: &[u8]) -> bool {
    let Some((first, rest)) = pattern.split_first() else { return true };
    let mut text = text;
    while let Some(at) = text.iter().position(|byte| byte == first) {
        text = &text[at + 1..];
        if text.starts_with(rest) {
            return true;
        }
    }
    false
}

/// Matches by bytes, as collation "C" compares: `%` is any run, `_` one character, `\` makes the next byte plain.
/// After a mismatch only the last `%` is retried, which is enough and needs no recursion.
pub(crate) fn like(text: &[u8], pattern: &[u8], ignore_case: bool) -> Result<bool, State> {
    let (mut t, mut p) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        let matched = match pattern.get(p) {
            None => None,
            Some(b'%') => {
                (t, p) = match after_any(text, t, pattern, p + 1) {
                    Some(next) => next,
                    None => return Ok(false),
                };
                match &pattern[p..] {
                    [] => return Ok(true),
                    [b'\\'] => return Err(ErrorCode::InvalidPattern.into()),
                    _ => retry = Some((t, p)),
                }
                continue;
            }
            Some(b'_') => Some((character_len(text[t]), 1)),
            Some(b'\\') => {
                let plain = *pattern.get(p + 1).ok_or(ErrorCode::InvalidPattern)?;
                same(text[t], plain, ignore_case).then_some((1, 2))
            }
            Some(&plain) => same(text[t], plain, ignore_case).then_some((1, 1)),
        };
        match (matched, &mut retry) {
            (Some((text_len, pattern_len)), _) => {
                t += text_len;
                p += pattern_len;
            }
            (None, None) => return Ok(false),
            (None, Some((from, after))) => {
                let Some(lead) = text.get(*from) else { return Ok(false) };
                *from += character_len(*lead);
                (t, p) = (*from, *after);
            }
        }
    }
    Ok(pattern[p..].iter().all(|byte| *byte == b'%'))
}

/// Skips what follows a `%` before the next plain byte: further `%`, and one character for each `_`.
/// `None` when the text is too short.
fn after_any(text: &[u8], mut t: usize, pattern: &[u8], mut p: usize) -> Option<(usize, usize)> {
    loop {
        match pattern.get(p) {
            Some(b'%') => p += 1,
            Some(b'_') => {
                t += character_len(*text.get(t)?);
                p += 1;
            }
            _ => return Some((t, p)),
        }
    }
}

#[inline]
fn same(a: u8, b: u8, ignore_case: bool) -> bool {
    a == b || (ignore_case && a.eq_ignore_ascii_case(&b))
}

#[inline]
fn character_len(lead: u8) -> usize {
    match lead {
        0..0xc0 => 1,
        0xc0..0xe0 => 2,
        0xe0..0xf0 => 3,
        _ => 4,
    }
}
