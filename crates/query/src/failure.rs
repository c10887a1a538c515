//! Errors as the protocol sends them: a code for programs, a sentence, and the place in the text.

use datafusion::{
    arrow::error::ArrowError,
    common::{Column, SchemaError},
    error::DataFusionError,
    sql::sqlparser::parser::ParserError,
};
use pgwire::error::{ErrorInfo, PgWireError};
use sql::error::suggest;

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
        let mut failure = match root {
            DataFusionError::SQL(parser, _) => Self::of_parser(parser, part),
            DataFusionError::SchemaError(columns, _) => Self::of_columns(columns),
            DataFusionError::Plan(text) if let Some(table) = missing_table(text) => {
                Self::new("42P01", format!("relation \"{table}\" does not exist"))
                    .with_hint("information_schema.tables has all of them")
            }
            other => Self::of_sentence(state(other), &sentence(other)),
        };
        failure.position = failure.position.or(place.and_then(|(line, column)| position(part, line, column)));
        failure
    }

    /// A column that is not there, or there more than once, in PostgreSQL's words.
    fn of_columns(error: &SchemaError) -> Self {
        match error {
            SchemaError::FieldNotFound { field, valid_fields } => {
                let name = |column: &Column| match field.relation {
                    Some(_) => column.flat_name(),
                    None => column.name.clone(),
                };
                let known: Vec<String> = valid_fields.iter().map(name).collect();
                let advice = suggest(&name(field), known.iter().map(String::as_str));
                Self::new("42703", format!("column {} does not exist", quoted(field))).with_hint(
                    advice.unwrap_or_else(|| "information_schema.columns has those of each table".to_owned()),
                )
            }
            SchemaError::AmbiguousReference { field } => {
                Self::new("42702", format!("column reference {} is ambiguous", quoted(field)))
                    .with_hint("write its table's name or alias before it")
            }
            SchemaError::DuplicateQualifiedField { name, .. }
            | SchemaError::DuplicateUnqualifiedField { name } => {
                Self::new("42701", format!("column \"{name}\" is there more than once"))
                    .with_hint("give one of them another name with AS")
            }
        }
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

/// A column as PostgreSQL's errors write it.
fn quoted(column: &Column) -> String {
    if column.relation.is_some() { column.flat_name() } else { format!("\"{}\"", column.name) }
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
        DataFusionError::NotImplemented(_) => "0A000",
        DataFusionError::ResourcesExhausted(_) => "53200",
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

/// The name in `table 'catalog.schema.name' not found`.
fn missing_table(text: &str) -> Option<&str> {
    let name = text.lines().next()?.strip_prefix("table '")?.strip_suffix("' not found")?;
    Some(name.splitn(3, '.').last().unwrap_or(name))
}

/// DataFusion has one kind for what PostgreSQL tells apart.
fn state_of_plan(text: &str) -> &'static str {
    let text = text.to_ascii_lowercase();
    if text.contains("invalid function") {
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

    #[test]
    fn a_wrong_column_is_named_with_the_one_that_was_meant() {
        let of = |error: SchemaError| {
            let error = DataFusionError::SchemaError(Box::new(error), Box::new(None));
            let failure = Failure::of(&error, &Part { text: String::new(), offset: 0 });
            (failure.state, failure.message, failure.hint.expect("each has a remedy"))
        };
        let missing = |text: &str, count: usize| {
            let valid_fields = ["amount".to_owned(), "event_id".to_owned()].into_iter();
            let others = (0..count).map(|number| format!("feature_{number}"));
            let column = |name| Column::new(Some("payment_risk"), name);
            let valid_fields = valid_fields.chain(others).map(column).collect();
            let (relation, name) = text.split_once('.').unzip();
            let field = Box::new(Column::new(relation, name.unwrap_or(text)));
            of(SchemaError::FieldNotFound { field, valid_fields })
        };
        for (text, count, message, hint) in [
            ("amuont", 80, "column \"amuont\" does not exist", "did you mean amount?"),
            ("Amount", 80, "column \"Amount\" does not exist", "did you mean amount?"),
            (
                "payment_risk.amuont",
                80,
                "column payment_risk.amuont does not exist",
                "did you mean payment_risk.amount?",
            ),
            ("merchant", 0, "column \"merchant\" does not exist", "there is amount, event_id"),
            (
                "merchant",
                80,
                "column \"merchant\" does not exist",
                "information_schema.columns has those of each table",
            ),
        ] {
            assert_eq!(missing(text, count), ("42703", message.to_owned(), hint.to_owned()));
        }
        let field = Box::new(Column::new_unqualified("amount"));
        let (state, message, _) = of(SchemaError::AmbiguousReference { field });
        assert_eq!((state, message.as_str()), ("42702", "column reference \"amount\" is ambiguous"));
        let (state, message, _) = of(SchemaError::DuplicateUnqualifiedField { name: "amount".to_owned() });
        assert_eq!((state, message.as_str()), ("42701", "column \"amount\" is there more than once"));
    }
}
