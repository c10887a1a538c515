//! What other threads ask of a node.

use std::sync::{
    Arc,
    atomic::Ordering,
    mpsc::{SyncSender, TrySendError},
};

use ingest::files::MergedBatch;

use super::Shared;
use crate::{
    Error,
    changes::{Applied, Change, ChangeError},
    processor::{Processor, Receipt, Submission},
    warming::Warmed,
};

/// Why a submission was not acknowledged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Too many events wait.
    #[error("{waiting} events wait for the engine; the limit is {limit}; send again in a second")]
    Busy {
        /// Events that wait.
        waiting: usize,
        /// `queue_len_max`.
        limit: usize,
    },
    /// The disk is full.
    #[error("the disk is full; nothing is acknowledged until space returns; send again later")]
    Full,
    /// The data directory is as large as it may be.
    #[error(
        "the data directory has {mebibytes} MiB and {limit} are allowed; nothing is acknowledged until some are gone or the \
         limit is raised; send again later"
    )]
    Bound {
        /// What it has.
        mebibytes: u64,
        /// What it may have.
        limit: u64,
    },
    /// The process stops or has failed.
    #[error("{0}")]
    Unavailable(String),
}

/// Called once with the outcome, from a thread that must not block.
pub type Reply<T> = Box<dyn FnOnce(T) + Send>;

pub(super) enum Command {
    Submit(Submission, Reply<Received>),
    Import(MergedBatch, Reply<Received>),
    Change(Change, Reply<Result<Applied, ChangeError>>),
    Warmed(Box<Result<Warmed, Error>>),
    Inspect(Box<dyn FnOnce(&Processor) + Send>),
    /// The thread that writes a checkpoint has ended.
    Checkpointed,
    /// The thread that merges files of the index has ended.
    Merged,
    Stop,
}

/// The outcome of a submission.
pub(super) type Received = Result<Receipt, Refusal>;

/// A handle to the running threads.
#[derive(Clone)]
pub struct Handle {
    pub(super) commands: SyncSender<Command>,
    pub(super) shared: Arc<Shared>,
}

impl Handle {
    /// Sends rows; the reply comes when they are durable, or at once when they are refused.
    pub fn submit(&self, submission: Submission, reply: Reply<Received>) {
        if let Some(refusal) = self.shared.bound() {
            return reply(Err(refusal));
        }
        let rows = submission.rows();
        let waiting = self.shared.waiting.fetch_add(rows, Ordering::AcqRel);
        let limit = self.shared.queue_len_max;
        if waiting > 0 && waiting + rows > limit {
            self.shared.waiting.fetch_sub(rows, Ordering::AcqRel);
            // What waited when the core failed waits for ever, and coming back in a second would not help.
            let failed = self.shared.failure().map(Refusal::Unavailable);
            return reply(Err(failed.unwrap_or(Refusal::Busy { waiting, limit })));
        }
        if let Err(error) = self.commands.try_send(Command::Submit(submission, reply)) {
            self.shared.waiting.fetch_sub(rows, Ordering::AcqRel);
            let (command, refusal) = match error {
                TrySendError::Full(command) => (command, Refusal::Busy { waiting, limit }),
                TrySendError::Disconnected(command) => (command, self.stopped()),
            };
            if let Command::Submit(_, reply) = command {
                reply(Err(refusal));
            }
        }
    }

    /// Sends a batch of history; the reply comes when it is durable. Waits while too much waits already.
    pub fn import(&self, batch: MergedBatch, reply: Reply<Received>) {
        if let Some(refusal) = self.shared.bound() {
            return reply(Err(refusal));
        }
        if let Err(std::sync::mpsc::SendError(Command::Import(_, reply))) =
            self.commands.send(Command::Import(batch, reply))
        {
            reply(Err(self.stopped()));
        }
    }

    /// Sends statements; the reply comes when they are in force and durable.
    pub fn change(&self, change: Change, reply: Reply<Result<Applied, ChangeError>>) {
        let (command, refusal) = match self.commands.try_send(Command::Change(change, reply)) {
            Ok(()) => return,
            Err(TrySendError::Full(command)) => {
                let waiting = self.shared.waiting.load(Ordering::Relaxed);
                (command, Refusal::Busy { waiting, limit: self.shared.queue_len_max })
            }
            Err(TrySendError::Disconnected(command)) => (command, self.stopped()),
        };
        if let Command::Change(_, reply) = command {
            reply(Err(ChangeError::Unavailable(refusal.to_string())));
        }
    }

    /// Runs `look` on the processor's thread between two batches.
    pub fn inspect(&self, look: Box<dyn FnOnce(&Processor) + Send>) {
        // A node that stops has nothing to look at; the caller's channel tells it so.
        drop(self.commands.send(Command::Inspect(look)));
    }

    /// Has events refused for this reason from now on, or taken again. Definitions may change meanwhile: that may be what
    /// helps.
    pub fn refuse(&self, bound: Option<Refusal>) {
        self.shared.refuse(bound);
    }

    /// What is known without asking.
    pub fn shared(&self) -> &Shared {
        &self.shared
    }

    /// Sends a command to a core that may be gone.
    pub(super) fn tell(&self, command: Command) {
        drop(self.commands.send(command));
    }

    fn stopped(&self) -> Refusal {
        let reason = self.shared.ready().err();
        Refusal::Unavailable(reason.unwrap_or_else(|| "the process is stopping; send again later".to_owned()))
    }
}
