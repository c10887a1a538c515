//! Statements to a running process: checked, logged, warmed from history, then live from one stated position.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use catalog::Catalog;
use engine::{Engine, Executor, Plan, TableRows};
use eventlog::{Address, Append, Frames, Until};
use records::{
    KIND_CONTROL,
    control::{Control, Origin, Statement},
};
use sql::definition::{BlobHash, Definitions};
use types::{Epoch, Micros, Position};

use crate::{
    Error,
    blobs::Blobs,
    history::{Observer, load_changed},
    node::Reply,
    processor::{ControlEntry, Processor},
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

/// A change whose state is being built.
struct Pending {
    change: u64,
    definitions: Arc<Definitions>,
    summary: Vec<String>,
    reply: Option<Reply<Result<Applied, ChangeError>>>,
}

/// Changes on their way, in order.
#[derive(Default)]
pub(crate) struct Changes {
    pending: Option<Pending>,
    waiting: VecDeque<(Change, Reply<Result<Applied, ChangeError>>)>,
    /// Number of the last change.
    pub last: u64,
}

impl Changes {
    /// No change on its way after the one numbered `last`.
    pub fn after(last: u64) -> Self {
        Self { last, ..Self::default() }
    }
}

/// Everything that building the state of a change needs, away from the processor.
pub struct Warming {
    plan: Plan,
    catalog: Catalog,
    blobs: Blobs,
    executor: Arc<dyn Executor + Send>,
    frames: Box<dyn Frames>,
}

/// State built from history up to an address.
pub struct Warmed {
    engine: Engine,
    address: Address,
}

impl Warming {
    /// Reads history.
    ///
    /// # Errors
    /// Those of the log, the payloads and the tables.
    pub fn run(mut self) -> Result<Warmed, Error> {
        let mut engine = Engine::new(self.plan);
        let mut observer = Observer {
            engine: &mut engine,
            catalog: &self.catalog,
            blobs: &self.blobs,
            executor: &*self.executor,
        };
        let address = observer.run(&mut *self.frames)?;
        Ok(Warmed { engine, address })
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
            self.warmed(warming.run())?;
        }
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
            self.changes.waiting.push_back((change, reply));
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
                    return Ok(answer.try_recv().expect("the change has been answered"));
                }
                Progress::Waiting => return Ok(answer.try_recv().expect("the change has been answered")),
                Progress::Warming(warming) => progress = Progress::Done(self.warmed(warming.run())?),
            }
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
            self.blobs.put(&hash.0, bytes).map_err(Refused::Fatal)?;
        }
        let refuse = |error: &dyn std::fmt::Display| Refused::Change(ChangeError::Refused(error.to_string()));
        let definitions = Arc::new(proposal.definitions);
        let epochs = BTreeMap::from([(self.epoch() + 1, Arc::clone(&definitions))]);
        let plan =
            Plan::compile(&epochs, &|blob| load_model(&self.blobs, blob)).map_err(|error| refuse(&error))?;
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
                reply.into_iter().for_each(|reply| reply(Err(ChangeError::Unavailable(error.to_string()))));
                return Ok(Progress::Waiting);
            }
            return Err(error);
        }
        let pending = Pending { change, definitions: prepared.definitions, summary: prepared.summary, reply };
        match self.engine.can_adopt(&prepared.plan) {
            Ok(()) => {
                self.engine.adopt(prepared.plan)?;
                Ok(Progress::Done(self.activate(pending, prepared.tables)?))
            }
            Err(_) if !self.has_events() => {
                self.engine = self.fresh(prepared.plan)?;
                Ok(Progress::Done(self.activate(pending, prepared.tables)?))
            }
            Err(_) => {
                let warming = self.warming(prepared.plan)?;
                self.changes.pending = Some(pending);
                Ok(Progress::Warming(Box::new(warming)))
            }
        }
    }

    /// When a control record arrives: not before any event, but it holds up none, so that history of any age can follow
    /// the definitions that it is read with. Before the first event there is no time yet.
    fn control_arrival(&self) -> Micros {
        let now = if self.has_events() { self.options.clock.now() } else { Micros::MIN };
        self.gate.last_arrived().max(now)
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

    /// Catches up with what was logged since the state was built, and goes live.
    ///
    /// # Errors
    /// Those that end the processor.
    pub fn warmed(&mut self, warmed: Result<Warmed, Error>) -> Result<Replies, Error> {
        let pending = self.changes.pending.take().expect("a warmed change is pending");
        let Warmed { mut engine, address } = warmed?;
        self.flush_outputs()?;
        self.syncer().sync()?;
        let mut frames = self.log.reader(address, Until::Durable)?;
        let mut observer = Observer {
            engine: &mut engine,
            catalog: &self.catalog,
            blobs: &self.blobs,
            executor: &*self.options.executor,
        };
        observer.run(&mut *frames)?;
        let tables = load_changed(&self.catalog.current(), &pending.definitions, &self.blobs)?;
        let former = std::mem::replace(&mut self.engine, engine);
        self.engine.succeed(former);
        let replies = self.activate(pending, tables)?;
        self.checkpoint_unless_full()?;
        Ok(replies)
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
            let plan = Plan::compile(&epochs, &|blob| load_model(&self.blobs, blob))?;
            self.changes.pending = Some(Pending { change, definitions, summary: Vec::new(), reply: None });
            return self.warming(plan).map(Some);
        }
        while let Some((change, reply)) = self.changes.waiting.pop_front() {
            match self.change(change, reply)? {
                Progress::Warming(warming) => return Ok(Some(*warming)),
                Progress::Waiting => {}
                Progress::Done(replies) => {
                    self.syncer().sync()?;
                    replies.into_iter().for_each(|(applied, reply)| reply(Ok(applied)));
                }
            }
        }
        Ok(None)
    }

    fn activate(&mut self, pending: Pending, tables: Vec<Arc<TableRows>>) -> Result<Replies, Error> {
        let epoch = self.epoch() + 1;
        let arrived = self.control_arrival();
        let position = self.append_control(Control::Activate { change: pending.change, arrived, epoch })?;
        for rows in tables {
            self.engine.load_table(position, arrived, rows);
        }
        let applied = Applied { epoch, position, changes: pending.summary };
        Ok(pending.reply.into_iter().map(|reply| (applied.clone(), reply)).collect())
    }

    fn append_control(&mut self, control: Control) -> Result<Position, Error> {
        let position = self.log.next_position();
        let payload = control.encode();
        let append = Append::consuming(KIND_CONTROL, self.epoch(), position, 1);
        self.log.append(append, &payload)?;
        self.note_control(ControlEntry { position, control })?;
        Ok(position)
    }

    /// Puts a control record in the catalog.
    pub(crate) fn note_control(&mut self, entry: ControlEntry) -> Result<(), Error> {
        if let Control::Define { change, .. } = &entry.control {
            self.changes.last = *change;
        }
        crate::recovery::apply_control(&mut self.catalog, &entry, &self.blobs)?;
        self.controls.push(entry);
        Ok(())
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

/// Loads a model from its blob.
pub(crate) fn load_model(blobs: &Blobs, blob: &BlobHash) -> Result<Arc<trees::Model>, String> {
    let bytes = blobs.get(&blob.0).map_err(|error| error.to_string())?;
    trees::Model::load(&bytes).map(Arc::new).map_err(|error| error.to_string())
}
