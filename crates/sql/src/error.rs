//! What is wrong with a statement, where, and what to write instead.

use sqlparser::tokenizer::Span;

/// A statement that is refused. Lines and columns count from 1, columns in characters.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}:{line}:{column}: {message}")]
pub struct Error {
    /// The file, or what the client called its text.
    pub path: String,
    /// Where it starts.
    pub line: u32,
    /// Where it starts.
    pub column: u32,
    /// The column after its last character on that line.
    pub end: u32,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
    /// The line of the source, when it is at hand.
    pub excerpt: String,
}

impl Error {
    /// The message, the source line with the place marked, and the remedy.
    pub fn render(&self) -> String {
        let mut out = format!("error: {}\n  --> {}:{}:{}\n", self.message, self.path, self.line, self.column);
        if !self.excerpt.is_empty() {
            let number = self.line.to_string();
            let gutter = " ".repeat(number.len());
            let before = self.column.saturating_sub(1) as usize;
            let width = self.end.saturating_sub(self.column).max(1) as usize;
            let room = self.excerpt.chars().count().saturating_sub(before).max(1);
            // Tabs stay tabs, so that the mark stands under its place whatever a tab's width.
            let indent: String =
                self.excerpt.chars().take(before).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
            let mark = "^".repeat(width.min(room));
            out += &format!("{gutter} |\n{number} | {}\n{gutter} | {indent}{mark}\n", self.excerpt);
        }
        if let Some(help) = &self.help {
            out += &format!("help: {help}\n");
        }
        out
    }
}

/// An error before its file is known: parser and binder work with these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub span: Span,
    pub message: String,
    pub help: Option<String>,
}

impl Fault {
    pub fn new(span: Span, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), help: None }
    }

    /// Something that SQL has and Mitra has not, by its name.
    pub fn unsupported(span: Span, what: &str, instead: &str) -> Self {
        Self::new(span, format!("{what} is not supported")).help(instead)
    }

    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same fault at `span` when it has no place of its own.
    pub fn or_at(mut self, span: Span) -> Self {
        if self.span == Span::empty() {
            self.span = span;
        }
        self
    }
}

/// `help` for an unknown name: the closest known one, else all of them when they are few.
pub fn suggest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    const LISTED_MAX: usize = 12;
    let known: Vec<&str> = known.into_iter().collect();
    let closest = known.iter().map(|candidate| (distance(name, candidate), *candidate)).min().filter(
        |(distance, _)| *distance <= 1 + name.chars().count() / 4 && *distance < name.chars().count(),
    );
    if let Some((_, candidate)) = closest {
        return Some(format!("did you mean {candidate}?"));
    }
    (!known.is_empty() && known.len() <= LISTED_MAX).then(|| format!("there is {}", known.join(", ")))
}

/// Levenshtein distance between two names, of which only the first 64 characters count.
fn distance(a: &str, b: &str) -> usize {
    const LEN_MAX: usize = 64;
    let b: Vec<char> = b.chars().take(LEN_MAX).flat_map(char::to_lowercase).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().take(LEN_MAX).flat_map(char::to_lowercase).enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let substitute = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = substitute.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_marks_its_place() {
        let error = Error {
            path: "a.sql".into(),
            line: 12,
            column: 9,
            end: 14,
            message: "unknown column amuont".into(),
            help: Some("did you mean amount?".into()),
            excerpt: "\tSELECT amuont FROM payments".into(),
        };
        assert_eq!(error.to_string(), "a.sql:12:9: unknown column amuont");
        assert_eq!(
            error.render(),
            "error: unknown column amuont\n  --> a.sql:12:9\n   |\n12 | \tSELECT amuont FROM payments\n   | \t       \
             ^^^^^\nhelp: did you mean amount?\n"
        );
    }

    #[test]
    fn the_closest_name_is_suggested() {
        assert_eq!(suggest("amuont", ["amount", "id"]).as_deref(), Some("did you mean amount?"));
        assert_eq!(suggest("zzz", ["amount", "id"]).as_deref(), Some("there is amount, id"));
        assert_eq!(suggest("zzz", []), None);
    }
}
