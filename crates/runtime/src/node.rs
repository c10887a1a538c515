//! The two threads of a process: one owns the processor, one makes the log durable and gives the replies.

mod handle;
mod pace;
mod shared;
mod survey;
mod upkeep;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::Ordering,
        mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, TryRecvError, channel, sync_channel},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use eventlog::{Address, Syncer};
use types::Epoch;

use handle::{Command, Received};
pub use handle::{Handle, Refusal, Reply};
use shared::COUNTERS_PERIOD;
pub use shared::{Figures, Pending, Shared, State};
use survey::Survey;
use upkeep::Upkeep;

use crate::{
    Error,
    changes::{Applied, Change, ChangeError, Progress},
    processor::{Processor, Receipt, Submission},
    warming::Warming,
};

/// Commands that may wait; each submission counts its rows against `queue_len_max` as well.
const COMMANDS_MAX: usize = 65_536;

/// How often a full disk is asked whether it has space again, when nobody sends anything.
const FULL_PERIOD: Duration = Duration::from_millis(200);

/// How often a node to which nobody sends asks whether a checkpoint is due.
const UPKEEP_PERIOD: Duration = Duration::from_secs(1);

/// Batches that may wait for a sync.
const SYNC_QUEUE_MAX: usize = 256;

/// Niceness of threads that nobody waits for: a tenth of a processor that others want as well.
#[cfg(target_os = "linux")]
const BEHIND: i32 = 10;

const CORE_THREAD: &str = "mitra-core";
const SYNC_THREAD: &str = "mitra-sync";
const WARM_THREAD: &str = "mitra-warm";

struct Acknowledgement {
    receipts: Vec<(Received, Reply<Received>)>,
    changes: Vec<(Applied, Reply<Result<Applied, ChangeError>>)>,
}

/// The running threads.
pub struct Node {
    handle: Handle,
    core: JoinHandle<Result<(), Error>>,
    sync: JoinHandle<()>,
}

impl Node {
    /// Starts the threads.
    pub fn start(processor: Processor, queue_len_max: usize) -> Self {
        let shared = Arc::new(Shared::new(&processor, queue_len_max));
        let (commands, receiver) = sync_channel(COMMANDS_MAX);
        let (acknowledge, acknowledgements) = sync_channel(SYNC_QUEUE_MAX);
        let handle = Handle { commands, shared: Arc::clone(&shared) };
        let syncer = processor.syncer();
        let sync_shared = Arc::clone(&shared);
        let sync = spawn(SYNC_THREAD, move || {
            let _watch = Watch { shared: Arc::clone(&sync_shared), thread: SYNC_THREAD };
            sync_loop(&acknowledgements, &*syncer, &sync_shared);
        });
        let own = handle.clone();
        let core = spawn(CORE_THREAD, move || {
            let _watch = Watch { shared: Arc::clone(&shared), thread: CORE_THREAD };
            let published = processor.epoch();
            let (upkeep, survey) = (Upkeep::new(), Survey::new());
            let mut core = Core { processor, shared, acknowledge, own, published, upkeep, survey };
            let result = core.run(&receiver);
            // Nobody waits for a core that takes no more commands.
            drop(receiver);
            let result = result.and(core.upkeep.stop(&mut core.processor));
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
        let result = self.core.join().unwrap_or(Err(Error::Thread(CORE_THREAD)));
        let synced = self.sync.join().map_err(|_| Error::Thread(SYNC_THREAD));
        result.and(synced)
    }
}

/// The one place where threads start: named, and joined by their owner.
pub(crate) fn spawn<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> JoinHandle<T> {
    thread::Builder::new().name(name.to_owned()).spawn(work).expect("the system can start a thread")
}

/// A thread for work that nobody waits for: it leaves the processors to the others while they have something to do.
fn spawn_behind<T: Send + 'static>(name: &str, work: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    spawn(name, || {
        // On Linux this is about the calling thread. Where it is refused the work competes with the others, as it is.
        #[cfg(target_os = "linux")]
        let _ = rustix::process::setpriority_process(None, BEHIND);
        work()
    })
}

/// Tells everybody when its thread panics: what waits is then refused, and nobody sends to a process that is dead.
struct Watch {
    shared: Arc<Shared>,
    thread: &'static str,
}

impl Drop for Watch {
    fn drop(&mut self) {
        if thread::panicking() {
            self.shared.fail(&Error::Thread(self.thread).to_string());
        }
    }
}

struct Core {
    processor: Processor,
    shared: Arc<Shared>,
    acknowledge: SyncSender<Acknowledgement>,
    own: Handle,
    /// Epoch of the definitions that other threads see.
    published: Epoch,
    upkeep: Upkeep,
    survey: Survey,
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
                Some(command) => Some(command),
                None => self.next(commands)?,
            };
            let Some(command) = command else { return Ok(()) };
            let started = Instant::now();
            match command {
                Command::Submit(submission, reply) => {
                    let mut waiting = vec![(submission, reply)];
                    held = collect(commands, &mut waiting, self.processor.batch_events_max());
                    self.submit(waiting)?;
                }
                Command::Import(batch, reply) => {
                    let result = self.processor.import(batch).map(|receipt| vec![receipt]);
                    self.finish(result, vec![(reply, false)])?;
                }
                Command::Change(change, reply) => self.change(change, reply)?,
                Command::Warmed(warmed) => self.processor.warmed(*warmed)?,
                Command::Inspect(look) => look(&self.processor),
                Command::Checkpointed => self.upkeep.checkpointed(&mut self.processor)?,
                Command::Merged => self.upkeep.merged(&mut self.processor)?,
                Command::Stop => return Ok(()),
            }
            self.publish_changes()?;
            self.upkeep.begin(&mut self.processor, &self.own)?;
            if self.upkeep.is_collecting() {
                self.collect(started.elapsed());
            }
            self.survey.step(&mut self.processor, &self.shared, started.elapsed());
        }
    }

    /// Collects state for a checkpoint. Returns whether the disk is behind.
    fn collect(&mut self, spent: Duration) -> bool {
        let started = Instant::now();
        let is_behind = self.upkeep.collect(&mut self.processor, spent);
        self.processor.spent.checkpoints += started.elapsed();
        is_behind
    }

    /// The next command. Until there is one, state is collected for a checkpoint, a full disk is asked for space, since
    /// those who wait for readiness send nothing, and what was counted last is shown.
    fn next(&mut self, commands: &Receiver<Command>) -> Result<Option<Command>, Error> {
        let mut disk_is_behind = false;
        loop {
            let is_full = self.shared.full.load(Ordering::Relaxed);
            let patience = match (self.upkeep.is_collecting(), self.shared.is_behind(), is_full) {
                (true, ..) if disk_is_behind => upkeep::PATIENCE,
                (true, ..) => Duration::ZERO,
                (_, true, _) => COUNTERS_PERIOD,
                (_, _, true) => FULL_PERIOD,
                _ if self.processor.has_new_events() => UPKEEP_PERIOD,
                _ => return Ok(commands.recv().ok()),
            };
            match commands.recv_timeout(patience) {
                Ok(command) => return Ok(Some(command)),
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
                Err(RecvTimeoutError::Timeout) => {
                    if is_full {
                        self.probe_space()?;
                    }
                    self.shared.publish(&self.processor);
                    self.upkeep.begin(&mut self.processor, &self.own)?;
                    disk_is_behind = self.collect(Duration::ZERO);
                    self.survey.step_idle(&mut self.processor, &self.shared);
                }
            }
        }
    }

    fn probe_space(&mut self) -> Result<(), Error> {
        match self.processor.probe_space() {
            Err(error) if error.is_full() => Ok(()),
            proved => {
                proved?;
                self.publish_changes()?;
                self.shared.full.store(false, Ordering::Relaxed);
                Ok(())
            }
        }
    }

    /// Tells everybody of changes that have come into force, and goes on with those that waited for them.
    fn publish_changes(&mut self) -> Result<(), Error> {
        if self.processor.is_change_held_up() {
            self.shared.full.store(true, Ordering::Relaxed);
        }
        self.shared.publish_pending(&self.processor);
        // One that was given up leaves the epoch as it was, and others may wait for it.
        if self.processor.epoch() == self.published && !self.processor.is_change_next() {
            return Ok(());
        }
        let warming = self.processor.resume_changes()?;
        let applied = self.processor.take_applied();
        self.acknowledge_changes(applied)?;
        if let Some(warming) = warming {
            self.warm(warming);
        }
        Ok(())
    }

    fn submit(&mut self, waiting: Waiting) -> Result<(), Error> {
        let rows: usize = waiting.iter().map(|(submission, _)| submission.rows()).sum();
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
        self.send(Acknowledgement { receipts, changes: Vec::new() })
    }

    fn change(&mut self, change: Change, reply: Reply<Result<Applied, ChangeError>>) -> Result<(), Error> {
        match self.processor.change(change, reply)? {
            Progress::Done(replies) => self.acknowledge_changes(replies),
            Progress::Warming(warming) => {
                self.warm(*warming);
                Ok(())
            }
            Progress::Waiting => Ok(()),
        }
    }

    fn acknowledge_changes(
        &mut self,
        changes: Vec<(Applied, Reply<Result<Applied, ChangeError>>)>,
    ) -> Result<(), Error> {
        self.shared.publish(&self.processor);
        self.shared.publish_pending(&self.processor);
        self.shared.publish_catalog(&self.processor);
        self.published = self.processor.epoch();
        self.send(Acknowledgement { receipts: Vec::new(), changes })
    }

    /// Builds the state of a change beside the live work.
    fn warm(&self, warming: Warming) {
        self.shared.publish_pending(&self.processor);
        let commands = self.own.commands.clone();
        let warming = warming.watched(Arc::clone(&self.shared.warmed_to));
        let work = move || {
            let warmed = catch_unwind(AssertUnwindSafe(|| warming.run()));
            let warmed = warmed.unwrap_or(Err(Error::Builder(WARM_THREAD)));
            // A core that is gone needs no message.
            drop(commands.send(Command::Warmed(Box::new(warmed))));
        };
        // The thread ends with its message.
        drop(spawn_behind(WARM_THREAD, work));
    }

    fn send(&self, acknowledgement: Acknowledgement) -> Result<(), Error> {
        self.acknowledge.send(acknowledgement).map_err(|_| Error::Thread(SYNC_THREAD))
    }
}

/// Takes the submissions that wait, up to a full frame; returns the first command that does not belong to it.
fn collect(commands: &Receiver<Command>, waiting: &mut Waiting, rows_max: usize) -> Option<Command> {
    let mut total = waiting[0].0.rows();
    loop {
        match commands.try_recv() {
            Ok(Command::Submit(submission, reply)) => {
                let more = submission.rows();
                if total + more > rows_max {
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
        let started = Instant::now();
        let synced: Result<Address, _> = syncer.sync();
        let took = started.elapsed();
        shared.add_syncing(took);
        shared.synced(took);
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
