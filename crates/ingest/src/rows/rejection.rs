//! Why an event was not taken, with a stable code for programs and a sentence for people.

use types::{DataType, Field};

use super::{
    Limits, Origin,
    scanner::{self, Kind},
};
use crate::values::{self, Fault};

/// Bytes of a value that a message repeats.
const EXCERPT_BYTES_MAX: usize = 40;

/// The code of a body that is refused as a whole.
pub const TOO_MANY_EVENTS: &str = "too_many_events";

/// An event that was not taken; it left nothing behind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Rejection {
    /// Stable: `malformed_json`, `event_too_large`, `too_deep`, `wrong_type`, `zone_missing`, `out_of_range`,
    /// `scale_exceeded`, `text_too_long`, `missing_field`, `duplicate_field`, or [`TOO_MANY_EVENTS`] for a whole body.
    pub code: &'static str,
    /// What is wrong, the limit and the remedy.
    pub message: String,
    /// The column at fault.
    pub field: Option<String>,
}

/// What is wrong, before it is put into words.
#[derive(Clone, Debug)]
pub(crate) enum Cause {
    Json(scanner::Fault),
    Large { len: usize },
    Events,
    Duplicate,
    Missing,
    Null,
    Kind(Kind),
    Text { len: usize, limit: usize },
    Value { fault: Fault, text: String },
}

impl Rejection {
    pub(super) fn not_utf8(at: usize, origin: Origin) -> Self {
        let (at, noun) = (origin.before + at, origin.noun);
        let message = format!("not UTF-8 after {at} bytes of the {noun}; send JSON in UTF-8");
        Self { code: "malformed_json", message, field: None }
    }

    pub(crate) fn new(cause: Cause, field: Option<&Field>, limits: Limits) -> Self {
        Self::at(Origin::EVENT, cause, field, limits)
    }

    pub(super) fn at(origin: Origin, cause: Cause, field: Option<&Field>, limits: Limits) -> Self {
        let name = field.map_or("the event", |field| &field.name);
        let data_type = field.map_or(DataType::Text, |field| field.data_type);
        let remedy = values::remedy(data_type);
        let (code, message) = match cause {
            Cause::Json(scanner::Fault::Syntax { at, expected }) => {
                let (at, noun) = (origin.before + at, origin.noun);
                ("malformed_json", format!("not JSON after {at} bytes of the {noun}: expected {expected}"))
            }
            Cause::Json(scanner::Fault::Depth) => {
                let limit = limits.depth_max;
                ("too_deep", format!("the event nests deeper than {limit} levels; send a flatter object"))
            }
            Cause::Large { len } => {
                let limit = limits.object_bytes_max;
                let message =
                    format!("the event has {len} bytes, the limit is {limit}; leave out what is not needed");
                ("event_too_large", message)
            }
            Cause::Events => {
                let limit = limits.body_events_max;
                (TOO_MANY_EVENTS, format!("the body holds more than {limit} events; send several requests"))
            }
            Cause::Duplicate => {
                ("duplicate_field", format!("{name} stands in the event twice; send it once"))
            }
            Cause::Missing => ("missing_field", format!("{name} is missing and must not be NULL; {remedy}")),
            Cause::Null => ("missing_field", format!("{name} is null and must not be NULL; {remedy}")),
            Cause::Kind(kind) => {
                ("wrong_type", format!("{name} is {data_type} and got {}; {remedy}", kind.noun()))
            }
            Cause::Text { len, limit } => (
                "text_too_long",
                format!("{name} has {len} bytes, the limit is {limit}; send a shorter text"),
            ),
            Cause::Value { fault, text } => {
                let text = excerpt(&text);
                match fault {
                    Fault::Form => ("wrong_type", format!("{name} is {data_type} and got {text}; {remedy}")),
                    Fault::Zone => {
                        let remedy = "add Z for UTC or an offset such as +05:30";
                        ("zone_missing", format!("{name} is {data_type} and {text} says no zone; {remedy}"))
                    }
                    Fault::Range => {
                        ("out_of_range", format!("{name} is {data_type} and cannot hold {text}; {remedy}"))
                    }
                    Fault::Scale => {
                        let scale = data_type.scale();
                        let digits = format!("has {scale} digits after the point");
                        (
                            "scale_exceeded",
                            format!("{name} is {data_type}, {digits} and got {text}; round it"),
                        )
                    }
                }
            }
        };
        Self { code, message, field: field.map(|field| field.name.clone()) }
    }
}

impl Kind {
    fn noun(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "a boolean",
            Self::Number => "a number",
            Self::String => "a string",
            Self::Array => "an array",
            Self::Object => "an object",
        }
    }
}

/// The start of a value that is no text column's, in quotes.
fn excerpt(text: &str) -> String {
    if text.len() <= EXCERPT_BYTES_MAX {
        return format!("{text:?}");
    }
    let end = (0..=EXCERPT_BYTES_MAX).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    format!("{:?} and {} bytes more", &text[..end], text.len() - end)
}
