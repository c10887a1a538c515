//! Typed definitions as text that a person can check.

use expr::Expr;
use sql::{
    Action, Change, Definitions, Kind,
    definition::{Feed, Function, Rule, Sink, Slot, Source, Stream, Table, View, Window, WindowRows},
    target::Target,
};
use types::Schema;
use windows::Frame;

/// Appends to a string, which takes all.
macro_rules! part {
    ($out:expr, $($argument:tt)*) => {
        $out.push_str(&format!($($argument)*))
    };
}

/// Appends a line.
macro_rules! line {
    ($out:expr, $($argument:tt)*) => {{
        part!($out, $($argument)*);
        $out.push('\n');
    }};
}

pub fn changes(definitions: &Definitions, changes: &[Change]) -> String {
    if changes.is_empty() {
        return "no change\n".to_owned();
    }
    let mut out = String::new();
    for change in changes {
        let key = &change.key;
        if change.action == Action::Drop {
            line!(out, "drop {key}");
            continue;
        }
        let action = if change.action == Action::Replace { "replaced " } else { "" };
        out += action;
        match key.kind {
            Kind::Function => function(&mut out, &definitions.functions[&key.name]),
            Kind::Stream => stream(&mut out, &definitions.streams[&key.name]),
            Kind::Table => table(&mut out, &definitions.tables[&key.name]),
            Kind::View => view(&mut out, definitions, &definitions.views[&key.name]),
            Kind::Model => {
                let model = &definitions.models[&key.name];
                let features = model.features.as_ref().map(|names| names.join(", "));
                let (name, path, hash) = (&model.name, &model.path, &model.blob.0[..8]);
                let features = features.unwrap_or_else(|| format!("{} without names", model.feature_count));
                line!(out, "model {name} from '{path}' {hash}: {features}");
            }
            Kind::Decision => {
                let decision = &definitions.decisions[&key.name];
                line!(
                    out,
                    "decision {} on {}: {}",
                    decision.name,
                    decision.view,
                    decision.outcomes.join(", ")
                );
            }
            Kind::Rule => {
                let decision = key.decision.clone().expect("a rule has a decision");
                rule(&mut out, &definitions.rules[&(decision, key.name.clone())]);
            }
            Kind::Sink => sink(&mut out, &definitions.sinks[&key.name]),
        }
    }
    out
}

fn function(out: &mut String, function: &Function) {
    let parameters =
        function.parameters.iter().map(|parameter| format!("{} {}", parameter.name, parameter.data_type));
    let parameters = parameters.collect::<Vec<_>>().join(", ");
    line!(out, "function {}({parameters}) returns {}", function.name, function.result);
    line!(out, "  {}", expression(&function.body));
}

fn stream(out: &mut String, stream: &Stream) {
    line!(out, "stream {}", stream.name);
    schema(out, &stream.schema, stream.primary_key);
    let name = |column: usize| stream.schema.fields[column].name.as_str();
    line!(out, "  event time {}", name(stream.event_time));
    if let Some(arrival) = stream.arrival_time {
        line!(out, "  arrival time {}", name(arrival));
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
    line!(out, "  {}", durations.join(", "));
    if !stream.tokens.is_empty() {
        let tokens: Vec<&str> = stream.tokens.iter().map(|column| name(*column)).collect();
        line!(out, "  tokens {}", tokens.join(", "));
    }
}

fn schema(out: &mut String, schema: &Schema, primary_key: usize) {
    for (at, field) in schema.fields.iter().enumerate() {
        let key = if at == primary_key { " primary key" } else { "" };
        let not_null = if field.not_null { " not null" } else { "" };
        line!(out, "  {} {}{not_null}{key}", field.name, field.data_type);
    }
}

fn table(out: &mut String, table: &Table) {
    let (name, path, hash) = (&table.name, &table.path, &table.blob.0[..8]);
    line!(out, "table {name} from '{path}' {:?} {hash}, incarnation {}", table.format, table.incarnation);
    schema(out, &table.schema, table.primary_key);
}

fn view(out: &mut String, definitions: &Definitions, view: &View) {
    line!(out, "view {} over {}, reads {}", view.name, view.stream, view.reads.join(", "));
    slots(out, definitions, &view.stream, &view.slots, "  ");
    if let Some(filter) = view.filter {
        line!(out, "  where ${filter}");
    }
    let columns: Vec<String> =
        view.columns.iter().map(|column| format!("{} ${}", column.name, column.slot)).collect();
    line!(out, "  columns {}", columns.join(", "));
}

fn slots(out: &mut String, definitions: &Definitions, stream: &str, slots: &[Slot], indent: &str) {
    for (at, slot) in slots.iter().enumerate() {
        part!(out, "{indent}${at} ");
        match &slot.source {
            Source::Input(column) => {
                let name = &definitions.streams[stream].schema.fields[*column].name;
                part!(out, "input {name}");
            }
            Source::Scalar(value) => out.push_str(&expression(value)),
            Source::Lookup { table, key, column } => {
                let name = &definitions.tables[table].schema.fields[*column].name;
                part!(out, "lookup {table}[${key}].{name}");
            }
            Source::Predict { model, features } => {
                part!(out, "predict {model}({})", list(features));
            }
            Source::Window(window) => {
                windowed(out, window);
                part!(out, ": {}", slot.data_type);
                if let WindowRows::Other { slots: inner, stream, .. } = &window.rows {
                    out.push('\n');
                    self::slots(out, definitions, stream, inner, &format!("{indent}    "));
                    continue;
                }
                out.push('\n');
                continue;
            }
        }
        line!(out, ": {}", slot.data_type);
    }
}

fn windowed(out: &mut String, window: &Window) {
    let one = |feed: &Feed| {
        let argument = feed.argument.map_or("*".to_owned(), |slot| format!("${slot}"));
        let mut text = format!("{:?}({argument})", window.function);
        if let Some(filter) = feed.filter {
            part!(text, " filter ${filter}");
        }
        if let Some(admit) = feed.admit {
            part!(text, " of rows where ${admit}");
        }
        text
    };
    match &window.rows {
        WindowRows::Own(feed) => part!(out, "{} by ({})", one(feed), list(&feed.key)),
        WindowRows::Other { stream, feed, probe, .. } => {
            part!(out, "{} of {stream} by ({}) = ({})", one(feed), list(&feed.key), list(probe));
        }
    }
    part!(out, " {}", frame(&window.frame));
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
    line!(out, "rule {} on {}: outcome {}, {:?}", rule.name, rule.decision, rule.outcome, rule.mode);
    line!(out, "  when {}", expression(&rule.condition));
    line!(out, "  text {:?}, reads {}", rule.condition_text, list(&rule.reads));
    if let Some(reason) = &rule.reason {
        line!(out, "  reason {reason:?}");
    }
}

fn sink(out: &mut String, sink: &Sink) {
    match &sink.target {
        Target::File { path, format } => {
            line!(out, "sink {} on {} to '{path}' {format:?}", sink.name, sink.source);
        }
        Target::Webhook(webhook) => line!(out, "sink {} on {} to {webhook:?}", sink.name, sink.source),
    }
    if let Some(condition) = &sink.condition {
        line!(out, "  where {}", expression(condition));
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
        Expr::Call { function: "cast", arguments, data_type } => {
            format!("cast({} as {data_type})", all(arguments))
        }
        Expr::Call { function, arguments, .. } => format!("{function}({})", all(arguments)),
        Expr::And(left, right) => format!("({} and {})", expression(left), expression(right)),
        Expr::Or(left, right) => format!("({} or {})", expression(left), expression(right)),
        Expr::Case { branches, otherwise, .. } => {
            let mut text = "case".to_owned();
            for (condition, value) in branches {
                part!(text, " when {} then {}", expression(condition), expression(value));
            }
            if let Some(otherwise) = otherwise {
                part!(text, " else {}", expression(otherwise));
            }
            text + " end"
        }
        Expr::Coalesce { arguments, .. } => format!("coalesce({})", all(arguments)),
    }
}
