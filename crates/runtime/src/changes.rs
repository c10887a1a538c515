//! Statements to a running process: checked, logged, warmed from history, then live from one stated position.

mod live;

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use engine::{Engine, Plan, TableRows};
use eventlog::Until;
use records::control::{Control, Origin, Statement};
use sql::definition::Definitions;
use types::{Epoch, Position};

use self::live::{Next, Stage};
use crate::{
    Error,
    history::{changed_tables, check_header, load_changed},
    node::{Refusal, Reply},
    processor::Processor,
    warming::Warming,
};

/// Statements that somebody wants in force together.
pub struct Change {
    /// The statements.
    pub statements: Vec<sql::Statement>,
    /// Who sends them.
    pub origin: Origin,
    /// Files that they name.
    pub files: Arc<dyn sql::Files + Send + Sync>,
}

/// A change that is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The epoch since which it is.
    pub epoch: Epoch,
    /// Events after this position see it.
    pub position: Position,
    /// What changed, one line each.
    pub changes: Vec<String>,
}

/// Why a change was refused.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// The statements are wrong.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Statements(Vec<sql::Error>),
    /// They are right but cannot be run.
    #[error("{0}")]
    Refused(String),
    /// The disk is full.
    #[error("{}", Refusal::Full)]
    Full,
    /// The process cannot take changes now.
    #[error("{0}")]
    Unavailable(String),
}

/// How far a change has come.
pub enum Progress {
    /// In force; the replies may be given once the log is durable.
    Done(Vec<(Applied, Reply<Result<Applied, ChangeError>>)>),
    /// Its state is to be built beside the live work.
    Warming(Box<Warming>),
    /// It waits for the one before, or was refused.
    Waiting,
}

/// Changes that may wait for the one before them; a client that gives up and sends again must not pile them up.
const WAITING_MAX: usize = 64;

/// A change that is defined and not yet in force.
struct Pending {
    change: u64,
    definitions: Arc<Definitions>,
    summary: Vec<String>,
    /// Rows of the tables that it brings; none are loaded yet when it was defined before a restart.
    tables: Option<Vec<Arc<TableRows>>>,
    reply: Option<Reply<Result<Applied, ChangeError>>>,
    stage: Stage,
}

/// Changes on their way, in order.
#[derive(Default)]
pub(crate) struct Changes {
    pending: Option<Pending>,
    waiting: VecDeque<(Change, Reply<Result<Applied, ChangeError>>)>,
    /// Changes that came into force without their senders having heard of it.
    applied: Replies,
    /// Number of the last change.
    pub last: u64,
}

impl Changes {
    /// No change on its way after the one numbered `last`.
    pub fn after(last: u64) -> Self {
        Self { last, ..Self::default() }
    }
}

type Replies = Vec<(Applied, Reply<Result<Applied, ChangeError>>)>;

impl Processor {
    /// Finishes changes that were defined before a restart, on the spot.
    ///
    /// # Errors
    /// Those that end the processor.
    pub fn finish_changes(&mut self) -> Result<(), Error> {
        while let Some(warming) = self.resume_changes()? {
            self.build_now(warming)?;
        }
        // Nobody waits for them.
        drop(self.take_applied());
        Ok(())
    }

    /// Takes a change as far as it goes without history.
    ///
    /// # Errors
    /// Those that end the processor; a refused change is told to its sender only.
    pub fn change(
        &mut self,
        change: Change,
        reply: Reply<Result<Applied, ChangeError>>,
    ) -> Result<Progress, Error> {
        if self.changes.pending.is_some() {
            let waiting = self.changes.waiting.len();
            if waiting < WAITING_MAX {
                self.changes.waiting.push_back((change, reply));
            } else {
                reply(Err(ChangeError::Unavailable(format!(
                    "{waiting} changes wait for the state of another to be built, the limit; send it again later"
                ))));
            }
            return Ok(Progress::Waiting);
        }
        match self.prepare(&change) {
            Ok(None) => {
                let applied =
                    Applied { epoch: self.epoch(), position: self.next_position(), changes: Vec::new() };
                Ok(Progress::Done(vec![(applied, reply)]))
            }
            Ok(Some(prepared)) => self.define(prepared, Some(reply)),
            Err(Refused::Change(error)) => {
                reply(Err(error));
                Ok(Progress::Waiting)
            }
            Err(Refused::Fatal(error)) => Err(error),
        }
    }

    /// Applies a change before the process serves anybody, building its state on the spot.
    ///
    /// # Errors
    /// `ChangeError` inside, errors that end the processor outside.
    pub fn change_now(&mut self, change: Change) -> Result<Result<Applied, ChangeError>, Error> {
        let (reply, answer) = crate::node::one();
        let mut progress = self.change(change, reply)?;
        loop {
            match progress {
                Progress::Done(replies) => {
                    self.syncer().sync()?;
                    replies.into_iter().for_each(|(applied, reply)| reply(Ok(applied)));
                    progress = Progress::Waiting;
                }
                // Only a full disk leaves a change unanswered; it acts once there is space.
                Progress::Waiting => {
                    return Ok(answer.try_recv().unwrap_or(Err(ChangeError::Full)));
                }
                Progress::Warming(warming) => {
                    self.build_now(*warming)?;
                    progress = Progress::Done(self.take_applied());
                }
            }
        }
    }

    /// Builds the state of a change on the spot, and keeps it.
    fn build_now(&mut self, warming: Warming) -> Result<(), Error> {
        self.warmed(warming.run())?;
        if self.checkpoint_wanted && self.checkpointing.is_none() {
            self.checkpoint_unless_full()
        } else {
            Ok(())
        }
    }

    fn prepare(&self, change: &Change) -> Result<Option<Prepared>, Refused> {
        let proposal = self
            .catalog
            .prepare(&change.statements, &*change.files)
            .map_err(|errors| Refused::Change(ChangeError::Statements(errors)))?;
        if proposal.changes.is_empty() {
            return Ok(None);
        }
        for (hash, bytes) in &proposal.blobs {
            self.blobs.put(&hash.0, bytes).map_err(|error| match error.is_full() {
                true => Refused::Change(ChangeError::Full),
                false => Refused::Fatal(error),
            })?;
        }
        let refuse = |error: &dyn std::fmt::Display| Refused::Change(ChangeError::Refused(error.to_string()));
        let definitions = Arc::new(proposal.definitions);
        let epochs = BTreeMap::from([(self.epoch() + 1, Arc::clone(&definitions))]);
        let plan = Plan::compile(&epochs, &|blob| self.blobs.model(blob)).map_err(|error| refuse(&error))?;
        for table in changed_tables(&self.catalog.current(), &definitions) {
            check_header(table, &self.blobs).map_err(|error| refuse(&error))?;
        }
        let tables = load_changed(&self.catalog.current(), &definitions, &self.blobs)
            .map_err(|error| refuse(&error))?;
        Ok(Some(Prepared {
            statements: proposal.records,
            origin: change.origin,
            definitions,
            summary: proposal.changes.iter().map(ToString::to_string).collect(),
            plan,
            tables,
        }))
    }

    fn define(
        &mut self,
        prepared: Prepared,
        reply: Option<Reply<Result<Applied, ChangeError>>>,
    ) -> Result<Progress, Error> {
        let change = self.changes.last + 1;
        let arrived = self.control_arrival();
        let define =
            Control::Define { change, arrived, origin: prepared.origin, statements: prepared.statements };
        if let Err(error) = self.append_control(define) {
            if error.is_full() {
                reply.into_iter().for_each(|reply| reply(Err(ChangeError::Full)));
                return Ok(Progress::Waiting);
            }
            return Err(error);
        }
        let Prepared { definitions, summary, plan, tables, .. } = prepared;
        let mut warming = None;
        let stage = if self.engine.can_adopt(&plan).is_ok() {
            Stage::Ready(Next::Adopt(plan))
        } else if self.has_events() {
            warming = Some(self.warming(plan)?);
            Stage::Building
        } else {
            Stage::Ready(Next::Replace(Box::new(self.fresh(plan)?)))
        };
        let tables = Some(tables);
        self.changes.pending = Some(Pending { change, definitions, summary, tables, reply, stage });
        if let Some(warming) = warming {
            return Ok(Progress::Warming(Box::new(warming)));
        }
        self.go_on_unless_full()?;
        let applied = self.take_applied();
        Ok(if applied.is_empty() { Progress::Waiting } else { Progress::Done(applied) })
    }

    /// Whether the log holds any event.
    pub fn has_events(&self) -> bool {
        self.next_position() > self.controls.len() as u64
    }

    /// An engine without events and with all tables so far.
    fn fresh(&self, plan: Plan) -> Result<Engine, Error> {
        let mut engine = Engine::new(plan);
        for entry in &self.controls {
            crate::history::load_activated(&mut engine, &self.catalog, entry, &self.blobs)?;
        }
        Ok(engine)
    }

    fn warming(&self, plan: Plan) -> Result<Warming, Error> {
        Ok(Warming {
            plan,
            catalog: self.catalog.clone(),
            blobs: self.blobs.clone(),
            executor: Arc::clone(&self.options.executor),
            frames: self.log.reader(self.log.history().start(), Until::Durable)?,
        })
    }

    /// Goes on with changes that were defined before a restart, then with those that wait. Returns the one that
    /// needs history, if any.
    ///
    /// # Errors
    /// Those that end the processor.
    pub fn resume_changes(&mut self) -> Result<Option<Warming>, Error> {
        if self.changes.pending.is_some() {
            return Ok(None);
        }
        if let Some((change, definitions)) = self.catalog.pending() {
            let epochs = BTreeMap::from([(self.epoch() + 1, Arc::clone(&definitions))]);
            let plan = Plan::compile(&epochs, &|blob| self.blobs.model(blob));
            let (warming, stage) = match plan {
                Ok(plan) => (Some(self.warming(plan)?), Stage::Building),
                Err(error) => (None, Stage::Failed(error.to_string())),
            };
            let (summary, tables, reply) = (Vec::new(), None, None);
            self.changes.pending = Some(Pending { change, definitions, summary, tables, reply, stage });
            if warming.is_some() {
                return Ok(warming);
            }
            self.go_on_unless_full()?;
            if self.changes.pending.is_some() {
                return Ok(None);
            }
        }
        while let Some((change, reply)) = self.changes.waiting.pop_front() {
            match self.change(change, reply)? {
                Progress::Warming(warming) => return Ok(Some(*warming)),
                Progress::Waiting => {}
                Progress::Done(replies) => self.changes.applied.extend(replies),
            }
        }
        Ok(None)
    }
}

struct Prepared {
    statements: Vec<Statement>,
    origin: Origin,
    definitions: Arc<Definitions>,
    summary: Vec<String>,
    plan: Plan,
    tables: Vec<Arc<TableRows>>,
}

enum Refused {
    Change(ChangeError),
    Fatal(Error),
}
