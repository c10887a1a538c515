//! One batch through one epoch's plan: scalars, look-ups and models by stream, timelines by key, then decisions.

use expr::{Machine, Raised};
use records::input::InputBatch;
use types::{Column, Micros, Position};
use windows::Keys;

use crate::{
    Error, Executor,
    plan::{EpochPlan, NodeId, NodePlace, Plan, Step},
    tables::Tables,
};

pub mod decide;
pub mod models;
pub mod scalars;
pub mod timelines;

pub use timelines::Shards;

/// Whether an event may enter timelines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Within its bounds.
    OnTime,
    /// `arrived - event time` is above `allowed_lateness`.
    Late,
    /// `event time - arrived` is above `future_max`.
    Future,
}

/// One stream's rows in the present batch.
#[derive(Debug, Default)]
pub struct StreamWork {
    /// Computed columns by node.
    pub nodes: Vec<Column>,
    /// Errors by node; empty for most.
    pub raised: Vec<Vec<Raised>>,
    /// Index of the rows in the batch's streams, when it has any.
    pub block: Option<usize>,
    /// Position of each row.
    pub positions: Vec<Position>,
    /// Event time of each row.
    pub times: Vec<Micros>,
    /// Offset in the batch of each row.
    pub offsets: Vec<u32>,
    /// Admission of each row.
    pub admissions: Vec<Admission>,
}

/// Buffers of a batch, reused by the next one.
#[derive(Debug)]
pub struct Workspace {
    /// By the plan's streams.
    pub streams: Vec<StreamWork>,
    /// By the plan's key sets; valid when `key_ready`.
    pub keys: Vec<Keys>,
    key_ready: Vec<bool>,
    machines: Vec<Machine>,
    models: models::Buffers,
    verdicts: rules::Verdicts,
    /// By the plan's timelines.
    timelines: Vec<timelines::Buffers>,
}

impl Workspace {
    /// Buffers for `plan`.
    pub fn new(plan: &Plan) -> Self {
        let stream = |stream: &crate::plan::PlanStream| StreamWork {
            nodes: stream.nodes.iter().map(|place| Column::new(computed_type(*place))).collect(),
            raised: stream.nodes.iter().map(|_| Vec::new()).collect(),
            ..StreamWork::default()
        };
        Self {
            streams: plan.streams.iter().map(stream).collect(),
            keys: plan.key_sets.iter().map(|_| Keys::default()).collect(),
            key_ready: vec![false; plan.key_sets.len()],
            machines: plan.machines().map(Machine::new).collect(),
            models: models::Buffers::default(),
            verdicts: rules::Verdicts::default(),
            timelines: plan.timelines.iter().map(|_| timelines::Buffers::default()).collect(),
        }
    }
}

fn computed_type(place: NodePlace) -> types::DataType {
    match place {
        NodePlace::Computed(data_type) => data_type,
        // An event's column is read where it lies; this one stays empty.
        NodePlace::Input(_) => types::DataType::Boolean,
    }
}

/// A batch on its way: what every step reads.
#[derive(Clone, Copy)]
pub struct Batch<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The events' epoch.
    pub epoch: &'a EpochPlan,
    /// The events.
    pub input: &'a InputBatch,
    /// Reference tables.
    pub tables: &'a Tables,
    /// Where parallel pieces run.
    pub executor: &'a dyn Executor,
}

impl Batch<'_> {
    /// Places the batch's rows: positions, times and admission by stream.
    ///
    /// # Errors
    /// `Columns` when a block does not fit its stream.
    pub fn place(&self, base: Position, workspace: &mut Workspace) -> Result<(), Error> {
        for work in &mut workspace.streams {
            work.clear();
        }
        workspace.key_ready.fill(false);
        let mut streams = Vec::with_capacity(self.input.streams.len());
        for (block, rows) in self.input.streams.iter().enumerate() {
            let Some(stream) = self.plan.stream(&rows.stream) else {
                streams.push(None);
                continue;
            };
            let definition = &self.plan.streams[stream].definition;
            let expected = definition.schema.fields.len();
            if rows.columns.len() != expected {
                let found = rows.columns.len();
                return Err(Error::Columns { stream: rows.stream.clone(), found, expected });
            }
            let times = rows.columns[definition.event_time].as_i64();
            let times = times.ok_or_else(|| Error::Undefined(format!("event time of {}", rows.stream)))?;
            let work = &mut workspace.streams[stream];
            work.block = Some(block);
            work.times.extend_from_slice(times);
            streams.push(Some((stream, definition.allowed_lateness, definition.future_max)));
        }
        for (offset, (block, arrived)) in self.input.order.iter().zip(&self.input.arrived).enumerate() {
            let Some((stream, lateness, future)) = streams[usize::from(*block)] else { continue };
            let work = &mut workspace.streams[stream];
            let time = work.times[work.positions.len()];
            work.positions.push(base + offset as u64);
            work.offsets.push(u32::try_from(offset).expect("a batch has at most 8,192 events"));
            work.admissions.push(admission(*arrived, time, lateness, future));
        }
        Ok(())
    }

    /// Runs every level.
    pub fn run(&self, workspace: &mut Workspace, state: &mut [Shards]) {
        for level in &self.epoch.levels {
            for (stream, steps) in level.steps.iter().enumerate() {
                let rows = workspace.streams[stream].positions.len();
                if rows == 0 {
                    continue;
                }
                for step in steps {
                    self.step(stream, step, rows, workspace);
                }
            }
            self.timelines(level, workspace, state);
        }
    }

    fn step(&self, stream: usize, step: &Step, rows: usize, workspace: &mut Workspace) {
        match step {
            Step::Scalars { program, machine, inputs, outputs } => {
                let machine = &mut workspace.machines[*machine];
                scalars::run(
                    self,
                    stream,
                    program,
                    machine,
                    inputs,
                    outputs,
                    &mut workspace.streams[stream],
                    rows,
                );
            }
            Step::Lookup { incarnation, key_set, outputs } => {
                self.encode_keys(*key_set, workspace);
                let keys = &workspace.keys[*key_set];
                scalars::lookup(
                    self.tables.versions(*incarnation),
                    keys,
                    outputs,
                    &mut workspace.streams[stream],
                    rows,
                );
            }
            Step::Null { node, by } => scalars::null(*node, by, &mut workspace.streams[stream]),
            Step::Unraised { filter, by, output } => {
                let own = &mut workspace.streams[stream].nodes[*output];
                let mut counts = std::mem::replace(own, Column::new(types::DataType::Boolean));
                let work = &workspace.streams[stream];
                let filter = filter.map(|node| self.column(stream, node, work));
                scalars::unraised(filter, by, work, rows, &mut counts);
                workspace.streams[stream].nodes[*output] = counts;
            }
            Step::Predict { model, features, output } => {
                let mut buffers = std::mem::take(&mut workspace.models);
                let own = &mut workspace.streams[stream].nodes[*output];
                let mut scores = std::mem::replace(own, Column::new(types::DataType::Double));
                let work = &workspace.streams[stream];
                let features: Vec<&Column> =
                    features.iter().map(|node| self.column(stream, *node, work)).collect();
                let model = &self.plan.models[*model];
                models::predict(self.executor, model, &features, rows, &mut buffers, &mut scores);
                workspace.streams[stream].nodes[*output] = scores;
                workspace.models = buffers;
            }
        }
    }

    /// The column of a node.
    pub fn column<'b>(&'b self, stream: usize, node: NodeId, work: &'b StreamWork) -> &'b Column {
        match self.plan.streams[stream].nodes[node] {
            NodePlace::Input(column) => {
                let block = work.block.expect("a stream with rows has a block");
                &self.input.streams[block].columns[column]
            }
            NodePlace::Computed(_) => &work.nodes[node],
        }
    }

    /// Encodes a key set's columns unless the batch has done so before.
    pub fn encode_keys(&self, key_set: usize, workspace: &mut Workspace) {
        if std::mem::replace(&mut workspace.key_ready[key_set], true) {
            return;
        }
        let set = &self.plan.key_sets[key_set];
        let work = &workspace.streams[set.stream];
        let columns: Vec<&Column> =
            set.nodes.iter().map(|node| self.column(set.stream, *node, work)).collect();
        workspace.keys[key_set].encode(&columns, work.positions.len());
    }
}

impl StreamWork {
    fn clear(&mut self) {
        self.block = None;
        self.positions.clear();
        self.times.clear();
        self.offsets.clear();
        self.admissions.clear();
        self.raised.iter_mut().for_each(Vec::clear);
    }
}

/// Compares the two clocks of a record with its stream's bounds.
pub fn admission(arrived: Micros, time: Micros, allowed_lateness: Micros, future_max: Micros) -> Admission {
    if arrived.saturating_sub(time) > allowed_lateness {
        Admission::Late
    } else if time.saturating_sub(arrived) > future_max {
        Admission::Future
    } else {
        Admission::OnTime
    }
}
