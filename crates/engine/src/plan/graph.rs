//! The graph of values of each stream, where equal values are one node whatever view asked for them.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use expr::Expr;
use sql::definition::{BlobHash, Definitions, Feed, Slot, Source, Stream, Window, WindowRows};
use types::DataType;
use windows::{Aggregate, Frame, Function, TimelineSpec};
use xxhash_rust::xxh3::xxh3_128;

use super::{KeySet, NodeId, PlanSide, PlanTimeline, raising};
use crate::Error;

/// How a node's value is made; column indices of a `Scalar` are nodes.
#[derive(Clone, Debug)]
pub(super) enum NodeSource {
    Input(usize),
    Scalar(Expr),
    Window {
        timeline: usize,
    },
    Lookup {
        incarnation: u64,
        key_set: usize,
        column: usize,
    },
    Predict {
        model: usize,
        features: Vec<NodeId>,
    },
    /// Whether a row counts: the filter is true and none of the others raised.
    Unraised {
        filter: Option<NodeId>,
        by: Vec<NodeId>,
    },
}

#[derive(Clone, Debug)]
pub(super) struct Node {
    pub source: NodeSource,
    pub data_type: DataType,
    /// Parts of its own expression: where one of them raised, it is NULL.
    pub nulled_by: Vec<NodeId>,
    /// Equal for equal values in every plan.
    pub identity: u128,
}

#[derive(Clone, Debug)]
pub(super) struct StreamGraph {
    pub definition: Arc<Stream>,
    pub nodes: Vec<Node>,
    /// By part and identity.
    by_identity: BTreeMap<(usize, u128), NodeId>,
}

/// All graphs of a plan under construction.
#[derive(Clone, Debug, Default)]
pub(super) struct Graph {
    pub streams: Vec<StreamGraph>,
    pub timelines: Vec<PlanTimeline>,
    /// Of each timeline: the part that it belongs to.
    parts: Vec<usize>,
    /// The part that is built. Parts share streams and models, but neither values nor timelines.
    part: usize,
    pub key_sets: Vec<KeySet>,
    pub models: Vec<BlobHash>,
    /// Stream and node of what keeps rows out of aggregates without a record that could tell of it.
    pub dropping: BTreeSet<(usize, NodeId)>,
}

impl Graph {
    /// Begins a part of its own.
    pub fn part(&mut self) {
        self.part += 1;
    }

    /// The index of a stream, added when it is new.
    pub fn stream(&mut self, definition: &Arc<Stream>) -> usize {
        let known = self.streams.iter().position(|stream| stream.definition.name == definition.name);
        known.unwrap_or_else(|| {
            self.streams.push(StreamGraph {
                definition: Arc::clone(definition),
                nodes: Vec::new(),
                by_identity: BTreeMap::new(),
            });
            self.streams.len() - 1
        })
    }

    /// Adds `slots` of `stream` and returns the node of each.
    pub fn slots(
        &mut self,
        stream: usize,
        slots: &[Slot],
        definitions: &Definitions,
    ) -> Result<Vec<NodeId>, Error> {
        let mut nodes = Vec::with_capacity(slots.len());
        for (index, slot) in slots.iter().enumerate() {
            let nulled_by = raising::nulled_by(self, stream, slots, &nodes, index);
            let node = match &slot.source {
                Source::Input(column) => {
                    let identity =
                        digest(&["input", &self.streams[stream].definition.name, &column.to_string()]);
                    self.node(stream, NodeSource::Input(*column), slot.data_type, identity, vec![])
                }
                Source::Scalar(expression) => {
                    let mapped = map_columns(expression, &mut |slot| nodes[slot]);
                    self.scalar(stream, mapped, nulled_by)
                }
                Source::Window(window) => {
                    self.window(stream, slots, &nodes, window, index, nulled_by, definitions)?
                }
                Source::Lookup { table, key, column } => {
                    let definition = definitions.tables.get(table);
                    let definition = definition.ok_or_else(|| Error::Undefined(format!("table {table}")))?;
                    let incarnation = definition.incarnation;
                    let key_set = self.key_set(stream, vec![nodes[*key]]);
                    let key = self.streams[stream].nodes[nodes[*key]].identity;
                    let parts = [incarnation.to_string(), key.to_string(), column.to_string()];
                    let identity = digest(&["lookup", table, &parts[0], &parts[1], &parts[2]]);
                    let source = NodeSource::Lookup { incarnation, key_set, column: *column };
                    self.node(stream, source, slot.data_type, identity, nulled_by)
                }
                Source::Predict { model, features } => {
                    let definition = definitions
                        .models
                        .get(model)
                        .ok_or_else(|| Error::Undefined(format!("model {model}")))?;
                    let features = features.iter().map(|slot| nodes[*slot]).collect();
                    self.predict(stream, &definition.blob, features, nulled_by)
                }
            };
            nodes.push(node);
        }
        Ok(nodes)
    }

    /// Adds an expression whose column indices are nodes of `stream`.
    pub fn scalar(&mut self, stream: usize, expression: Expr, nulled_by: Vec<NodeId>) -> NodeId {
        if let Expr::Column { index, .. } = expression {
            return index;
        }
        let graph = &self.streams[stream];
        let mut seen: Vec<NodeId> = Vec::new();
        let local = map_columns(&expression, &mut |node| {
            seen.iter().position(|other| *other == node).unwrap_or_else(|| {
                seen.push(node);
                seen.len() - 1
            })
        });
        let mut parts = vec!["scalar".to_owned(), format!("{local:?}")];
        parts.extend(seen.iter().map(|node| graph.nodes[*node].identity.to_string()));
        let identity = digest(&parts);
        let data_type = expression.data_type();
        self.node(stream, NodeSource::Scalar(expression), data_type, identity, nulled_by)
    }

    fn predict(
        &mut self,
        stream: usize,
        blob: &BlobHash,
        features: Vec<NodeId>,
        nulled_by: Vec<NodeId>,
    ) -> NodeId {
        let model = self.models.iter().position(|other| other == blob).unwrap_or_else(|| {
            self.models.push(blob.clone());
            self.models.len() - 1
        });
        let mut parts = vec!["predict".to_owned(), blob.0.clone()];
        parts.extend(features.iter().map(|node| self.streams[stream].nodes[*node].identity.to_string()));
        let source = NodeSource::Predict { model, features };
        self.node(stream, source, DataType::Double, digest(&parts), nulled_by)
    }

    /// Rows whose `by` raised, and those that do not pass `filter`, do not count.
    pub fn unraised(&mut self, stream: usize, filter: Option<NodeId>, by: Vec<NodeId>) -> NodeId {
        let identities = filter.iter().chain(&by).map(|node| self.streams[stream].nodes[*node].identity);
        let mut parts = vec!["unraised".to_owned(), filter.is_some().to_string()];
        parts.extend(identities.map(|identity| identity.to_string()));
        let source = NodeSource::Unraised { filter, by };
        self.node(stream, source, DataType::Boolean, digest(&parts), vec![])
    }

    fn node(
        &mut self,
        stream: usize,
        source: NodeSource,
        data_type: DataType,
        identity: u128,
        nulled_by: Vec<NodeId>,
    ) -> NodeId {
        let graph = &mut self.streams[stream];
        let mut identity = identity;
        if !nulled_by.is_empty() {
            let mut parts = vec!["nulled".to_owned(), identity.to_string()];
            parts.extend(nulled_by.iter().map(|node| graph.nodes[*node].identity.to_string()));
            identity = digest(&parts);
        }
        *graph.by_identity.entry((self.part, identity)).or_insert_with(|| {
            graph.nodes.push(Node { source, data_type, nulled_by, identity });
            graph.nodes.len() - 1
        })
    }

    fn key_set(&mut self, stream: usize, nodes: Vec<NodeId>) -> usize {
        let key_set = KeySet { stream, nodes };
        self.key_sets.iter().position(|other| *other == key_set).unwrap_or_else(|| {
            self.key_sets.push(key_set);
            self.key_sets.len() - 1
        })
    }

    #[expect(clippy::too_many_arguments, reason = "a slot with all that it stands in")]
    fn window(
        &mut self,
        stream: usize,
        slots: &[Slot],
        nodes: &[NodeId],
        window: &Window,
        index: usize,
        nulled_by: Vec<NodeId>,
        definitions: &Definitions,
    ) -> Result<NodeId, Error> {
        let data_type = slots[index].data_type;
        let (writer, writer_nodes, feed, probe) = match &window.rows {
            WindowRows::Own(feed) => {
                (stream, nodes.to_vec(), feed, feed.key.iter().map(|slot| nodes[*slot]).collect::<Vec<_>>())
            }
            WindowRows::Other { stream: other, slots, feed, probe } => {
                let definition = definitions
                    .streams
                    .get(other)
                    .ok_or_else(|| Error::Undefined(format!("stream {other}")))?;
                let writer = self.stream(definition);
                let writer_nodes = self.slots(writer, slots, definitions)?;
                (writer, writer_nodes, feed, probe.iter().map(|slot| nodes[*slot]).collect())
            }
        };
        let timeline = self.timeline(writer, &writer_nodes, feed);
        let argument = feed.argument.map(|slot| writer_nodes[slot]);
        let filter = raising::filter(self, writer, window, &slots[index].hidden, &writer_nodes);
        if matches!(window.rows, WindowRows::Other { .. }) {
            let dropping = raising::dropping(self, writer, feed, &writer_nodes);
            self.dropping.extend(dropping.into_iter().map(|node| (writer, node)));
        }
        let frame = window.frame;
        let aggregate = self.aggregate(timeline, window.function, argument, filter, frame);
        let own = matches!(window.rows, WindowRows::Own(_));
        let side = self.side(timeline, stream, probe, own);
        let identity = self.window_identity(timeline, side, aggregate);
        let node = self.node(stream, NodeSource::Window { timeline }, data_type, identity, nulled_by);
        let reads = &mut self.timelines[timeline].sides[side].reads;
        if !reads.contains(&(aggregate, node)) {
            reads.push((aggregate, node));
        }
        Ok(node)
    }

    fn timeline(&mut self, writer: usize, nodes: &[NodeId], feed: &Feed) -> usize {
        let key: Vec<NodeId> = feed.key.iter().map(|slot| nodes[*slot]).collect();
        let key_set = self.key_set(writer, key);
        let admit = feed.admit.map(|slot| nodes[slot]);
        let known = self.timelines.iter().zip(&self.parts).position(|(timeline, part)| {
            *part == self.part
                && timeline.sides[0].stream == writer
                && timeline.sides[0].key_set == key_set
                && timeline.admit == admit
        });
        known.unwrap_or_else(|| {
            let definition = &self.streams[writer].definition;
            self.parts.push(self.part);
            self.timelines.push(PlanTimeline {
                identity: String::new(),
                label: String::new(),
                spec: TimelineSpec {
                    columns: vec![],
                    aggregates: vec![],
                    key_horizon: definition.key_horizon,
                },
                sides: vec![PlanSide { stream: writer, key_set, reads: vec![] }],
                columns: vec![],
                column_identities: vec![],
                admit,
                level: 0,
                retention: 0,
            });
            self.timelines.len() - 1
        })
    }

    fn aggregate(
        &mut self,
        timeline: usize,
        function: Function,
        argument: Option<NodeId>,
        filter: Option<NodeId>,
        frame: Frame,
    ) -> usize {
        let mut column = |node: NodeId| {
            let timeline = &mut self.timelines[timeline];
            timeline.columns.iter().position(|other| *other == node).unwrap_or_else(|| {
                timeline.columns.push(node);
                timeline.spec.columns.push(self.streams[timeline.sides[0].stream].nodes[node].data_type);
                timeline.columns.len() - 1
            })
        };
        let argument = argument.map(&mut column);
        let filter = filter.map(&mut column);
        let aggregate = Aggregate { function, argument, filter, frame };
        let aggregates = &mut self.timelines[timeline].spec.aggregates;
        aggregates.iter().position(|other| *other == aggregate).unwrap_or_else(|| {
            aggregates.push(aggregate);
            aggregates.len() - 1
        })
    }

    fn side(&mut self, timeline: usize, stream: usize, probe: Vec<NodeId>, own: bool) -> usize {
        if own {
            return 0;
        }
        let key_set = self.key_set(stream, probe);
        let sides = &mut self.timelines[timeline].sides;
        let known =
            (1..sides.len()).find(|side| sides[*side].stream == stream && sides[*side].key_set == key_set);
        known.unwrap_or_else(|| {
            sides.push(PlanSide { stream, key_set, reads: vec![] });
            sides.len() - 1
        })
    }

    /// What the rows of a timeline are, apart from its columns.
    pub fn rows_identity(&self, timeline: &PlanTimeline) -> Vec<String> {
        let writer = &timeline.sides[0];
        let graph = &self.streams[writer.stream];
        let mut parts = vec!["timeline".to_owned(), graph.definition.name.clone()];
        let key = &self.key_sets[writer.key_set].nodes;
        parts.extend(key.iter().map(|node| format!("key {}", graph.nodes[*node].identity)));
        parts.extend(timeline.admit.map(|node| format!("admit {}", graph.nodes[node].identity)));
        parts
    }

    fn window_identity(&self, timeline: usize, side: usize, aggregate: usize) -> u128 {
        let plan = &self.timelines[timeline];
        let writer = &self.streams[plan.sides[0].stream];
        let reader = &plan.sides[side];
        let Aggregate { function, argument, filter, frame } = plan.spec.aggregates[aggregate];
        let mut parts = self.rows_identity(plan);
        let column = |column: Option<usize>| column.map(|column| writer.nodes[plan.columns[column]].identity);
        parts.push(format!("{function:?} {:?} {:?} {frame:?}", column(argument), column(filter)));
        let probe = &self.key_sets[reader.key_set].nodes;
        let graph = &self.streams[reader.stream];
        parts.push(if side == 0 { "own".to_owned() } else { format!("probe {}", graph.definition.name) });
        parts.extend(probe.iter().map(|node| graph.nodes[*node].identity.to_string()));
        digest(&parts)
    }
}

/// A hash of `parts` that keeps their borders.
pub(super) fn digest<T: AsRef<str>>(parts: &[T]) -> u128 {
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend_from_slice(&(part.as_ref().len() as u64).to_le_bytes());
        bytes.extend_from_slice(part.as_ref().as_bytes());
    }
    xxh3_128(&bytes)
}

/// The expression with every column index replaced.
pub(super) fn map_columns(expression: &Expr, map: &mut dyn FnMut(usize) -> usize) -> Expr {
    let mut many = |list: &[Expr]| list.iter().map(|item| map_columns(item, map)).collect::<Vec<_>>();
    match expression {
        Expr::Column { index, data_type } => Expr::Column { index: map(*index), data_type: *data_type },
        Expr::Literal { .. } => expression.clone(),
        Expr::Call { function, arguments, data_type } => {
            Expr::Call { function, arguments: many(arguments), data_type: *data_type }
        }
        Expr::And(left, right) => {
            Expr::And(Box::new(map_columns(left, map)), Box::new(map_columns(right, map)))
        }
        Expr::Or(left, right) => {
            Expr::Or(Box::new(map_columns(left, map)), Box::new(map_columns(right, map)))
        }
        Expr::Case { branches, otherwise, data_type } => Expr::Case {
            branches: branches
                .iter()
                .map(|(condition, value)| (map_columns(condition, map), map_columns(value, map)))
                .collect(),
            otherwise: otherwise.as_ref().map(|value| Box::new(map_columns(value, map))),
            data_type: *data_type,
        },
        Expr::Coalesce { arguments, data_type } => {
            Expr::Coalesce { arguments: many(arguments), data_type: *data_type }
        }
    }
}

/// Calls `visit` with every column index of the expression, in order of appearance.
pub(super) fn columns(expression: &Expr, visit: &mut dyn FnMut(usize)) {
    map_columns(expression, &mut |index| {
        visit(index);
        index
    });
}
