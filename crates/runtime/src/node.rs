//! The two threads of a process: one owns the processor, one makes the log durable and gives the replies.

use std::{
    sync::{
        Arc, Mutex, RwLock,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
        mpsc::{Receiver, Sender, SyncSender, TryRecvError, channel, sync_channel},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use catalog::Catalog;
use engine::Counters;
use eventlog::{Address, Syncer};
use ingest::files::MergedBatch;
use types::{Epoch, Position};

use crate::{
    Error,
    changes::{Applied, Change, ChangeError, Warmed},
    processor::{BATCH_EVENTS_MAX, Processor, Receipt, Submission},
};

/// Commands that may wait; each submission counts its rows against `queue_len_max` as well.
const COMMANDS_MAX: usize = 65_536;

/// How often counters are shown to other threads.
const COUNTERS_PERIOD: Duration = Duration::from_millis(50);

/// Batches that may wait for a sync.
const SYNC_QUEUE_MAX: usize = 256;

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
    /// The process stops or has failed.
    #[error("{0}")]
    Unavailable(String),
}

/// Called once with the outcome, from a thread that must not block.
pub type Reply<T> = Box<dyn FnOnce(T) + Send>;

enum Command {
    Submit(Submission, Reply<Received>),
    Import(MergedBatch, Reply<Received>),
    Change(Change, Reply<Result<Applied, ChangeError>>),
    Warmed(Box<Result<Warmed, Error>>),
    Inspect(Box<dyn FnOnce(&Processor) + Send>),
    Stop,
}

/// The outcome of a submission.
type Received = Result<Receipt, Refusal>;

struct Acknowledgement {
    receipts: Vec<(Received, Reply<Received>)>,
    changes: Vec<(Applied, Reply<Result<Applied, ChangeError>>)>,
}

/// What other threads may know of the processor without asking it.
#[derive(Debug)]
pub struct Shared {
    catalog: RwLock<Arc<Catalog>>,
    /// Everything in the log before this address has its outputs, or needs none; 0 while outputs wait for space.
    decided: AtomicU64,
    /// Epoch in force.
    epoch: AtomicUsize,
    next_position: AtomicU64,
    waiting: AtomicUsize,
    queue_len_max: usize,
    batches: AtomicU64,
    counters: Mutex<(Instant, Counters)>,
    checkpoint_position: AtomicU64,
    full: AtomicBool,
    failed: Mutex<Option<String>>,
}

/// Figures of a running node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Epoch in force.
    pub epoch: Epoch,
    /// Position of the next record.
    pub next_position: Position,
    /// Events that wait for the engine.
    pub waiting: usize,
    /// Batches since the start.
    pub batches: u64,
    /// Position of the newest checkpoint.
    pub checkpoint_position: Position,
}

impl Shared {
    /// The definitions of every epoch so far.
    pub fn catalog(&self) -> Arc<Catalog> {
        Arc::clone(&self.catalog.read().expect("no writer panicked"))
    }

    /// The figures as they stand.
    pub fn figures(&self) -> Figures {
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Figures {
            epoch: Epoch::try_from(self.epoch.load(Ordering::Relaxed)).expect("epochs are 32-bit"),
            next_position: load(&self.next_position),
            waiting: self.waiting.load(Ordering::Relaxed),
            batches: load(&self.batches),
            checkpoint_position: load(&self.checkpoint_position),
        }
    }

    /// Everything in the log before this address has its outputs, or needs none.
    pub fn decided(&self) -> Address {
        Address(self.decided.load(Ordering::Acquire))
    }

    /// What the engine had counted a moment ago.
    pub fn counters(&self) -> Counters {
        self.counters.lock().expect("no holder panicked").1.clone()
    }

    /// Whether events can be acknowledged now; otherwise why not.
    ///
    /// # Errors
    /// The reason, for an operator.
    pub fn ready(&self) -> Result<(), String> {
        if let Some(reason) = &*self.failed.lock().expect("no holder panicked") {
            return Err(reason.clone());
        }
        if self.full.load(Ordering::Relaxed) {
            return Err(Refusal::Full.to_string());
        }
        Ok(())
    }

    fn fail(&self, reason: &str) {
        self.failed.lock().expect("no holder panicked").get_or_insert_with(|| reason.to_owned());
    }

    fn publish(&self, processor: &Processor) {
        let decided = if processor.is_stalled() { 0 } else { processor.end().0 };
        self.decided.store(decided, Ordering::Release);
        self.epoch.store(processor.epoch() as usize, Ordering::Relaxed);
        self.next_position.store(processor.next_position(), Ordering::Relaxed);
        let mut counters = self.counters.lock().expect("no holder panicked");
        if counters.0.elapsed() >= COUNTERS_PERIOD {
            *counters = (Instant::now(), processor.engine().counters().clone());
        }
        self.checkpoint_position.store(processor.checkpoint_position(), Ordering::Relaxed);
    }

    fn publish_catalog(&self, processor: &Processor) {
        *self.catalog.write().expect("no reader panicked") = Arc::new(processor.catalog().clone());
    }
}

/// A handle to the running threads.
#[derive(Clone)]
pub struct Handle {
    commands: SyncSender<Command>,
    shared: Arc<Shared>,
}

/// The running threads.
pub struct Node {
    handle: Handle,
    core: JoinHandle<Result<(), Error>>,
    sync: JoinHandle<()>,
}

impl Handle {
    /// Sends rows; the reply comes when they are durable, or at once when they are refused.
    pub fn submit(&self, submission: Submission, reply: Reply<Received>) {
        let rows = submission.columns.first().map_or(0, types::Column::len);
        let waiting = self.shared.waiting.fetch_add(rows, Ordering::AcqRel);
        let limit = self.shared.queue_len_max;
        if waiting > 0 && waiting + rows > limit {
            self.shared.waiting.fetch_sub(rows, Ordering::AcqRel);
            return reply(Err(Refusal::Busy { waiting, limit }));
        }
        if let Err(error) = self.commands.try_send(Command::Submit(submission, reply)) {
            self.shared.waiting.fetch_sub(rows, Ordering::AcqRel);
            let (command, refusal) = match error {
                std::sync::mpsc::TrySendError::Full(command) => (command, Refusal::Busy { waiting, limit }),
                std::sync::mpsc::TrySendError::Disconnected(command) => (command, self.stopped()),
            };
            if let Command::Submit(_, reply) = command {
                reply(Err(refusal));
            }
        }
    }

    /// Sends a batch of history; the reply comes when it is durable. Waits while too much waits already.
    pub fn import(&self, batch: MergedBatch, reply: Reply<Received>) {
        if let Err(std::sync::mpsc::SendError(Command::Import(_, reply))) =
            self.commands.send(Command::Import(batch, reply))
        {
            reply(Err(self.stopped()));
        }
    }

    /// Sends statements; the reply comes when they are in force and durable.
    pub fn change(&self, change: Change, reply: Reply<Result<Applied, ChangeError>>) {
        if let Err(std::sync::mpsc::SendError(Command::Change(_, reply))) =
            self.commands.send(Command::Change(change, reply))
        {
            reply(Err(ChangeError::Unavailable(self.stopped().to_string())));
        }
    }

    /// Runs `look` on the processor's thread between two batches.
    pub fn inspect(&self, look: Box<dyn FnOnce(&Processor) + Send>) {
        // A node that stops has nothing to look at; the caller's channel tells it so.
        drop(self.commands.send(Command::Inspect(look)));
    }

    /// What is known without asking.
    pub fn shared(&self) -> &Shared {
        &self.shared
    }

    fn stopped(&self) -> Refusal {
        let reason = self.shared.ready().err();
        Refusal::Unavailable(reason.unwrap_or_else(|| "the process is stopping; send again later".to_owned()))
    }
}

impl Node {
    /// Starts the threads.
    pub fn start(processor: Processor, queue_len_max: usize) -> Self {
        let shared = Arc::new(Shared {
            catalog: RwLock::new(Arc::new(processor.catalog().clone())),
            decided: AtomicU64::new(0),
            epoch: AtomicUsize::new(0),
            next_position: AtomicU64::new(0),
            waiting: AtomicUsize::new(0),
            queue_len_max,
            batches: AtomicU64::new(0),
            counters: Mutex::new((Instant::now(), processor.engine().counters().clone())),
            checkpoint_position: AtomicU64::new(0),
            full: AtomicBool::new(false),
            failed: Mutex::new(None),
        });
        shared.publish(&processor);
        let (commands, receiver) = sync_channel(COMMANDS_MAX);
        let (acknowledge, acknowledgements) = sync_channel(SYNC_QUEUE_MAX);
        let handle = Handle { commands, shared: Arc::clone(&shared) };
        let syncer = processor.syncer();
        let sync_shared = Arc::clone(&shared);
        let sync = spawn("mitra-sync", move || sync_loop(&acknowledgements, &*syncer, &sync_shared));
        let own = handle.clone();
        let core = spawn("mitra-core", move || {
            let mut core = Core { processor, shared, acknowledge, own };
            let result = core.run(&receiver);
            if let Err(error) = &result {
                core.shared.fail(&error.to_string());
                return result;
            }
            drop(core.acknowledge);
            core.processor.close()
        });
        Self { handle, core, sync }
    }

    /// A handle for other threads.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Finishes what waits, takes a checkpoint and closes the log.
    ///
    /// # Errors
    /// The error that ended the processor, if one did.
    pub fn stop(self) -> Result<(), Error> {
        // A core that has failed has no receiver any more; its error is joined below.
        drop(self.handle.commands.send(Command::Stop));
        let result = self.core.join().expect("the core thread does not panic");
        self.sync.join().expect("the sync thread does not panic");
        result
    }
}

/// The one place where threads start: named, and joined by their owner.
pub(crate) fn spawn<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> JoinHandle<T> {
    thread::Builder::new().name(name.to_owned()).spawn(work).expect("the system can start a thread")
}

struct Core {
    processor: Processor,
    shared: Arc<Shared>,
    acknowledge: SyncSender<Acknowledgement>,
    own: Handle,
}

type Waiting = Vec<(Submission, Reply<Received>)>;

impl Core {
    fn run(&mut self, commands: &Receiver<Command>) -> Result<(), Error> {
        if let Some(warming) = self.processor.resume_changes()? {
            self.warm(warming);
        }
        let mut held: Option<Command> = None;
        loop {
            let command = match held.take() {
                Some(command) => command,
                None => match commands.recv() {
                    Ok(command) => command,
                    Err(_) => return Ok(()),
                },
            };
            match command {
                Command::Submit(submission, reply) => {
                    let mut waiting = vec![(submission, reply)];
                    held = collect(commands, &mut waiting);
                    self.submit(waiting)?;
                }
                Command::Import(batch, reply) => {
                    let result = self.processor.import(batch).map(|receipt| vec![receipt]);
                    self.finish(result, vec![(reply, false)])?;
                }
                Command::Change(change, reply) => self.change(change, reply)?,
                Command::Warmed(warmed) => {
                    let replies = self.processor.warmed(*warmed)?;
                    self.acknowledge_changes(replies);
                    if let Some(warming) = self.processor.resume_changes()? {
                        self.warm(warming);
                    }
                }
                Command::Inspect(look) => look(&self.processor),
                Command::Stop => return Ok(()),
            }
        }
    }

    fn submit(&mut self, waiting: Waiting) -> Result<(), Error> {
        let rows =
            waiting.iter().map(|(submission, _)| submission.columns.first().map_or(0, types::Column::len));
        let rows: usize = rows.sum();
        let (submissions, replies): (Vec<_>, Vec<_>) = waiting.into_iter().unzip();
        let asked = submissions.iter().map(|submission: &Submission| submission.asked);
        let replies = replies.into_iter().zip(asked).collect();
        let result = self.processor.submit(submissions);
        self.shared.waiting.fetch_sub(rows, Ordering::AcqRel);
        self.finish(result, replies)
    }

    /// Hands a batch's receipts to the thread that syncs; a reply comes with whether its decisions were asked for.
    fn finish(
        &mut self,
        result: Result<Vec<Receipt>, Error>,
        replies: Vec<(Reply<Received>, bool)>,
    ) -> Result<(), Error> {
        let receipts = match result {
            Ok(receipts) => {
                let stalled = self.processor.is_stalled();
                self.shared.full.store(stalled, Ordering::Relaxed);
                let both = receipts.into_iter().zip(replies).map(|(receipt, (reply, asked))| {
                    (if stalled && asked { Err(Refusal::Full) } else { Ok(receipt) }, reply)
                });
                both.collect()
            }
            Err(error) if error.is_full() => {
                self.shared.full.store(true, Ordering::Relaxed);
                replies.into_iter().for_each(|(reply, _)| reply(Err(Refusal::Full)));
                return Ok(());
            }
            Err(error) => {
                let reason = error.to_string();
                self.shared.fail(&reason);
                replies.into_iter().for_each(|(reply, _)| reply(Err(Refusal::Unavailable(reason.clone()))));
                return Err(error);
            }
        };
        self.shared.batches.fetch_add(1, Ordering::Relaxed);
        self.shared.publish(&self.processor);
        self.send(Acknowledgement { receipts, changes: Vec::new() });
        if self.processor.is_checkpoint_due() {
            self.processor.checkpoint_unless_full()?;
        }
        Ok(())
    }

    fn change(&mut self, change: Change, reply: Reply<Result<Applied, ChangeError>>) -> Result<(), Error> {
        match self.processor.change(change, reply)? {
            crate::changes::Progress::Done(replies) => self.acknowledge_changes(replies),
            crate::changes::Progress::Warming(warming) => self.warm(*warming),
            crate::changes::Progress::Waiting => {}
        }
        Ok(())
    }

    fn acknowledge_changes(&mut self, changes: Vec<(Applied, Reply<Result<Applied, ChangeError>>)>) {
        self.shared.publish(&self.processor);
        self.shared.publish_catalog(&self.processor);
        self.send(Acknowledgement { receipts: Vec::new(), changes });
    }

    /// Builds the state of a change beside the live work.
    fn warm(&self, warming: crate::changes::Warming) {
        let commands = self.own.commands.clone();
        // The thread ends with its message; a core that is gone needs none.
        drop(spawn("mitra-warm", move || drop(commands.send(Command::Warmed(Box::new(warming.run()))))));
    }

    fn send(&self, acknowledgement: Acknowledgement) {
        // The sync thread outlives the core unless a sync failed, which it has told everybody.
        drop(self.acknowledge.send(acknowledgement));
    }
}

/// Takes the submissions that wait, up to a full frame; returns the first command of another kind.
fn collect(commands: &Receiver<Command>, waiting: &mut Waiting) -> Option<Command> {
    let rows = |submission: &Submission| submission.columns.first().map_or(0, types::Column::len);
    let mut total = rows(&waiting[0].0);
    loop {
        match commands.try_recv() {
            Ok(Command::Submit(submission, reply)) => {
                let more = rows(&submission);
                if total + more > BATCH_EVENTS_MAX {
                    return Some(Command::Submit(submission, reply));
                }
                total += more;
                waiting.push((submission, reply));
            }
            Ok(other) => return Some(other),
            Err(TryRecvError::Empty | TryRecvError::Disconnected) => return None,
        }
    }
}

fn sync_loop(acknowledgements: &Receiver<Acknowledgement>, syncer: &dyn Syncer, shared: &Shared) {
    let mut ready = Vec::new();
    while let Ok(first) = acknowledgements.recv() {
        ready.push(first);
        ready.extend(acknowledgements.try_iter());
        let synced: Result<Address, _> = syncer.sync();
        let failure = synced.err().map(|error| error.to_string());
        if let Some(reason) = &failure {
            shared.fail(reason);
        }
        for acknowledgement in ready.drain(..) {
            for (receipt, reply) in acknowledgement.receipts {
                reply(failure.clone().map_or(receipt, |reason| Err(Refusal::Unavailable(reason))));
            }
            for (applied, reply) in acknowledgement.changes {
                reply(failure.clone().map_or(Ok(applied), |reason| Err(ChangeError::Unavailable(reason))));
            }
        }
    }
}

/// A channel of one message, for callers that wait.
pub fn one<T: Send + 'static>() -> (Reply<T>, Receiver<T>) {
    let (sender, receiver): (Sender<T>, Receiver<T>) = channel();
    // Nobody waits any more when the receiver is gone.
    (Box::new(move |value| drop(sender.send(value))), receiver)
}
