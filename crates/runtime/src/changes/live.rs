//! The end of a change: its state catches up with the log, and it goes live or is given up, as soon as the disk has space.

use std::sync::Arc;

use engine::{Engine, Plan, TableRows};
use eventlog::Until;
use records::control::Control;
use sql::definition::Definitions;
use types::{Epoch, Micros, Position};

use super::{Applied, ChangeError, Pending, Replies};
use crate::{
    Error,
    history::{Observer, load_changed},
    processor::Processor,
    warming::Warmed,
};

/// How far a pending change has come. A full disk can hold it up at each.
pub(super) enum Stage {
    /// Its state is being built beside the live work.
    Building,
    /// Its state is built up to some address.
    Built(Box<Warmed>),
    /// It only has to be activated.
    Ready(Next),
    /// It cannot be built, and only has to be given up.
    Failed(String),
}

/// What is to act from the activation on.
pub(super) enum Next {
    /// The present state under another plan.
    Adopt(Plan),
    /// State of its own.
    Replace(Box<Engine>),
}

impl Processor {
    /// Takes the state of the pending change and goes live with it; see [`Processor::take_applied`]. A change whose state
    /// cannot be built is given up, and its sender told why.
    ///
    /// # Errors
    /// Those that end the processor. A full disk does not: the change waits for space.
    pub fn warmed(&mut self, warmed: Result<Warmed, Error>) -> Result<(), Error> {
        let pending = self.changes.pending.as_mut().expect("a warmed change is pending");
        pending.stage = match warmed {
            Ok(warmed) => Stage::Built(Box::new(warmed)),
            Err(error) => Stage::Failed(error.to_string()),
        };
        self.go_on_unless_full()
    }

    /// Changes that came into force since the last call: their senders hear of it once the log is durable.
    pub fn take_applied(&mut self) -> Replies {
        std::mem::take(&mut self.changes.applied)
    }

    pub(super) fn go_on_unless_full(&mut self) -> Result<(), Error> {
        match self.go_on() {
            Err(error) if error.is_full() => Ok(()),
            other => other,
        }
    }

    /// Does what a full disk may have held up, in the order in which it was to be done.
    ///
    /// # Errors
    /// `Full` while there is no space: nothing else may be taken before. Any other is final.
    pub(crate) fn go_on(&mut self) -> Result<(), Error> {
        self.flush_outputs()?;
        self.make_ready()?;
        let Some(pending) = self.changes.pending.take() else { return Ok(()) };
        let change = pending.change;
        let logged = match &pending.stage {
            Stage::Ready(_) => self.log_end(|epoch, arrived| Control::Activate { change, arrived, epoch }),
            Stage::Failed(reason) => {
                let reason = reason.clone();
                self.log_end(|_, arrived| Control::Abandon { change, arrived, reason })
            }
            Stage::Building | Stage::Built(_) => {
                self.changes.pending = Some(pending);
                return Ok(());
            }
        };
        let (position, arrived) = match logged {
            Ok(logged) => logged,
            Err(error) => {
                self.changes.pending = Some(pending);
                return Err(error);
            }
        };
        let Stage::Ready(next) = pending.stage else { return Ok(()) };
        self.activate(next)?;
        for rows in pending.tables.into_iter().flatten() {
            self.engine.load_table(position, arrived, rows);
        }
        let applied = Applied { epoch: self.epoch(), position, changes: pending.summary };
        self.changes.applied.extend(pending.reply.map(|reply| (applied, reply)));
        Ok(())
    }

    /// Catches up with the log where the state of the pending change is built, and tells its sender where it cannot be.
    fn make_ready(&mut self) -> Result<(), Error> {
        if matches!(self.changes.pending, Some(Pending { stage: Stage::Built(_), .. })) {
            // The rest is read from what is durable.
            self.syncer().sync()?;
        }
        let Some(mut pending) = self.changes.pending.take() else { return Ok(()) };
        pending.stage = match pending.stage {
            Stage::Built(warmed) => {
                match self.caught_up(*warmed, &pending.definitions, &mut pending.tables) {
                    Ok(engine) => Stage::Ready(Next::Replace(Box::new(engine))),
                    Err(error) => Stage::Failed(error.to_string()),
                }
            }
            stage => stage,
        };
        if let Stage::Failed(reason) = &pending.stage
            && let Some(reply) = pending.reply.take()
        {
            let message = format!("the change is given up, since its state cannot be built: {reason}");
            reply(Err(ChangeError::Refused(message)));
        }
        self.changes.pending = Some(pending);
        Ok(())
    }

    /// The number of the change that is defined and not yet in force, and what it does.
    pub fn pending_change(&self) -> Option<(u64, &[String])> {
        self.changes.pending.as_ref().map(|pending| (pending.change, &pending.summary[..]))
    }

    /// Whether a change waits for nothing but its turn.
    pub(crate) fn is_change_next(&self) -> bool {
        self.changes.pending.is_none() && !self.changes.waiting.is_empty()
    }

    /// Whether a change waits for nothing but space on the disk.
    pub(crate) fn is_change_held_up(&self) -> bool {
        let stage = self.changes.pending.as_ref().map(|pending| &pending.stage);
        matches!(stage, Some(Stage::Built(_) | Stage::Ready(_) | Stage::Failed(_)))
    }

    /// The state of a change with what was logged since it was built, and the rows of the tables that it brings.
    fn caught_up(
        &self,
        warmed: Warmed,
        definitions: &Definitions,
        tables: &mut Option<Vec<Arc<TableRows>>>,
    ) -> Result<Engine, Error> {
        let Warmed { mut engine, address } = warmed;
        let mut frames = self.log.reader(address, Until::Durable)?;
        let mut observer = Observer {
            engine: &mut engine,
            catalog: &self.catalog,
            blobs: &self.blobs,
            executor: &*self.options.executor,
            events: 0,
        };
        observer.run(&mut *frames)?;
        if tables.is_none() {
            *tables = Some(load_changed(&self.catalog.current(), definitions, &self.blobs)?);
        }
        Ok(engine)
    }

    /// Writes what becomes of a change, given the next epoch and its arrival, and returns its position and arrival.
    fn log_end(
        &mut self,
        control: impl FnOnce(Epoch, Micros) -> Control,
    ) -> Result<(Position, Micros), Error> {
        let arrived = self.control_arrival();
        let position = self.append_control(control(self.epoch() + 1, arrived))?;
        Ok((position, arrived))
    }

    /// Lets what a change brings act.
    fn activate(&mut self, next: Next) -> Result<(), Error> {
        match next {
            Next::Adopt(plan) => self.engine.adopt(plan)?,
            Next::Replace(engine) => {
                let former = std::mem::replace(&mut self.engine, *engine);
                self.engine.succeed(former);
                self.checkpoint_wanted = self.has_events();
            }
        }
        Ok(())
    }
}
