//! What commands print with `--json`: one object on standard output, also when something is wrong.

use std::process::ExitCode;

use catalog::cost::{KEY_BYTES, Report};
use serde_json::{Value, json};
use sql::definition::Sink;

use crate::open::render;

/// Bytes as a number of JSON; more than any disk has is the largest one.
fn bytes(count: u128) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// Prints an object.
pub fn print(value: &Value) {
    say!("{value:#}");
}

/// Tells of statements' errors, as JSON where that was asked for.
pub fn refused(errors: &[sql::Error], as_json: bool) -> ExitCode {
    if as_json {
        print(&self::errors(errors));
    } else {
        eprintln!("{}", render(errors));
    }
    ExitCode::FAILURE
}

/// Tells of another error as JSON where that was asked for.
///
/// # Errors
/// The error itself, where it was not.
pub fn failed(error: anyhow::Error, as_json: bool) -> anyhow::Result<ExitCode> {
    if !as_json {
        return Err(error);
    }
    print(&failure(&error));
    Ok(ExitCode::FAILURE)
}

/// Statements' errors.
fn errors(errors: &[sql::Error]) -> Value {
    let one = |error: &sql::Error| {
        json!({
            "file": error.path, "line": error.line, "column": error.column, "message": error.message, "help": error.help,
        })
    };
    json!({"ok": false, "errors": errors.iter().map(one).collect::<Vec<_>>()})
}

/// An error that is no statement's.
fn failure(error: &anyhow::Error) -> Value {
    json!({"ok": false, "errors": [{"message": format!("{error:#}")}]})
}

/// What definitions cost.
pub fn costs(report: &Report) -> Value {
    let timelines = report.timelines.iter().map(|timeline| {
        json!({
            "name": timeline.name, "columns": timeline.columns, "row_bytes": timeline.row_bytes, "key_bytes": KEY_BYTES,
            "retention_us": timeline.retention, "aggregates": timeline.aggregates, "features": timeline.features,
            "total_bytes": bytes(timeline.total_bytes(report.rate)),
            "horizon": timeline.horizon.as_ref().map(|horizon| &horizon.feature),
        })
    });
    let views = report.views.iter().map(|view| {
        json!({
            "name": view.name, "columns": view.columns, "windows": view.windows, "lookups": view.lookups,
            "scores": view.scores, "is_read": view.is_read,
        })
    });
    let decisions = report.decisions.iter().map(|decision| {
        json!({"name": decision.name, "recorded": decision.recorded, "reads": decision.reads, "rules": decision.rules})
    });
    let sinks = report.sinks.iter().map(|sink| sink_of(sink));
    let streams =
        report.streams.iter().map(|stream| json!({"name": stream.name, "event_bytes": stream.event_bytes}));
    let files = report
        .files
        .iter()
        .map(|file| json!({"kind": file.kind.to_string(), "name": file.name, "bytes": file.bytes}));
    json!({
        "ok": true,
        "rate": report.rate,
        "total_bytes": bytes(report.total_bytes()),
        "timelines": timelines.collect::<Vec<_>>(),
        "streams": streams.collect::<Vec<_>>(),
        "files": files.collect::<Vec<_>>(),
        "views": views.collect::<Vec<_>>(),
        "decisions": decisions.collect::<Vec<_>>(),
        "sinks": sinks.collect::<Vec<_>>(),
    })
}

fn sink_of(sink: &Sink) -> Value {
    json!({
        "name": sink.name, "source": sink.source.to_string(), "target": sink.target.to_string(),
        "has_condition": sink.condition.is_some(),
    })
}
