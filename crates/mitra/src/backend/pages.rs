//! What the console shows beyond the API's answers: definitions with their cost, roles, the latest decisions.

use std::{path::Path, sync::Arc};

use catalog::cost::{self, Report};
use console::{Definition, Health, Recent, Role};
use eventlog::Cursors;
use runtime::node::State;
use sql::{
    Definitions,
    definition::{Key, Kind, SinkSource, View},
};
use storage::Disk;
use types::Schema;

use super::Backend;

/// Events a second that costs are stated for, as `mitra check` does when it is not told.
const COST_RATE: u64 = 1_000;
/// The path of statements that came over the network.
pub(super) const SENT: &str = "statement";

impl console::Source for Backend {
    fn definitions(&self) -> Vec<Definition> {
        let definitions = Backend::definitions(self);
        let report = cost::estimate(&definitions, COST_RATE);
        let one = |(key, statement): (&Key, &Arc<sql::Statement>)| Definition {
            kind: key.kind.name(),
            name: key.name.clone(),
            decision: key.decision.clone(),
            text: statement.text.clone(),
            place: if statement.path == SENT {
                "sent to the running system".to_owned()
            } else {
                format!("{}:{}", statement.path, statement.line)
            },
            cost: cost_of(key, &report),
            reads: reads(key, &definitions),
            columns: columns(key, &definitions),
        };
        definitions.statements.iter().map(one).collect()
    }

    fn cost(&self) -> String {
        cost::estimate(&Backend::definitions(self), COST_RATE).to_string()
    }

    fn roles(&self) -> Vec<Role> {
        let shared = self.handle.shared();
        let figures = shared.figures();
        let (health, state) = match shared.state() {
            State::Ready => (Health::Good, format!("{} events wait", figures.waiting)),
            State::Full => (Health::Waiting, "the disk is full, or as full as it may be".to_owned()),
            State::Broken(_) => (Health::Bad, "broken".to_owned()),
        };
        let mut roles = vec![Role { name: "Engine".to_owned(), health, state, lag_bytes: None }];
        let age = figures.checkpoint_age.as_secs();
        let state = match figures.checkpoint_position {
            0 => "none yet".to_owned(),
            position => format!("{age} s ago, at position {position}"),
        };
        roles.push(Role { name: "Checkpoint".to_owned(), health: Health::Good, state, lag_bytes: None });
        for sink in Backend::definitions(self).sinks.values() {
            let is_up = crate::sinks::up(&self.registry, &sink.name).get() == 1;
            let rows = crate::sinks::written(&self.registry, &sink.name).get();
            roles.push(Role {
                name: format!("Sink {}", sink.name),
                health: if is_up { Health::Good } else { Health::Bad },
                state: if is_up {
                    format!("{rows} rows to {}", sink.target)
                } else {
                    "takes no rows".to_owned()
                },
                lag_bytes: u64::try_from(crate::sinks::behind(&self.registry, &sink.name).get()).ok(),
            });
        }
        // Readers whose cursors cannot be read just now are shown the next time.
        let readers = self.readers.as_ref().and_then(|readers| readers.all().ok()).unwrap_or_default();
        roles.extend(readers.into_iter().map(|(name, cursor)| Role {
            name: format!("Reader {name}"),
            health: Health::Good,
            state: "has committed".to_owned(),
            lag_bytes: Some(figures.log_end.0.saturating_sub(cursor.0)),
        }));
        roles
    }

    fn recent(&self, cursor: Option<u64>) -> Result<Recent, String> {
        self.recently(cursor).map_err(|error| format!("{error:#}"))
    }
}

/// The cursors of the log's registered readers.
pub(super) fn readers(directory: &Path) -> Option<Cursors> {
    Cursors::open(Arc::new(Disk), directory).ok()
}

fn reads(key: &Key, definitions: &Definitions) -> Vec<String> {
    let view = |view: &Arc<View>| {
        let mut names = vec![view.stream.clone()];
        names.extend(view.reads.iter().filter(|name| **name != view.stream).cloned());
        names
    };
    let found = match key.kind {
        Kind::View => definitions.views.get(&key.name).map(view),
        Kind::Decision => definitions.decisions.get(&key.name).map(|decision| vec![decision.view.clone()]),
        Kind::Rule => key.decision.clone().map(|decision| vec![decision]),
        Kind::Sink => definitions.sinks.get(&key.name).map(|sink| match &sink.source {
            SinkSource::Decision(name) | SinkSource::Late(name) => vec![name.clone()],
        }),
        Kind::Function | Kind::Stream | Kind::Table | Kind::Model => None,
    };
    found.unwrap_or_default()
}

fn columns(key: &Key, definitions: &Definitions) -> Vec<(String, String)> {
    let declared = |schema: &Schema| {
        schema.fields.iter().map(|field| (field.name.clone(), field.data_type.to_string())).collect()
    };
    let computed = |view: &Arc<View>| {
        let one = |column: &sql::definition::ViewColumn| {
            (column.name.clone(), view.slots[column.slot].data_type.to_string())
        };
        view.columns.iter().map(one).collect()
    };
    let found: Option<Vec<_>> = match key.kind {
        Kind::Stream => definitions.streams.get(&key.name).map(|stream| declared(&stream.schema)),
        Kind::Table => definitions.tables.get(&key.name).map(|table| declared(&table.schema)),
        Kind::View => definitions.views.get(&key.name).map(computed),
        _ => None,
    };
    found.unwrap_or_default()
}

/// The parts of a cost that are not zero.
fn cost_of(key: &Key, report: &Report) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut part = |count: u64, one: &str, many: &str| {
        if count > 0 {
            parts.push(format!("{count} {}", if count == 1 { one } else { many }));
        }
    };
    match key.kind {
        Kind::Stream => {
            let stream = report.streams.iter().find(|stream| stream.name == key.name);
            let prefix = format!("{}(", key.name);
            let timelines =
                report.timelines.iter().filter(|timeline| timeline.name.starts_with(&prefix)).count();
            part(timelines as u64, "timeline", "timelines");
            part(stream.map_or(0, |stream| stream.event_bytes), "byte an event", "bytes an event in the log");
        }
        Kind::View => {
            let Some(view) = report.views.iter().find(|view| view.name == key.name) else {
                return String::new();
            };
            part(view.columns as u64, "column", "columns");
            part(view.windows as u64, "window value", "window values");
            part(view.lookups as u64, "look-up", "look-ups");
            part(view.scores as u64, "score", "scores");
            if !view.is_read {
                return "not computed: no decision reads it".to_owned();
            }
        }
        Kind::Decision => {
            let found = report.decisions.iter().find(|decision| decision.name == key.name);
            let Some(decision) = found else { return String::new() };
            part(decision.recorded as u64, "column recorded", "columns recorded");
            part(decision.reads as u64, "window value read", "window values read");
            part(decision.rules as u64, "rule", "rules");
        }
        _ => {}
    }
    parts.join(", ")
}
