//! `CREATE SINK`: which records of a decision are written where.

use crate::{
    definition::{Definitions, Format, SINK_COLUMNS, Sink},
    error::Fault,
    files::Files,
    parse::sink::CreateSink,
    statement::Label,
};

use super::{decision, outcome, rule::Columns, scalar, table};

pub(super) fn bind(create: &CreateSink, definitions: &Definitions, files: &dyn Files) -> Result<Sink, Fault> {
    let (decision, view) = decision::known(&create.decision, definitions)?;
    if let Some(column) = view.columns.iter().find(|column| SINK_COLUMNS.contains(&column.name.as_str())) {
        let message = format!(
            "view {} has a column {}, which every sink writes beside the view's columns",
            view.name, column.name
        );
        let help = format!("give it another name in the view: {0} AS event_{0}", column.name);
        return Err(Fault::new(create.decision.span, message).help(help));
    }
    let condition = match &create.condition {
        None => None,
        Some((condition, span)) => {
            let mut columns = Columns { view, decision: &decision.name, outcome: true, reads: Vec::new() };
            let bound = scalar::condition(condition, "WHERE", &mut columns);
            let bound = bound.map_err(|fault| fault.or_at(*span))?;
            outcome::check(&bound, view.columns.len(), decision, condition, *span)?;
            Some(bound)
        }
    };
    let format = table::format(&create.path, &[Format::Ndjson, Format::Parquet])?;
    let parts = inside(&create.path)?;
    files.may_write(&parts.join("/")).map_err(|reason| {
        Fault::new(create.path.span, format!("nothing may be written to '{}': {reason}", create.path.text))
            .help("name a file in another folder of the project, such as 'out/decisions.ndjson'")
    })?;
    check_free(create, &parts, definitions)?;
    Ok(Sink {
        name: create.name.text.clone(),
        decision: decision.name.clone(),
        condition,
        path: parts.join("/"),
        format,
    })
}

/// The folders and the name of a path that stays in the project: whoever may send statements must not write anywhere
/// that the server may.
fn inside(path: &Label) -> Result<Vec<&str>, Fault> {
    let parts = parts(&path.text);
    if path.text.starts_with('/') || parts.contains(&"..") {
        let message = format!("'{}' is outside the project's folder", path.text);
        return Err(Fault::new(path.span, message)
            .help("paths are relative to the project's folder, without '..': 'out/decisions.ndjson'"));
    }
    Ok(parts)
}

/// What a path names, however it is written.
fn parts(path: &str) -> Vec<&str> {
    path.split('/').filter(|part| !matches!(*part, "" | ".")).collect()
}

/// Refuses a file that another sink writes, as a file or as a folder, or that a table is read from.
fn check_free(create: &CreateSink, own: &[&str], definitions: &Definitions) -> Result<(), Fault> {
    let refuse = |message: String| Err(Fault::new(create.path.span, message).help("name another file"));
    for other in definitions.sinks.values().filter(|other| other.name != create.name.text) {
        let theirs = parts(&other.path);
        if theirs == own {
            return refuse(format!("sink {} already writes '{}'", other.name, other.path));
        }
        if theirs.starts_with(own) || own.starts_with(&theirs) {
            return refuse(format!(
                "sink {} writes '{}', and no file is a folder as well",
                other.name, other.path
            ));
        }
    }
    match definitions.tables.values().find(|table| parts(&table.path) == own) {
        Some(table) => refuse(format!("table {} is read from '{}'", table.name, table.path)),
        None => Ok(()),
    }
}
