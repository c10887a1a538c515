//! A file's text and its places: lines and columns to bytes and back.

use sqlparser::tokenizer::{Location, Span};

/// A file of statements, or the text that a client sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The file relative to the project, or what errors shall call the text.
    pub path: String,
    /// SQL statements, each closed by a semicolon; the last one need not be.
    pub text: String,
}

/// Where each line of a text starts.
pub(crate) struct Lines<'a> {
    text: &'a str,
    first: u32,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    /// Of a text whose first line is line `first` of its file.
    pub fn new(text: &'a str, first: u32) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self { text, first, starts: std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect() }
    }

    /// The file's line `line` without its end.
    pub fn line(&self, line: u64) -> &'a str {
        let Some(start) = self.start(line) else { return "" };
        let rest = &self.text[start..];
        rest.split('\n').next().unwrap_or(rest).trim_end_matches('\r')
    }

    /// The byte at a location; the text's end when it lies beyond.
    pub fn byte(&self, location: Location) -> usize {
        let Some(start) = self.start(location.line) else { return self.text.len() };
        let skipped = usize::try_from(location.column.saturating_sub(1)).unwrap_or(usize::MAX);
        self.text[start..].char_indices().nth(skipped).map_or(self.text.len(), |(at, _)| start + at)
    }

    /// The text of a span.
    pub fn slice(&self, span: Span) -> &'a str {
        &self.text[self.byte(span.start)..self.byte(span.end)]
    }

    fn start(&self, line: u64) -> Option<usize> {
        let index = line.checked_sub(u64::from(self.first))?;
        self.starts.get(usize::try_from(index).ok()?).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_characters() {
        let lines = Lines::new("é a\r\nbc", 7);
        assert_eq!(lines.line(7), "é a");
        assert_eq!(lines.line(8), "bc");
        assert_eq!(lines.line(1), "");
        assert_eq!(lines.slice(Span::new(Location::new(7, 3), Location::new(8, 2))), "a\r\nb");
        assert_eq!(lines.byte(Location::new(9, 9)), lines.text.len());
    }
}
