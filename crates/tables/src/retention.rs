//! How long rows stay: as long as their stream says, by the log's own clock, a file at a time.

use std::sync::Arc;

use types::Micros;

use crate::{relation::Relation, segment::Segment};

/// Drops the files and parts of which every row is older than the table keeps, and returns the files: they must stay until a
/// manifest without them is durable.
pub fn expire(relation: &mut Relation, clock: Micros) -> Vec<Arc<Segment>> {
    let Some(horizon) = clock.checked_sub(relation.hot) else { return Vec::new() };
    let is_old =
        |segment: &mut Arc<Segment>| segment.entry().span.is_some_and(|span| span.last_arrived < horizon);
    let expired = relation.segments.extract_if(.., is_old).collect();
    relation.parts.retain(|part| part.span.last_arrived >= horizon);
    expired
}
