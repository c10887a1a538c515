//! The engine: a plan, its keyed state and its tables, fed batch by batch in log order.

use std::{collections::BTreeMap, sync::Arc};

use records::{input::InputBatch, output::OutputBatch};
use sql::definition::Table;
use types::{Epoch, Micros, Position};

use crate::{
    Error, Executor, Plan, TableRows,
    checkpoint::Snapshot,
    execute::{Admission, Batch, Shards, Workspace},
    memory::Survey,
    plan::PlanTimeline,
    tables::Tables,
};

/// What the engine has counted since it was made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Events processed.
    pub events: u64,
    /// Records made.
    pub records: u64,
    /// Items that raised an error.
    pub raised: u64,
    /// By stream: events beyond `allowed_lateness`.
    pub late: BTreeMap<String, u64>,
    /// By stream: events beyond `future_max`.
    pub future: BTreeMap<String, u64>,
    /// By decision.
    pub decisions: BTreeMap<String, DecisionCounters>,
}

/// What the engine has counted of one decision.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DecisionCounters {
    /// Records by outcome, in the decision's order.
    pub outcomes: Vec<u64>,
    /// Records in which a rule fired, by name.
    pub fired: BTreeMap<String, u64>,
}

/// A plan in execution.
#[derive(Debug)]
pub struct Engine {
    pub(crate) plan: Plan,
    pub(crate) state: Vec<Shards>,
    tables: Tables,
    workspace: Workspace,
    counters: Counters,
    pub(crate) snapshot: Option<Snapshot>,
    pub(crate) survey: Option<Survey>,
}

impl Engine {
    /// An engine with empty state.
    pub fn new(plan: Plan) -> Self {
        let state = plan.timelines.iter().map(Shards::new).collect();
        let workspace = Workspace::new(&plan);
        let (tables, counters) = (Tables::default(), Counters::default());
        Self { plan, state, tables, workspace, counters, snapshot: None, survey: None }
    }

    /// The plan in execution.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The counters.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// The reference tables.
    pub fn tables(&self) -> &Tables {
        &self.tables
    }

    /// Whether an epoch of the plan has this incarnation of the table: events of no other can look at its rows.
    pub fn can_see(&self, table: &Table) -> bool {
        self.plan.has_incarnation(table.incarnation)
    }

    /// Adds a version of a reference table; see [`Tables::load`].
    pub fn load_table(&mut self, position: Position, valid_from: Micros, rows: Arc<TableRows>) {
        self.tables.load(position, valid_from, rows);
    }

    /// Takes the events of one frame and puts their outputs in the place of what is in `output`.
    ///
    /// # Errors
    /// `UnknownEpoch` when the plan lacks the epoch, `Columns` when a block does not fit its stream.
    pub fn process(
        &mut self,
        epoch: Epoch,
        base: Position,
        input: &InputBatch,
        executor: &dyn Executor,
        output: &mut OutputBatch,
    ) -> Result<(), Error> {
        let epoch_plan = self.plan.epochs.get(&epoch).ok_or(Error::UnknownEpoch(epoch))?;
        let batch = Batch { plan: &self.plan, epoch: epoch_plan, input, tables: &self.tables, executor };
        batch.place(base, &mut self.workspace)?;
        batch.run(&mut self.workspace, &mut self.state);
        batch.decide(&mut self.workspace, output);
        self.count(epoch, input, output);
        Ok(())
    }

    /// Puts the events of one frame on the timelines and decides nothing.
    ///
    /// # Errors
    /// `Columns` when a block does not fit its stream.
    pub fn observe(
        &mut self,
        base: Position,
        input: &InputBatch,
        executor: &dyn Executor,
    ) -> Result<(), Error> {
        let plan = &self.plan;
        let batch = Batch { plan, epoch: &plan.observer, input, tables: &self.tables, executor };
        batch.place(base, &mut self.workspace)?;
        batch.run(&mut self.workspace, &mut self.state);
        Ok(())
    }

    fn count(&mut self, epoch: Epoch, input: &InputBatch, output: &OutputBatch) {
        self.counters.events += input.order.len() as u64;
        for block in &output.decisions {
            self.counters.records += block.events.len() as u64;
            self.counters.raised += (block.raised.len() + block.dropped.len()) as u64;
            let decision = &self.plan.epochs[&epoch].decisions[usize::from(block.decision)];
            if !self.counters.decisions.contains_key(&decision.name) {
                self.counters.decisions.insert(decision.name.clone(), DecisionCounters::default());
            }
            let counted = self.counters.decisions.get_mut(&decision.name).expect("it was just put in");
            for outcome in &block.outcomes {
                let outcome = usize::from(*outcome);
                if counted.outcomes.len() <= outcome {
                    counted.outcomes.resize(outcome + 1, 0);
                }
                counted.outcomes[outcome] += 1;
            }
            for rule in &block.fired {
                let name = &decision.rule_names[usize::from(*rule)];
                match counted.fired.get_mut(name) {
                    Some(count) => *count += 1,
                    None => drop(counted.fired.insert(name.clone(), 1)),
                }
            }
        }
        for (stream, node) in &self.plan.dropping {
            self.counters.raised += self.workspace.streams[*stream].raised[*node].len() as u64;
        }
        for (stream, work) in self.plan.streams.iter().zip(&self.workspace.streams) {
            for admission in &work.admissions {
                let counter = match admission {
                    Admission::OnTime => continue,
                    Admission::Late => &mut self.counters.late,
                    Admission::Future => &mut self.counters.future,
                };
                *counter.entry(stream.definition.name.clone()).or_default() += 1;
            }
        }
    }

    /// The same state under another plan: timelines that both have go on, whatever is read from them, and without the
    /// columns that nothing reads any more.
    ///
    /// # Errors
    /// `NeedsHistory` with the first timeline that the present state lacks, or lacks a column or older rows of. The
    /// engine is unchanged.
    pub fn can_adopt(&self, plan: &Plan) -> Result<(), Error> {
        plan.timelines.iter().try_for_each(|timeline| self.holding(timeline).map(drop))
    }

    /// The present timeline that holds all that `wanted` keeps.
    fn holding(&self, wanted: &PlanTimeline) -> Result<usize, Error> {
        let held = self.plan.timelines.iter().position(|held| held.holds(wanted));
        held.ok_or_else(|| Error::NeedsHistory(wanted.label.clone()))
    }

    /// Replaces the plan, and gives up a snapshot and a survey; see [`Engine::can_adopt`].
    ///
    /// # Errors
    /// As `can_adopt`, and then the engine is unchanged; `Checkpoint` when rows cannot be carried over: a bug.
    pub fn adopt(&mut self, plan: Plan) -> Result<(), Error> {
        let mut held = Vec::with_capacity(plan.timelines.len());
        for timeline in &plan.timelines {
            held.push(self.holding(timeline)?);
        }
        self.abandon_snapshot();
        self.survey = None;
        let mut state = Vec::with_capacity(plan.timelines.len());
        for (index, (timeline, held_at)) in plan.timelines.iter().zip(&held).enumerate() {
            let present = &self.plan.timelines[*held_at];
            let is_same = present.spec == timeline.spec
                && present.column_identities == timeline.column_identities
                && !held[index + 1..].contains(held_at);
            state.push(if is_same {
                std::mem::replace(&mut self.state[*held_at], Shards { shards: Vec::new() })
            } else {
                self.state[*held_at].respecified(present, timeline)?
            });
        }
        self.workspace = Workspace::new(&plan);
        self.tables.retain(|incarnation| plan.has_incarnation(incarnation));
        self.state = state;
        self.plan = plan;
        Ok(())
    }

    /// Takes over the counters of the engine that this one replaces.
    pub fn succeed(&mut self, former: Self) {
        self.counters = former.counters;
    }
}
