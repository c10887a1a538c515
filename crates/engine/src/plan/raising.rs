//! What a value does where PostgreSQL would raise an error: which items are NULL, which rows do not count, what is told.
//!
//! An item is an expression with a name. Parts of it that stand in slots of their own are hidden: an error of theirs is the
//! item's. An aggregate's argument and FILTER only drop their row from it, and the item tells of it.

use expr::Expr;
use sql::definition::{Feed, Slot, Source, Window, WindowRows};
use windows::Function;

use super::{
    NodeId,
    graph::{Graph, NodeSource},
};

/// Nodes where an error makes the value of a slot NULL, apart from its own node; `nodes` are those of earlier slots.
pub(super) fn nulled_by(
    graph: &Graph,
    stream: usize,
    slots: &[Slot],
    nodes: &[NodeId],
    slot: usize,
) -> Vec<NodeId> {
    let reads = hidden(slots, slot, &needs);
    let mut found: Vec<NodeId> = reads.flat_map(|read| with_own(graph, stream, nodes[read])).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// Nodes whose errors are told with an item that has the value of `slot`: those that make it NULL first.
pub(super) fn told(
    graph: &Graph,
    stream: usize,
    slots: &[Slot],
    nodes: &[NodeId],
    slot: usize,
) -> Vec<NodeId> {
    let mut found = Vec::new();
    let mut seen = vec![false; slots.len()];
    let mut open = vec![slot];
    while let Some(slot) = open.pop() {
        if std::mem::replace(&mut seen[slot], true) {
            continue;
        }
        let node = nodes[slot];
        if matches!(graph.streams[stream].nodes[node].source, NodeSource::Scalar(_)) {
            found.push(node);
        }
        open.extend(hidden(slots, slot, &feeds).chain(hidden(slots, slot, &needs)));
    }
    found
}

/// The filter of a window: of functions that respect NULLs it also drops rows whose argument raised.
pub(super) fn filter(
    graph: &mut Graph,
    writer: usize,
    window: &Window,
    hidden: &[usize],
    nodes: &[NodeId],
) -> Option<NodeId> {
    let feed = match &window.rows {
        WindowRows::Own(feed) | WindowRows::Other { feed, .. } => feed,
    };
    let filter = feed.filter.map(|slot| nodes[slot]);
    let respects_nulls = matches!(window.function, Function::FirstValue | Function::LastValue);
    let Some(argument) = feed.argument.filter(|slot| respects_nulls && hidden.contains(slot)) else {
        return filter;
    };
    let by = with_own(graph, writer, nodes[argument]);
    if by.is_empty() { filter } else { Some(graph.unraised(writer, filter, by)) }
}

/// Nodes of a subquery's own stream whose errors keep rows out of its aggregate: no record tells of them.
pub(super) fn dropping(graph: &Graph, writer: usize, feed: &Feed, nodes: &[NodeId]) -> Vec<NodeId> {
    let slots = feed.key.iter().chain(&feed.admit).chain(&feed.filter).chain(&feed.argument);
    slots.flat_map(|slot| with_own(graph, writer, nodes[*slot])).collect()
}

/// Every node where an error makes `node` NULL.
fn with_own(graph: &Graph, stream: usize, node: NodeId) -> Vec<NodeId> {
    let own = &graph.streams[stream].nodes[node];
    let raises = matches!(&own.source, NodeSource::Scalar(value) if !matches!(value, Expr::Literal { .. }));
    own.nulled_by.iter().copied().chain(raises.then_some(node)).collect()
}

/// The hidden slots among those that `pick` gives.
fn hidden<'a>(
    slots: &'a [Slot],
    slot: usize,
    pick: &dyn Fn(&'a Slot) -> Vec<usize>,
) -> impl Iterator<Item = usize> + use<'a> {
    let of = &slots[slot];
    pick(of).into_iter().filter(|read| of.hidden.contains(read))
}

/// Slots without whose values there is none.
fn needs(slot: &Slot) -> Vec<usize> {
    match &slot.source {
        Source::Window(Window { rows: WindowRows::Own(feed), .. }) => feed.key.clone(),
        Source::Window(Window { rows: WindowRows::Other { probe, .. }, .. }) => probe.clone(),
        _ => slot.hidden.clone(),
    }
}

/// Slots that put the event's row into an aggregate.
fn feeds(slot: &Slot) -> Vec<usize> {
    match &slot.source {
        Source::Window(Window { rows: WindowRows::Own(feed), .. }) => {
            feed.argument.into_iter().chain(feed.filter).collect()
        }
        _ => Vec::new(),
    }
}
