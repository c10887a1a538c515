//! Why an expression has no type.

use types::DataType;

/// What the author of a statement must change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TypeError {
    /// No function of this name.
    #[error("there is no function {name}{}", suggested(.suggestion))]
    UnknownFunction {
        /// As written.
        name: String,
        /// The closest name that exists.
        suggestion: Option<&'static str>,
    },
    /// The function does not take these arguments.
    #[error("{name} does not take ({given}); it takes {exists}")]
    Arguments {
        /// As written.
        name: String,
        /// Types of the arguments.
        given: String,
        /// The signatures that exist.
        exists: String,
    },
    /// No cast between the two types.
    #[error("{from} cannot be cast to {to}{}", way(.from, .to))]
    Cast {
        /// The value's type.
        from: DataType,
        /// The wanted type.
        to: DataType,
    },
    /// A literal that does not read as the type that it stands beside.
    #[error("'{text}' is not a {to} literal; write a {to} or an explicit CAST")]
    Literal {
        /// The literal.
        text: String,
        /// The wanted type.
        to: DataType,
    },
    /// Two types that have no common one.
    #[error("{construct} mixes {first} and {second}, which have no common type; cast one of them")]
    Mixed {
        /// `CASE`, `COALESCE`, ...
        construct: &'static str,
        /// The type so far.
        first: DataType,
        /// The one that does not fit.
        second: DataType,
    },
    /// A condition that is not a truth value.
    #[error("{construct} needs a BOOLEAN condition and was given {given}; compare it with something")]
    Condition {
        /// `WHEN`, `AND`, ...
        construct: &'static str,
        /// The type of what stands there.
        given: DataType,
    },
    /// A construct without enough arguments.
    #[error("{construct} needs at least {least} argument(s) and was given {given}")]
    Count {
        /// `COALESCE`, `IN`, ...
        construct: &'static str,
        /// Its minimum.
        least: usize,
        /// What was given.
        given: usize,
    },
    /// A literal pattern or field name that can never work.
    #[error("{name}: {reason}")]
    Pattern {
        /// The function.
        name: String,
        /// What is wrong, and what exists.
        reason: String,
    },
    /// What arrays cannot do.
    #[error("{what} is not supported; {instead}")]
    Array {
        /// What was asked.
        what: &'static str,
        /// What there is.
        instead: &'static str,
    },
    /// The place of an array's element is no whole number.
    #[error("an array's subscript is BIGINT and was given {given}; cast it to BIGINT")]
    Subscript {
        /// Its type.
        given: DataType,
    },
    /// An expression that grew beyond bounds when functions were put in place of their calls.
    #[error("this call grows to more than {limit} {what} when the functions within it are put in its place")]
    Expanded {
        /// What there is too much of.
        what: &'static str,
        /// The bound.
        limit: usize,
    },
}

fn suggested(suggestion: &Option<&'static str>) -> String {
    suggestion.map_or_else(
        || "; docs/functions.md lists those that exist".to_owned(),
        |name| format!("; did you mean {name}?"),
    )
}

fn way(from: &DataType, to: &DataType) -> String {
    let from_time = matches!(from, DataType::Timestamptz | DataType::Date | DataType::Interval);
    if from_time && to.is_numeric() {
        return "; take a number from it with date_part".to_owned();
    }
    if from.is_numeric() && *to == DataType::Timestamptz {
        return "; make a time of seconds with to_timestamp".to_owned();
    }
    String::new()
}
