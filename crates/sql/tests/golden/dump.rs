//! Typed definitions as text that a person can check.

use std::fmt::Write as _;

use expr::Expr;
use sql::{
    Action, Change, Definitions, Kind,
    definition::{Feed, Rule, Sink, Slot, Source, Stream, Table, View, Window, WindowRows},
};
use types::Schema;
use windows::Frame;

pub fn changes(definitions: &Definitions, changes: &[Change]) -> String {
    if changes.is_empty() {
        return "no change\n".to_owned();
    }
    let mut out = String::new();
    for change in changes {
        let key = &change.key;
        if change.action == Action::Drop {
            writeln!(out, "drop {key}").unwrap();
            continue;
        }
        let action = if change.action == Action::Replace { "replaced " } else { "" };
        out += action;
        match key.kind {
            Kind::Stream => stream(&mut out, &definitions.streams[&key.name]),
            Kind::Table => table(&mut out, &definitions.tables[&key.name]),
            Kind::View => view(&mut out, definitions, &definitions.views[&key.name]),
            Kind::Model => {
                let model = &definitions.models[&key.name];
                let features = model.features.as_ref().map(|names| names.join(", "));
                let (name, path, hash) = (&model.name, &model.path, &model.blob.0[..8]);
                let features = features.unwrap_or_else(|| format!("{} without names", model.feature_count));
                writeln!(out, "model {name} from '{path}' {hash}: {features}").unwrap();
            }
            Kind::Decision => {
                let decision = &definitions.decisions[&key.name];
                writeln!(out, "decision {} on {}: {}", decision.name, decision.view, decision.outcomes.join(", ")).unwrap();
            }
            Kind::Rule => {
                let decision = key.decision.clone().unwrap();
                rule(&mut out, &definitions.rules[&(decision, key.name.clone())]);
            }
            Kind::Sink => sink(&mut out, &definitions.sinks[&key.name]),
        }
    }
    out
}

fn stream(out: &mut String, stream: &Stream) {
    writeln!(out, "stream {}", stream.name).unwrap();
    schema(out, &stream.schema, stream.primary_key);
    let name = |column: usize| stream.schema.fields[column].name.as_str();
    writeln!(out, "  event time {}", name(stream.event_time)).unwrap();
    if let Some(arrival) = stream.arrival_time {
        writeln!(out, "  arrival time {}", name(arrival)).unwrap();
    }
    let durations = [
        ("lateness", stream.allowed_lateness),
        ("future", stream.future_max),
        ("dedupe", stream.dedupe),
        ("hot", stream.hot),
        ("horizon", stream.key_horizon),
    ];
    let durations: Vec<String> =
        durations.iter().map(|(what, micros)| format!("{what} {}", duration(*micros))).collect();
    writeln!(out, "  {}", durations.join(", ")).unwrap();
    if !stream.tokens.is_empty() {
        let tokens: Vec<&str> = stream.tokens.iter().map(|column| name(*column)).collect();
        writeln!(out, "  tokens {}", tokens.join(", ")).unwrap();
    }
}

fn schema(out: &mut String, schema: &Schema, primary_key: usize) {
    for (at, field) in schema.fields.iter().enumerate() {
        let key = if at == primary_key { " primary key" } else { "" };
        let not_null = if field.not_null { " not null" } else { "" };
        writeln!(out, "  {} {}{not_null}{key}", field.name, field.data_type).unwrap();
    }
}

fn table(out: &mut String, table: &Table) {
    let (name, path, hash) = (&table.name, &table.path, &table.blob.0[..8]);
    writeln!(out, "table {name} from '{path}' {:?} {hash}", table.format).unwrap();
    schema(out, &table.schema, table.primary_key);
}

fn view(out: &mut String, definitions: &Definitions, view: &View) {
    writeln!(out, "view {} over {}, reads {}", view.name, view.stream, view.reads.join(", ")).unwrap();
    slots(out, definitions, &view.stream, &view.slots, "  ");
    if let Some(filter) = view.filter {
        writeln!(out, "  where ${filter}").unwrap();
    }
    let columns: Vec<String> =
        view.columns.iter().map(|column| format!("{} ${}", column.name, column.slot)).collect();
    writeln!(out, "  columns {}", columns.join(", ")).unwrap();
}

fn slots(out: &mut String, definitions: &Definitions, stream: &str, slots: &[Slot], indent: &str) {
    for (at, slot) in slots.iter().enumerate() {
        write!(out, "{indent}${at} ").unwrap();
        match &slot.source {
            Source::Input(column) => {
                let name = &definitions.streams[stream].schema.fields[*column].name;
                write!(out, "input {name}").unwrap();
            }
            Source::Scalar(value) => out.push_str(&expression(value)),
            Source::Lookup { table, key, column } => {
                let name = &definitions.tables[table].schema.fields[*column].name;
                write!(out, "lookup {table}[${key}].{name}").unwrap();
            }
            Source::Predict { model, features } => {
                write!(out, "predict {model}({})", list(features)).unwrap();
            }
            Source::Window(window) => {
                windowed(out, window);
                write!(out, ": {}", slot.data_type).unwrap();
                if let WindowRows::Other { slots: inner, stream, .. } = &window.rows {
                    out.push('\n');
                    self::slots(out, definitions, stream, inner, &format!("{indent}    "));
                    continue;
                }
                out.push('\n');
                continue;
            }
        }
        writeln!(out, ": {}", slot.data_type).unwrap();
    }
}

fn windowed(out: &mut String, window: &Window) {
    let one = |feed: &Feed| {
        let argument = feed.argument.map_or("*".to_owned(), |slot| format!("${slot}"));
        let mut text = format!("{:?}({argument})", window.function);
        if let Some(filter) = feed.filter {
            write!(text, " filter ${filter}").unwrap();
        }
        if let Some(admit) = feed.admit {
            write!(text, " of rows where ${admit}").unwrap();
        }
        text
    };
    match &window.rows {
        WindowRows::Own(feed) => write!(out, "{} by ({})", one(feed), list(&feed.key)).unwrap(),
        WindowRows::Other { stream, feed, probe, .. } => {
            write!(out, "{} of {stream} by ({}) = ({})", one(feed), list(&feed.key), list(probe)).unwrap();
        }
    }
    write!(out, " {}", frame(&window.frame)).unwrap();
}

fn frame(frame: &Frame) -> String {
    match frame {
        Frame::Range { start, end, exclude_current } => {
            let exclude = if *exclude_current { " excluding current" } else { "" };
            format!("range {} to {}{exclude}", duration(*start), duration(*end))
        }
        Frame::Rows { start, end, exclude_current } => {
            let exclude = if *exclude_current { " excluding current" } else { "" };
            let start = if *start == u64::MAX { "all".to_owned() } else { start.to_string() };
            format!("rows {start} to {end}{exclude}")
        }
    }
}

fn rule(out: &mut String, rule: &Rule) {
    writeln!(out, "rule {} on {}: outcome {}, {:?}", rule.name, rule.decision, rule.outcome, rule.mode).unwrap();
    writeln!(out, "  when {}", expression(&rule.condition)).unwrap();
    writeln!(out, "  text {:?}, reads {}", rule.condition_text, list(&rule.reads)).unwrap();
    if let Some(reason) = &rule.reason {
        writeln!(out, "  reason {reason:?}").unwrap();
    }
}

fn sink(out: &mut String, sink: &Sink) {
    writeln!(out, "sink {} on {} to '{}' {:?}", sink.name, sink.decision, sink.path, sink.format).unwrap();
    if let Some(condition) = &sink.condition {
        writeln!(out, "  where {}", expression(condition)).unwrap();
    }
}

fn list(slots: &[usize]) -> String {
    slots.iter().map(|slot| format!("${slot}")).collect::<Vec<_>>().join(", ")
}

fn duration(micros: i64) -> String {
    const UNITS: [(i64, &str); 5] =
        [(86_400_000_000, "d"), (3_600_000_000, "h"), (60_000_000, "min"), (1_000_000, "s"), (1, "us")];
    if micros == 0 {
        return "0".to_owned();
    }
    let (size, name) = UNITS.iter().find(|(size, _)| micros % size == 0).expect("1 divides everything");
    format!("{}{name}", micros / size)
}

fn expression(expr: &Expr) -> String {
    let all = |list: &[Expr]| list.iter().map(expression).collect::<Vec<_>>().join(", ");
    match expr {
        Expr::Column { index, .. } => format!("${index}"),
        Expr::Literal { value: None, data_type } => format!("NULL:{data_type}"),
        Expr::Literal { value: Some(value), data_type } => match value {
            types::Value::Text(text) => format!("{text:?}"),
            value => format!("{value}:{data_type}"),
        },
        Expr::Call { function: "cast", arguments, data_type } => format!("cast({} as {data_type})", all(arguments)),
        Expr::Call { function, arguments, .. } => format!("{function}({})", all(arguments)),
        Expr::And(left, right) => format!("({} and {})", expression(left), expression(right)),
        Expr::Or(left, right) => format!("({} or {})", expression(left), expression(right)),
        Expr::Case { branches, otherwise, .. } => {
            let mut text = "case".to_owned();
            for (condition, value) in branches {
                write!(text, " when {} then {}", expression(condition), expression(value)).unwrap();
            }
            if let Some(otherwise) = otherwise {
                write!(text, " else {}", expression(otherwise)).unwrap();
            }
            text + " end"
        }
        Expr::Coalesce { arguments, .. } => format!("coalesce({})", all(arguments)),
    }
}
