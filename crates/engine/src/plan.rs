//! The physical plan: which values are computed for each stream, in which order, from which timelines.

use std::{collections::BTreeMap, sync::Arc};

use expr::Program;
use rules::RuleSet;
use sql::definition::{BlobHash, Definitions, Stream};
use types::{DataType, Epoch};
use windows::TimelineSpec;

mod compile;
mod graph;
mod raising;
mod schedule;

/// Index of a value in its stream's graph.
pub type NodeId = usize;

/// Loads a model's file by the hash of its content.
pub type ModelSource<'a> = &'a dyn Fn(&BlobHash) -> Result<Arc<trees::Model>, String>;

/// Everything that the engine computes, for one or several epochs over shared timelines.
#[derive(Debug)]
pub struct Plan {
    /// The streams of all epochs.
    pub streams: Vec<PlanStream>,
    /// The timelines of all epochs: every one observes every event, whatever the event's epoch.
    pub timelines: Vec<PlanTimeline>,
    /// Sets of key columns that are encoded once a batch.
    pub key_sets: Vec<KeySet>,
    /// Models by index.
    pub models: Vec<Arc<trees::Model>>,
    /// Stream and node of what keeps rows out of aggregates of other streams' events, without a record to tell of it.
    pub dropping: Vec<(usize, NodeId)>,
    /// What events of each epoch read.
    pub epochs: BTreeMap<Epoch, EpochPlan>,
    /// What puts events on timelines and nothing else, for history whose decisions are not asked for.
    pub observer: EpochPlan,
}

/// A stream and the number of values that its rows can have.
#[derive(Debug)]
pub struct PlanStream {
    /// The definition.
    pub definition: Arc<Stream>,
    /// Where each node's value comes from.
    pub nodes: Vec<NodePlace>,
}

/// Where a node's column is found during a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodePlace {
    /// Column of the event.
    Input(usize),
    /// A computed column of this type.
    Computed(DataType),
}

/// Columns of a stream that make a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySet {
    /// Index of the stream.
    pub stream: usize,
    /// Its nodes.
    pub nodes: Vec<NodeId>,
}

/// Rows of one stream by one key.
#[derive(Clone, Debug)]
pub struct PlanTimeline {
    /// A hash of which rows it has (stream, key, which of them enter), equal in every plan that has the same.
    pub identity: String,
    /// Name for people: stream and key.
    pub label: String,
    /// What is kept and read.
    pub spec: TimelineSpec,
    /// Who writes and reads; the first side writes.
    pub sides: Vec<PlanSide>,
    /// Nodes of the writing stream, one for each column of the spec.
    pub columns: Vec<NodeId>,
    /// A hash of what each of those columns is, ascending, equal in every plan that keeps the same values.
    pub column_identities: Vec<u128>,
    /// Rows enter when this node of the writing stream is true.
    pub admit: Option<NodeId>,
    /// The level after whose scalars it runs.
    pub level: usize,
    /// Microseconds before `arrived` after which no admissible event can see a row.
    pub retention: i64,
}

/// A stream that writes or reads a timeline.
#[derive(Clone, Debug)]
pub struct PlanSide {
    /// Index of the stream.
    pub stream: usize,
    /// Index of the key set.
    pub key_set: usize,
    /// Every value that some epoch reads: aggregate and node.
    pub reads: Vec<(usize, NodeId)>,
}

/// What events of one epoch need.
#[derive(Debug)]
pub struct EpochPlan {
    /// The definitions.
    pub definitions: Arc<Definitions>,
    /// By level: the scalars of each stream, then the timelines.
    pub levels: Vec<Level>,
    /// Decisions in name order.
    pub decisions: Vec<PlanDecision>,
}

/// One stratum.
#[derive(Debug, Default)]
pub struct Level {
    /// Steps of each stream, by the stream's index.
    pub steps: Vec<Vec<Step>>,
    /// Timelines that run after the steps.
    pub timelines: Vec<LevelTimeline>,
}

/// What one epoch reads from a timeline.
#[derive(Debug)]
pub struct LevelTimeline {
    /// Index of the timeline.
    pub timeline: usize,
    /// For each side, the aggregates read.
    pub aggregates: Vec<Vec<usize>>,
    /// For each side, the nodes that receive them.
    pub nodes: Vec<Vec<NodeId>>,
}

/// Work on the rows of one stream.
#[derive(Debug)]
pub enum Step {
    /// A register program.
    Scalars {
        /// The program.
        program: Program,
        /// Index of its scratch space.
        machine: usize,
        /// Nodes that it reads, in the order of its inputs.
        inputs: Vec<NodeId>,
        /// Nodes that it makes, in the order of its outputs.
        outputs: Vec<NodeId>,
    },
    /// One look-up a row for several columns.
    Lookup {
        /// The table's incarnation.
        incarnation: u64,
        /// Index of the key set.
        key_set: usize,
        /// Column of the table and node.
        outputs: Vec<(usize, NodeId)>,
    },
    /// NULLs where parts of a value's own expression raised.
    Null {
        /// The value's node.
        node: NodeId,
        /// Nodes of the parts.
        by: Vec<NodeId>,
    },
    /// Which rows an aggregate counts.
    Unraised {
        /// Rows count where this node is true.
        filter: Option<NodeId>,
        /// Rows do not count where one of these raised.
        by: Vec<NodeId>,
        /// Node of the answer.
        output: NodeId,
    },
    /// A model's score.
    Predict {
        /// Index of the model.
        model: usize,
        /// Nodes of the features in the model's order.
        features: Vec<NodeId>,
        /// Node of the score.
        output: NodeId,
    },
}

/// A decision over the rows of one stream.
#[derive(Debug)]
pub struct PlanDecision {
    /// Name.
    pub name: String,
    /// Index of the stream.
    pub stream: usize,
    /// Rows exist where this node is true.
    pub filter: Option<NodeId>,
    /// Nodes whose errors, where `filter` is not true, are told in place of a record.
    pub filter_told: Vec<NodeId>,
    /// Nodes of the recorded columns: those of the view that are not columns of the event.
    pub columns: Vec<NodeId>,
    /// For each of them, nodes whose errors are told with it, its own included.
    pub columns_told: Vec<Vec<NodeId>>,
    /// Names of the rules, in order.
    pub rule_names: Vec<String>,
    /// Nodes of the rules' conditions, in name order.
    pub conditions: Vec<NodeId>,
    /// Outcomes and modes of the rules.
    pub rules: RuleSet,
}

impl PlanTimeline {
    /// Where this timeline's columns are among `held`; `None` when one of them is not.
    pub fn columns_among(&self, held: &[u128]) -> Option<Vec<usize>> {
        let place = |wanted: &u128| held.iter().position(|column| column == wanted);
        self.column_identities.iter().map(place).collect()
    }

    /// Whether everything that `wanted` keeps is kept here as well.
    pub fn holds(&self, wanted: &Self) -> bool {
        self.identity == wanted.identity
            && self.retention >= wanted.retention
            && wanted.columns_among(&self.column_identities).is_some()
    }
}

impl Plan {
    /// Compiles the definitions of `epochs` over shared timelines.
    ///
    /// # Errors
    /// `Undefined` when the catalog is inconsistent, `Cycle` when a window needs itself, `Model` when a file fails.
    pub fn compile(
        epochs: &BTreeMap<Epoch, Arc<Definitions>>,
        models: ModelSource<'_>,
    ) -> Result<Self, crate::Error> {
        compile::compile(epochs, models)
    }

    /// The programs in the order of their scratch spaces.
    pub fn machines(&self) -> impl Iterator<Item = &Program> {
        self.epochs
            .values()
            .chain([&self.observer])
            .flat_map(|epoch| &epoch.levels)
            .flat_map(|level| level.steps.iter().flatten())
            .filter_map(|step| match step {
                Step::Scalars { program, .. } => Some(program),
                _ => None,
            })
    }

    /// Whether an epoch has this incarnation of a table.
    pub fn has_incarnation(&self, incarnation: u64) -> bool {
        let mut tables = self.epochs.values().flat_map(|epoch| epoch.definitions.tables.values());
        tables.any(|table| table.incarnation == incarnation)
    }

    /// The index of the stream called `name`.
    pub fn stream(&self, name: &str) -> Option<usize> {
        self.streams.iter().position(|stream| stream.definition.name == name)
    }
}

/// The recorded columns of a decision over `view`: indices of the view's columns that are not columns of the event.
pub fn recorded_columns(view: &sql::definition::View) -> Vec<usize> {
    (0..view.columns.len())
        .filter(|column| {
            !matches!(view.slots[view.columns[*column].slot].source, sql::definition::Source::Input(_))
        })
        .collect()
}
