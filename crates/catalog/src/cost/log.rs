//! What the log grows by, and what the files of tables and models take.

use std::sync::Arc;

use sql::{
    Definitions, Kind,
    definition::{BlobHash, Source},
};
use types::DataType;

/// Bytes of a text in the log, of a number or time, and of what stands around a row, as measured on payments.
const TEXT_BYTES: u64 = 12;
const NUMBER_BYTES: u64 = 4;
const ROW_BYTES: u64 = 8;

/// A stream's part of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    /// Name.
    pub name: String,
    /// Bytes of an event and of what its decisions record, about.
    pub event_bytes: u64,
}

/// The file of a table or model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Table or model.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// Bytes of the file.
    pub bytes: u64,
}

pub(super) fn streams(definitions: &Definitions) -> Vec<Stream> {
    let one = |stream: &Arc<sql::definition::Stream>| {
        let own: u64 = stream.schema.fields.iter().map(|field| bytes(field.data_type)).sum();
        let views =
            definitions.decisions.values().filter_map(|decision| definitions.views.get(&decision.view));
        let recorded = views.filter(|view| view.stream == stream.name).flat_map(|view| {
            let slots = view.columns.iter().map(|column| &view.slots[column.slot]);
            slots.filter(|slot| !matches!(slot.source, Source::Input(_))).map(|slot| bytes(slot.data_type))
        });
        Stream { name: stream.name.clone(), event_bytes: ROW_BYTES + own + recorded.sum::<u64>() }
    };
    definitions.streams.values().map(one).collect()
}

fn bytes(data_type: DataType) -> u64 {
    match data_type {
        DataType::Text => TEXT_BYTES,
        DataType::Boolean => 1,
        DataType::Double | DataType::Interval => 2 * NUMBER_BYTES,
        _ => NUMBER_BYTES,
    }
}

/// The files that definitions name, as far as their contents are at hand.
pub(super) fn files(definitions: &Definitions, contents: &[(BlobHash, Arc<[u8]>)]) -> Vec<File> {
    let size = |blob: &BlobHash| {
        contents.iter().find(|(hash, _)| hash == blob).map(|(_, content)| content.len() as u64)
    };
    let tables = definitions.tables.values().map(|table| (Kind::Table, &table.name, &table.blob));
    let models = definitions.models.values().map(|model| (Kind::Model, &model.name, &model.blob));
    let found = tables
        .chain(models)
        .filter_map(|(kind, name, blob)| Some(File { kind, name: name.clone(), bytes: size(blob)? }));
    found.collect()
}
