//! Order of computation: a value runs after what it reads, and a timeline after all that feeds and probes it.

use std::sync::Arc;

use expr::Program;
use sql::definition::Definitions;

use super::{
    EpochPlan, Level, LevelTimeline, NodeId, Plan, PlanDecision, Step,
    graph::{Graph, NodeSource, StreamGraph, columns, map_columns},
};
use crate::Error;

/// When each node and timeline runs.
pub(super) struct Levels {
    /// Of each stream's nodes: the stratum and the pass within it.
    nodes: Vec<Vec<(usize, usize)>>,
    pub timelines: Vec<usize>,
}

impl Levels {
    /// Raises levels until every value runs after what it reads.
    pub fn of(graph: &Graph) -> Result<Self, Error> {
        let nodes = graph.streams.iter().map(|stream| vec![(0, 0); stream.nodes.len()]).collect();
        let mut levels = Self { nodes, timelines: vec![0; graph.timelines.len()] };
        let deepest = graph.timelines.len() + 1;
        loop {
            let changed = levels.raise_nodes(graph) | levels.raise_timelines(graph);
            if !changed {
                return Ok(levels);
            }
            if let Some(timeline) = levels.timelines.iter().position(|level| *level > deepest) {
                let stream = graph.timelines[timeline].sides[0].stream;
                return Err(Error::Cycle { stream: graph.streams[stream].definition.name.clone() });
            }
        }
    }

    fn raise_nodes(&mut self, graph: &Graph) -> bool {
        let mut changed = false;
        for (stream, own) in graph.streams.iter().enumerate() {
            for node in 0..own.nodes.len() {
                let mut place = (0, 0);
                let is_scalar = matches!(own.nodes[node].source, NodeSource::Scalar(_));
                for read in reads(graph, stream, node) {
                    let (level, pass) = self.nodes[stream][read];
                    let waits = match own.nodes[read].source {
                        NodeSource::Lookup { .. } | NodeSource::Predict { .. } => 1,
                        NodeSource::Scalar(_) if is_scalar => 1,
                        _ => 0,
                    };
                    place = place.max((level, pass + waits));
                }
                if let NodeSource::Window { timeline } = own.nodes[node].source {
                    place = (self.timelines[timeline] + 1, 0);
                }
                changed |= self.nodes[stream][node] != place;
                self.nodes[stream][node] = place;
            }
        }
        changed
    }

    fn raise_timelines(&mut self, graph: &Graph) -> bool {
        let mut changed = false;
        for index in 0..graph.timelines.len() {
            let level =
                inputs(graph, index).map(|(stream, node)| self.nodes[stream][node].0).max().unwrap_or(0);
            changed |= self.timelines[index] != level;
            self.timelines[index] = level;
        }
        changed
    }
}

/// Nodes of the same stream that a node reads; a window's come from its timeline.
fn reads(graph: &Graph, stream: usize, node: NodeId) -> Vec<NodeId> {
    // What makes it NULL is among what it reads, directly or not.
    match &graph.streams[stream].nodes[node].source {
        NodeSource::Input(_) | NodeSource::Window { .. } => Vec::new(),
        NodeSource::Scalar(expression) => {
            let mut read = Vec::new();
            columns(expression, &mut |node| read.push(node));
            read
        }
        NodeSource::Lookup { key_set, .. } => graph.key_sets[*key_set].nodes.clone(),
        NodeSource::Predict { features, .. } => features.clone(),
        NodeSource::Unraised { filter, by } => filter.iter().chain(by).copied().collect(),
    }
}

/// Stream and node of everything that a timeline needs before it runs.
fn inputs(graph: &Graph, timeline: usize) -> impl Iterator<Item = (usize, NodeId)> {
    let timeline = &graph.timelines[timeline];
    let writer = timeline.sides[0].stream;
    let values = timeline.columns.iter().chain(&timeline.admit).map(move |node| (writer, *node));
    let keys = timeline.sides.iter().flat_map(|side| {
        let nodes = &graph.key_sets[side.key_set].nodes;
        nodes.iter().map(move |node| (side.stream, *node))
    });
    values.chain(keys)
}

/// What events of one epoch need: what its decisions read and what puts rows on any timeline.
pub(super) fn epoch(
    graph: &Graph,
    levels: &Levels,
    definitions: Arc<Definitions>,
    decisions: Vec<PlanDecision>,
) -> EpochPlan {
    let needed = needed(graph, &decisions);
    let deepest_node = levels.nodes.iter().flatten().map(|place| place.0).max().unwrap_or(0);
    let deepest = levels.timelines.iter().copied().max().unwrap_or(0).max(deepest_node);
    let level = |level: usize| Level {
        steps: (0..graph.streams.len()).map(|stream| steps(graph, levels, &needed, stream, level)).collect(),
        timelines: (0..graph.timelines.len())
            .filter(|timeline| levels.timelines[*timeline] == level)
            .map(|timeline| level_timeline(graph, &needed, timeline))
            .collect(),
    };
    EpochPlan { definitions, levels: (0..=deepest).map(level).collect(), decisions }
}

fn needed(graph: &Graph, decisions: &[PlanDecision]) -> Vec<Vec<bool>> {
    let mut needed: Vec<Vec<bool>> =
        graph.streams.iter().map(|stream| vec![false; stream.nodes.len()]).collect();
    let mut open: Vec<(usize, NodeId)> = Vec::new();
    for decision in decisions {
        let nodes = decision.columns.iter().chain(&decision.conditions).chain(&decision.filter);
        open.extend(nodes.map(|node| (decision.stream, *node)));
    }
    for (index, timeline) in graph.timelines.iter().enumerate() {
        let writer = timeline.sides[0].stream;
        open.extend(inputs(graph, index).filter(|(stream, _)| *stream == writer));
    }
    while let Some((stream, node)) = open.pop() {
        if std::mem::replace(&mut needed[stream][node], true) {
            continue;
        }
        open.extend(reads(graph, stream, node).into_iter().map(|read| (stream, read)));
        if let NodeSource::Window { timeline } = graph.streams[stream].nodes[node].source {
            open.extend(inputs(graph, timeline));
        }
    }
    needed
}

fn level_timeline(graph: &Graph, needed: &[Vec<bool>], timeline: usize) -> LevelTimeline {
    let mut planned = LevelTimeline { timeline, aggregates: Vec::new(), nodes: Vec::new() };
    for side in &graph.timelines[timeline].sides {
        let reads = side.reads.iter().filter(|(_, node)| needed[side.stream][*node]);
        let (aggregates, nodes) = reads.copied().unzip();
        planned.aggregates.push(aggregates);
        planned.nodes.push(nodes);
    }
    planned
}

fn steps(graph: &Graph, levels: &Levels, needed: &[Vec<bool>], stream: usize, level: usize) -> Vec<Step> {
    let own = &graph.streams[stream];
    let here: Vec<NodeId> = (0..own.nodes.len())
        .filter(|node| needed[stream][*node] && levels.nodes[stream][*node].0 == level)
        .collect();
    let passes = here.iter().map(|node| levels.nodes[stream][*node].1).max().map_or(0, |pass| pass + 1);
    let mut steps = Vec::new();
    for pass in 0..passes {
        let nodes: Vec<NodeId> =
            here.iter().copied().filter(|node| levels.nodes[stream][*node].1 == pass).collect();
        // Windows have come from the level before; each other kind may read those before it.
        steps.extend(nulls(own, &nodes, |source| matches!(source, NodeSource::Window { .. })));
        steps.extend(scalars(graph, stream, &nodes));
        steps.extend(nulls(own, &nodes, |source| matches!(source, NodeSource::Scalar(_))));
        steps.extend(nodes.iter().filter_map(|node| match &own.nodes[*node].source {
            NodeSource::Unraised { filter, by } => {
                Some(Step::Unraised { filter: *filter, by: by.clone(), output: *node })
            }
            _ => None,
        }));
        steps.extend(lookups(graph, stream, &nodes));
        steps.extend(nodes.iter().filter_map(|node| match &own.nodes[*node].source {
            NodeSource::Predict { model, features } => {
                Some(Step::Predict { model: *model, features: features.clone(), output: *node })
            }
            _ => None,
        }));
        let last =
            |source: &NodeSource| matches!(source, NodeSource::Lookup { .. } | NodeSource::Predict { .. });
        steps.extend(nulls(own, &nodes, last));
    }
    steps
}

/// The NULLs of those nodes of a kind that parts of their own expressions can make NULL.
fn nulls(own: &StreamGraph, nodes: &[NodeId], is_kind: impl Fn(&NodeSource) -> bool) -> Vec<Step> {
    let of_kind = nodes.iter().filter(|node| is_kind(&own.nodes[**node].source));
    let nulled = of_kind.filter(|node| !own.nodes[**node].nulled_by.is_empty());
    nulled.map(|node| Step::Null { node: *node, by: own.nodes[*node].nulled_by.clone() }).collect()
}

fn scalars(graph: &Graph, stream: usize, nodes: &[NodeId]) -> Option<Step> {
    let mut inputs: Vec<NodeId> = Vec::new();
    let mut outputs = Vec::new();
    let mut expressions = Vec::new();
    for node in nodes {
        let NodeSource::Scalar(expression) = &graph.streams[stream].nodes[*node].source else { continue };
        outputs.push(*node);
        expressions.push(map_columns(expression, &mut |read| {
            inputs.iter().position(|input| *input == read).unwrap_or_else(|| {
                inputs.push(read);
                inputs.len() - 1
            })
        }));
    }
    let program = (!outputs.is_empty()).then(|| Program::compile(&expressions))?;
    Some(Step::Scalars { program, machine: 0, inputs, outputs })
}

fn lookups(graph: &Graph, stream: usize, nodes: &[NodeId]) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for node in nodes {
        let NodeSource::Lookup { incarnation, key_set, column } = &graph.streams[stream].nodes[*node].source
        else {
            continue;
        };
        let known = steps.iter_mut().find_map(|step| match step {
            Step::Lookup { incarnation: other, key_set: keys, outputs }
                if other == incarnation && keys == key_set =>
            {
                Some(outputs)
            }
            _ => None,
        });
        match known {
            Some(outputs) => outputs.push((*column, *node)),
            None => steps.push(Step::Lookup {
                incarnation: *incarnation,
                key_set: *key_set,
                outputs: vec![(*column, *node)],
            }),
        }
    }
    steps
}

/// Gives every program of a plan its own scratch space.
pub(super) fn number_machines(plan: &mut Plan) {
    let steps = plan.epochs.values_mut().chain([&mut plan.observer]).flat_map(|epoch| &mut epoch.levels);
    let mut next = 0;
    for step in steps.flat_map(|level| level.steps.iter_mut().flatten()) {
        if let Step::Scalars { machine, .. } = step {
            *machine = next;
            next += 1;
        }
    }
}
