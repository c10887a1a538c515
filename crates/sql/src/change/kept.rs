//! What outlives a definition: the log keeps a stream's rows, and events of any age look at tables that are gone.

use std::sync::Arc;

use crate::{
    bind::Bound,
    definition::{Definitions, Stream, Table},
    error::Fault,
    statement::Statement,
};

impl Definitions {
    /// Refuses a stream under the name of another one whose rows are in the log.
    pub(super) fn check_kept(&self, statement: &Statement, bound: Bound) -> Result<Bound, Fault> {
        let Bound::Stream(stream) = &bound else { return Ok(bound) };
        let Some(gone) = self.gone.get(&stream.name) else { return Ok(bound) };
        let Some(other) = difference(gone, stream) else { return Ok(bound) };
        let message = format!("stream {} was here before with {other}", stream.name);
        Err(Fault::new(statement.name_span(), message)
            .help("the log keeps its rows: write the definition that it had, or choose another name"))
    }

    /// Takes over from the definitions before what outlives them.
    pub(super) fn keep(&mut self, before: &Self) {
        for (name, stream) in &before.streams {
            self.gone.insert(name.clone(), Arc::clone(stream));
        }
        self.gone.retain(|name, _| !self.streams.contains_key(name));
        for (name, table) in &mut self.tables {
            let present = before.tables.get(name);
            if present.is_some_and(|present| Arc::ptr_eq(present, table)) {
                continue;
            }
            let incarnation = match present.filter(|present| is_same_shape(present, table)) {
                Some(present) => present.incarnation,
                None => {
                    self.incarnations += 1;
                    self.incarnations
                }
            };
            Arc::make_mut(table).incarnation = incarnation;
        }
    }
}

/// Whether rows of one mean the same in the other.
fn is_same_shape(one: &Table, other: &Table) -> bool {
    one.schema == other.schema && one.primary_key == other.primary_key
}

/// What is not the same of two streams.
fn difference(one: &Stream, other: &Stream) -> Option<&'static str> {
    let parts = [
        (one.schema == other.schema, "other columns"),
        (one.primary_key == other.primary_key, "another primary key"),
        (one.event_time == other.event_time, "another event_time"),
        (one.arrival_time == other.arrival_time, "another arrival_time"),
        (one.allowed_lateness == other.allowed_lateness, "another allowed_lateness"),
        (one.future_max == other.future_max, "another future_max"),
        (one.dedupe == other.dedupe, "another dedupe"),
        (one.hot == other.hot, "another hot"),
        (one.key_horizon == other.key_horizon, "another key_horizon"),
        (one.tokens == other.tokens, "another pii"),
        (one == other, "another definition"),
    ];
    parts.into_iter().find_map(|(same, what)| (!same).then_some(what))
}
