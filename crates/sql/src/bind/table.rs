//! `CREATE TABLE ... FROM file('...')`: a reference table and its content's hash.

use crate::{
    definition::{Format, Table},
    error::Fault,
    files::Files,
    parse::table::CreateTable,
    statement::Label,
};

use super::columns;

pub(super) fn bind(create: &CreateTable, files: &dyn Files) -> Result<Table, Fault> {
    let (schema, primary_key) = columns::bind(&create.name, "table", &create.columns)?;
    if let Some(column) = create.columns.iter().find(|column| columns::is_card_number(&column.name.text)) {
        let message = format!("column {} looks like a card number in clear", column.name.text);
        return Err(Fault::new(column.name.span, message).help("put tokens into the file, as column card_id"));
    }
    let format = format(&create.path, &[Format::Csv, Format::Ndjson])?;
    let (_, blob) = super::content(files, &create.path)?;
    Ok(Table {
        name: create.name.text.clone(),
        schema,
        primary_key,
        path: create.path.text.clone(),
        format,
        blob,
        // The change that it is part of knows what was there before.
        incarnation: 0,
    })
}

/// The format that a path's extension says, among those that are supported there.
pub(super) fn format(path: &Label, supported: &[Format]) -> Result<Format, Fault> {
    let lower = path.text.to_ascii_lowercase();
    let format = lower.rsplit_once('.').and_then(|(_, extension)| match extension {
        "csv" => Some(Format::Csv),
        "ndjson" | "jsonl" => Some(Format::Ndjson),
        "parquet" => Some(Format::Parquet),
        _ => None,
    });
    format.filter(|format| supported.contains(format)).ok_or_else(|| {
        let names: Vec<&str> = supported
            .iter()
            .map(|format| match format {
                Format::Csv => ".csv",
                Format::Ndjson => ".ndjson",
                Format::Parquet => ".parquet",
            })
            .collect();
        Fault::new(path.span, format!("the format of '{}' is not supported here", path.text))
            .help(format!("the file's name must end in {}", names.join(" or ")))
    })
}
