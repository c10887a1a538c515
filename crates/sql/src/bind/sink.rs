//! `CREATE SINK`: which records of a decision are written where.

use crate::{
    definition::{Definitions, Format, Sink},
    error::Fault,
    parse::sink::CreateSink,
};

use super::{decision, rule::Columns, scalar, table};

pub(super) fn bind(create: &CreateSink, definitions: &Definitions) -> Result<Sink, Fault> {
    let (decision, view) = decision::known(&create.decision, definitions)?;
    let condition = match &create.condition {
        None => None,
        Some((condition, span)) => {
            let mut columns = Columns { view, decision: &decision.name, outcome: true, reads: Vec::new() };
            let bound = scalar::condition(condition, "WHERE", &mut columns);
            Some(bound.map_err(|fault| fault.or_at(*span))?)
        }
    };
    let format = table::format(&create.path, &[Format::Ndjson, Format::Parquet])?;
    let taken = definitions
        .sinks
        .values()
        .find(|sink| sink.path == create.path.text && sink.name != create.name.text);
    if let Some(other) = taken {
        let message = format!("sink {} already writes '{}'", other.name, other.path);
        return Err(Fault::new(create.path.span, message).help("name another file"));
    }
    Ok(Sink {
        name: create.name.text.clone(),
        decision: decision.name.clone(),
        condition,
        path: create.path.text.clone(),
        format,
    })
}
