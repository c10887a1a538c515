//! `<stream>_late`: the events of a stream that enter no timeline, as rows that a sink can name.

use types::{DataType, Field};

use crate::definition::{Definitions, Stream};

/// What follows the stream's name.
const SUFFIX: &str = "_late";

/// Columns beside the stream's own: the first before them, the others after.
pub const COLUMNS: [&str; 5] = ["position", "reason", "late_bound", "arrived", "epoch"];

/// Why an event is late, as its row says, and the option of the stream that is the bound.
pub const PAST: (&str, &str) = ("late", "allowed_lateness");
/// As [`PAST`], of an event from the future.
pub const FUTURE: (&str, &str) = ("future", "future_max");

/// What the late events of `stream` are called.
pub fn name(stream: &str) -> String {
    format!("{stream}{SUFFIX}")
}

/// The stream whose late events `name` may stand for.
pub(crate) fn stream_of(name: &str) -> Option<&str> {
    name.strip_suffix(SUFFIX).filter(|stream| !stream.is_empty())
}

/// The columns of the rows: `position`, those of the stream, `reason`, `late_bound`, `arrived` and `epoch`.
pub fn fields(stream: &Stream) -> Vec<Field> {
    let field = |name: &str, data_type| Field { name: name.to_owned(), data_type, not_null: true };
    let [position, reason, late_bound, arrived, epoch] = COLUMNS;
    let mut fields = vec![field(position, DataType::BigInt)];
    fields.extend(stream.schema.fields.iter().cloned());
    fields.push(field(reason, DataType::Text));
    fields.push(field(late_bound, DataType::Text));
    fields.push(field(arrived, DataType::Timestamptz));
    fields.push(field(epoch, DataType::BigInt));
    fields
}

impl Definitions {
    /// The stream whose late events `name` stands for: a relation that has the name goes first.
    pub(crate) fn late_stream(&self, name: &str) -> Option<&Stream> {
        if self.relation_kind(name).is_some() {
            return None;
        }
        self.streams.get(stream_of(name)?).map(AsRef::as_ref)
    }
}
