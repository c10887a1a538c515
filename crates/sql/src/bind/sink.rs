//! `CREATE SINK`: which records of a decision, or late events of a stream, are written where.

mod webhook;

use expr::Expr;

use crate::{
    definition::{Definitions, Format, Kind, SINK_COLUMNS, Sink, SinkSource},
    error::{Fault, suggest},
    files::Files,
    late as events,
    parse::sink::{self, CreateSink},
    statement::Label,
    strictness::Strictness,
    target::Target,
};

use super::{
    decision, late,
    outcome::{self, Values},
    rule::Columns,
    scalar, table,
};

pub(super) fn bind(
    create: &CreateSink,
    definitions: &Definitions,
    files: &dyn Files,
    strictness: Strictness,
) -> Result<Sink, Fault> {
    let (source, condition) = match definitions.late_stream(&create.source.text) {
        Some(stream) => late_events(
            create,
            late::Columns::of(stream, &create.source, &definitions.functions, strictness)?,
        )
        .map(|condition| (SinkSource::Late(stream.name.clone()), condition))?,
        None => records(create, definitions, strictness)?,
    };
    let target = match &create.target {
        sink::Target::File(written) => {
            let format = table::format(written, &[Format::Ndjson, Format::Parquet])?;
            let path = match path(create, written, definitions, files) {
                Ok(path) => path,
                Err(fault) => {
                    strictness.refuse(fault)?;
                    written.text.clone()
                }
            };
            Target::File { path, format }
        }
        sink::Target::Webhook { url, options } => Target::Webhook(webhook::bind(&create.name, url, options)?),
    };
    Ok(Sink { name: create.name.text.clone(), source, condition, target })
}

/// The source and the condition of a sink of late events.
fn late_events(create: &CreateSink, mut columns: late::Columns<'_>) -> Result<Option<Expr>, Fault> {
    let Some((condition, span)) = &create.condition else { return Ok(None) };
    let bound = scalar::condition(condition, "WHERE", &mut columns).map_err(|fault| fault.or_at(*span))?;
    let values = Values {
        of: create.source.text.clone(),
        name: events::COLUMNS[1],
        column: columns.reason(),
        values: vec![events::PAST.0, events::FUTURE.0],
    };
    outcome::check(&bound, &values, condition, *span)?;
    Ok(Some(bound))
}

/// The source and the condition of a sink of a decision's records.
fn records(
    create: &CreateSink,
    definitions: &Definitions,
    strictness: Strictness,
) -> Result<(SinkSource, Option<Expr>), Fault> {
    let found = decision::known(&create.source, definitions);
    let (decision, view) = found.map_err(|fault| unknown(&create.source, definitions, fault))?;
    if let Some(column) = view.columns.iter().find(|column| SINK_COLUMNS.contains(&column.name.as_str())) {
        let message = format!(
            "view {} has a column {}, which every sink writes beside the view's columns",
            view.name, column.name
        );
        let help = format!("give it another name in the view: {0} AS event_{0}", column.name);
        strictness.refuse(Fault::new(create.source.span, message).help(help))?;
    }
    let source = SinkSource::Decision(decision.name.clone());
    let Some((condition, span)) = &create.condition else { return Ok((source, None)) };
    let mut columns = Columns {
        view,
        decision: &decision.name,
        outcome: true,
        reads: Vec::new(),
        functions: &definitions.functions,
        strictness,
    };
    let bound = scalar::condition(condition, "WHERE", &mut columns).map_err(|fault| fault.or_at(*span))?;
    let values = Values {
        of: format!("decision {}", decision.name),
        name: "outcome",
        column: view.columns.len(),
        values: decision.outcomes.iter().map(String::as_str).collect(),
    };
    strictness.check(|| outcome::check(&bound, &values, condition, *span))?;
    Ok((source, Some(bound)))
}

/// What a name that is no decision may have meant of late events.
fn unknown(source: &Label, definitions: &Definitions, fault: Fault) -> Fault {
    match definitions.relation_kind(&source.text) {
        Some(Kind::Stream) => {
            let help = fault.help.clone().unwrap_or_default();
            let late = events::name(&source.text);
            fault.help(format!("{help}, or {late} for the events that came too late for its timelines"))
        }
        Some(_) => fault,
        None => {
            let late: Vec<String> = definitions.streams.keys().map(|stream| events::name(stream)).collect();
            let decisions = definitions.decisions.keys();
            let names = decisions.chain(&late).map(String::as_str);
            match events::stream_of(&source.text) {
                Some(_) => Fault { help: suggest(&source.text, names), ..fault },
                None => fault,
            }
        }
    }
}

/// The path from the project's folder, which nothing else uses.
fn path(
    create: &CreateSink,
    written: &Label,
    definitions: &Definitions,
    files: &dyn Files,
) -> Result<String, Fault> {
    let parts = inside(written)?;
    files.may_write(&parts.join("/")).map_err(|reason| {
        Fault::new(written.span, format!("nothing may be written to '{}': {reason}", written.text))
            .help("name a file in another folder of the project, such as 'out/decisions.ndjson'")
    })?;
    check_free(create, written, &parts, definitions)?;
    Ok(parts.join("/"))
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
fn check_free(
    create: &CreateSink,
    written: &Label,
    own: &[&str],
    definitions: &Definitions,
) -> Result<(), Fault> {
    let refuse = |message: String| Err(Fault::new(written.span, message).help("name another file"));
    for other in definitions.sinks.values().filter(|other| other.name != create.name.text) {
        let Some(path) = other.path() else { continue };
        let theirs = parts(path);
        if theirs == own {
            return refuse(format!("sink {} already writes '{path}'", other.name));
        }
        if theirs.starts_with(own) || own.starts_with(&theirs) {
            return refuse(format!("sink {} writes '{path}', and no file is a folder as well", other.name));
        }
    }
    match definitions.tables.values().find(|table| parts(&table.path) == own) {
        Some(table) => refuse(format!("table {} is read from '{}'", table.name, table.path)),
        None => Ok(()),
    }
}
