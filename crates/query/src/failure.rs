//! Errors as the protocol sends them: a code for programs, a sentence, and the place in the text.

use datafusion::{
    arrow::error::ArrowError, common::SchemaError, error::DataFusionError,
    sql::sqlparser::parser::ParserError,
};
use pgwire::error::{ErrorInfo, PgWireError};

use crate::{forward::Refusal, statements::Part};

/// A failure of one statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// SQLSTATE.
    pub state: &'static str,
    /// One sentence.
    pub message: String,
    /// More of it.
    pub detail: Option<String>,
    /// What to do.
    pub hint: Option<String>,
    /// The character of the client's text, from 1.
    pub position: Option<usize>,
}

impl Failure {
    /// A failure without a place.
    pub fn new(state: &'static str, message: impl Into<String>) -> Self {
        Self { state, message: message.into(), detail: None, hint: None, position: None }
    }

    /// The first line is what is wrong, the rest what helps.
    fn of_sentence(state: &'static str, text: &str) -> Self {
        let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
        let hint = (!rest.trim().is_empty()).then(|| rest.trim().to_owned());
        Self { hint, ..Self::new(state, first.trim_end_matches('.')) }
    }

    /// With advice.
    pub fn with_hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// What DataFusion says of a statement.
    pub fn of(error: &DataFusionError, part: &Part) -> Self {
        let span = error.diagnostic().and_then(|diagnostic| diagnostic.span);
        let place = span.map(|span| (span.start.line, span.start.column));
        let root = error.find_root();
        let mut failure = Self::of_sentence(state(root), &sentence(root));
        if let DataFusionError::SQL(parser, _) = root {
            failure = Self::of_parser(parser, part);
        }
        failure.position = failure.position.or(place.and_then(|(line, column)| position(part, line, column)));
        failure
    }

    /// What the parser says of a statement.
    pub fn of_parser(error: &ParserError, part: &Part) -> Self {
        let text = match error {
            ParserError::TokenizerError(text) | ParserError::ParserError(text) => text.clone(),
            ParserError::RecursionLimitExceeded => {
                return Self::new("54001", "the statement is nested too deeply")
                    .with_hint("write it in pieces, with WITH");
            }
        };
        let (message, place) = match text.rsplit_once(" at Line: ") {
            Some((message, place)) => (message.to_owned(), place_of(place)),
            None => (text, None),
        };
        let mut failure = Self::new("42601", format!("syntax error: {message}"));
        failure.position = place.and_then(|(line, column)| position(part, line, column));
        failure
    }

    /// What `mitra` says of a statement.
    pub fn of_refusal(refusal: Refusal, part: &Part) -> Self {
        let place = refusal.place.and_then(|(line, column)| position(part, line.into(), column.into()));
        let Refusal { message, detail, hint, state, .. } = refusal;
        Self { state, message, detail, hint, position: place }
    }
}

impl From<Failure> for ErrorInfo {
    fn from(failure: Failure) -> Self {
        let mut info = Self::new("ERROR".to_owned(), failure.state.to_owned(), failure.message);
        info.detail = failure.detail;
        info.hint = failure.hint;
        info.position = failure.position.map(|position| position.to_string());
        info
    }
}

impl From<Failure> for PgWireError {
    fn from(failure: Failure) -> Self {
        Self::UserError(Box::new(failure.into()))
    }
}

/// `3, Column: 7`.
fn place_of(text: &str) -> Option<(u64, u64)> {
    let (line, column) = text.split_once(", Column: ")?;
    Some((line.trim().parse().ok()?, column.trim().parse().ok()?))
}

/// The character, from 1, of the client's text that is at a line and column of the part.
fn position(part: &Part, line: u64, column: u64) -> Option<usize> {
    let line = usize::try_from(line).ok()?.checked_sub(1)?;
    let column = usize::try_from(column).ok()?.checked_sub(1)?;
    let before: usize = part.text.split('\n').take(line).map(|text| text.chars().count() + 1).sum();
    Some(part.offset + before + column + 1)
}

fn state(error: &DataFusionError) -> &'static str {
    match error {
        DataFusionError::SQL(..) => "42601",
        DataFusionError::NotImplemented(_) => "0A000",
        DataFusionError::ResourcesExhausted(_) => "53200",
        DataFusionError::SchemaError(error, _) => match &**error {
            SchemaError::FieldNotFound { .. } => "42703",
            SchemaError::AmbiguousReference { .. } => "42702",
            SchemaError::DuplicateQualifiedField { .. } | SchemaError::DuplicateUnqualifiedField { .. } => {
                "42701"
            }
        },
        DataFusionError::ArrowError(error, _) => match &**error {
            ArrowError::DivideByZero => "22012",
            ArrowError::ArithmeticOverflow(_) => "22003",
            ArrowError::CastError(_) | ArrowError::ParseError(_) => "22P02",
            ArrowError::InvalidArgumentError(_) => "22023",
            _ => "XX000",
        },
        DataFusionError::Plan(text) => state_of_plan(text),
        DataFusionError::Execution(text) => state_of_execution(text),
        DataFusionError::External(error) if error.is::<tables::Error>() => "XX001",
        _ => "XX000",
    }
}

/// DataFusion has one kind for what PostgreSQL tells apart.
fn state_of_plan(text: &str) -> &'static str {
    let text = text.to_ascii_lowercase();
    if text.starts_with("table ") && text.contains("not found") {
        "42P01"
    } else if text.contains("invalid function") {
        "42883"
    } else if text.contains("coerce")
        || text.contains("cannot infer common")
        || text.contains("type mismatch")
    {
        "42804"
    } else if text.contains("group by") {
        "42803"
    } else if text.contains("unsupported") || text.contains("not supported") {
        "0A000"
    } else {
        "42000"
    }
}

fn state_of_execution(text: &str) -> &'static str {
    let code = expr::ErrorCode::ALL.into_iter().find(|code| text.contains(code.message()));
    match code {
        Some(expr::ErrorCode::DivisionByZero) => "22012",
        Some(expr::ErrorCode::OutOfRange) => "22003",
        Some(expr::ErrorCode::InvalidText) => "22P02",
        Some(expr::ErrorCode::InvalidRegex) => "2201B",
        Some(_) => "22023",
        None => "XX000",
    }
}

/// The error without the name of its kind, which the code says.
fn sentence(error: &DataFusionError) -> String {
    match error {
        DataFusionError::Plan(text)
        | DataFusionError::Execution(text)
        | DataFusionError::NotImplemented(text)
        | DataFusionError::ResourcesExhausted(text) => text.lines().next().unwrap_or_default().to_owned(),
        DataFusionError::SchemaError(error, _) => error.to_string(),
        DataFusionError::ArrowError(error, _) if matches!(**error, ArrowError::DivideByZero) => {
            "division by zero".to_owned()
        }
        DataFusionError::ArrowError(error, _) => error.to_string(),
        DataFusionError::External(error) => error.to_string(),
        other => other.strip_backtrace(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_counted_in_the_clients_whole_text() {
        let part = Part { text: "SELECT ä,\n  wrong".to_owned(), offset: 10 };
        assert_eq!(position(&part, 1, 1), Some(11));
        assert_eq!(position(&part, 2, 3), Some(23));
        let error = ParserError::ParserError("Expected: x, found: y at Line: 2, Column: 3".to_owned());
        let failure = Failure::of_parser(&error, &part);
        assert_eq!((failure.state, failure.position), ("42601", Some(23)));
        assert_eq!(failure.message, "syntax error: Expected: x, found: y");
    }
}
