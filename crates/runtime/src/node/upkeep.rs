//! Checkpoints, and merges of the index's files, beside the live work.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use engine::checkpoint::Section;
use ingest::identity::{Leftovers, Merged};

use super::{Command, Handle, spawn_behind};
use crate::{
    Error,
    checkpoint::{Collected, Job, Written},
    processor::Processor,
};

const CHECKPOINT_THREAD: &str = "mitra-checkpoint";
const MERGE_THREAD: &str = "mitra-merge";
const SWEEP_THREAD: &str = "mitra-sweep";

/// Rows that are collected at a time: a fraction of a millisecond.
const ROWS: usize = 2_048;

/// Pieces that may wait for the disk.
const PIECES_MAX: usize = 64;

/// A checkpoint's share of the core's time while events wait: one part in so many.
const SHARE: u32 = 4;

/// How long a core without work waits for a disk that is behind.
pub(super) const PATIENCE: Duration = Duration::from_millis(1);

/// What runs.
pub(super) struct Upkeep {
    checkpoint: Option<Checkpoint>,
    merge: Option<JoinHandle<Result<Merged, Error>>>,
    /// Those that remove what a checkpoint or a merge has left over.
    sweeps: Vec<JoinHandle<()>>,
    /// Whether the index has other files than when it was last asked for a merge.
    files_changed: bool,
}

struct Checkpoint {
    /// Gone when everything is sent, or nothing more is wanted.
    pieces: Option<SyncSender<Piece>>,
    /// One that found no room.
    held: Option<Piece>,
    thread: JoinHandle<Written>,
}

enum Piece {
    Section(Section),
    Complete,
}

impl Upkeep {
    /// Nothing runs yet.
    pub const fn new() -> Self {
        Self { checkpoint: None, merge: None, sweeps: Vec::new(), files_changed: true }
    }

    /// Begins what is due.
    pub fn begin(&mut self, processor: &mut Processor, core: &Handle) -> Result<(), Error> {
        if self.checkpoint.is_none() && processor.is_checkpoint_due() {
            match processor.begin_checkpoint() {
                Ok(Some(job)) => self.checkpoint = Some(Checkpoint::start(job, core.clone())),
                Ok(None) => {}
                Err(error) if error.is_full() => {}
                Err(error) => return Err(error),
            }
        }
        if self.merge.is_none()
            && std::mem::take(&mut self.files_changed)
            && let Some(merge) = processor.merge_due()
        {
            let core = core.clone();
            self.merge = Some(spawn_behind(MERGE_THREAD, move || {
                let merged = catch_unwind(AssertUnwindSafe(|| Ok(merge.run()?)));
                core.tell(Command::Merged);
                merged.unwrap_or(Err(Error::Thread(MERGE_THREAD)))
            }));
        }
        Ok(())
    }

    /// Whether state is to be collected and there is room for it.
    pub fn is_collecting(&self) -> bool {
        self.checkpoint.as_ref().is_some_and(|checkpoint| checkpoint.pieces.is_some())
    }

    /// Collects state for a share of the time that was just spent on events, or once. Returns whether the disk is
    /// behind.
    pub fn collect(&mut self, processor: &mut Processor, spent: Duration) -> bool {
        let Some(checkpoint) = &mut self.checkpoint else { return false };
        let started = Instant::now();
        loop {
            if !checkpoint.step(processor) {
                return true;
            }
            if checkpoint.pieces.is_none() || started.elapsed() * SHARE >= spent {
                return false;
            }
        }
    }

    /// The thread that writes a checkpoint has ended.
    pub fn checkpointed(&mut self, processor: &mut Processor) -> Result<(), Error> {
        let Some(checkpoint) = self.checkpoint.take() else { return Ok(()) };
        self.files_changed = true;
        let written = checkpoint.thread.join().unwrap_or(Written::failed(Error::Thread(CHECKPOINT_THREAD)));
        match processor.checkpointed(written) {
            Ok(leftovers) => self.sweep(leftovers),
            Err(error) if error.is_full() => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// The thread that merges has ended.
    pub fn merged(&mut self, processor: &mut Processor) -> Result<(), Error> {
        let Some(thread) = self.merge.take() else { return Ok(()) };
        match thread.join().unwrap_or(Err(Error::Thread(MERGE_THREAD))) {
            Ok(merged) => {
                self.files_changed = true;
                self.sweep(processor.merged(merged));
                Ok(())
            }
            // It is due again after the next checkpoint.
            Err(error) if error.is_full() => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn sweep(&mut self, leftovers: Leftovers) {
        self.sweeps.retain(|sweep| !sweep.is_finished());
        // What cannot be removed now is removed at the next start.
        self.sweeps.push(spawn_behind(SWEEP_THREAD, || drop(leftovers.remove())));
    }

    /// Waits for what runs, and gives up what is not collected.
    pub fn stop(&mut self, processor: &mut Processor) -> Result<(), Error> {
        if let Some(checkpoint) = &mut self.checkpoint {
            checkpoint.pieces = None;
        }
        self.checkpointed(processor)?;
        self.merged(processor)?;
        self.sweeps.drain(..).try_for_each(|sweep| sweep.join().map_err(|_| Error::Thread(SWEEP_THREAD)))
    }
}

impl Checkpoint {
    fn start(job: Job, core: Handle) -> Self {
        let (pieces, receiver) = sync_channel(PIECES_MAX);
        let thread = spawn_behind(CHECKPOINT_THREAD, move || {
            let written = catch_unwind(AssertUnwindSafe(|| write(job, &receiver)));
            core.tell(Command::Checkpointed);
            written.unwrap_or(Err(Error::Thread(CHECKPOINT_THREAD))).unwrap_or_else(Written::failed)
        });
        Self { pieces: Some(pieces), held: None, thread }
    }

    /// Collects one piece and hands it over. Returns whether there was room.
    fn step(&mut self, processor: &mut Processor) -> bool {
        let Some(pieces) = &self.pieces else { return true };
        let piece = self.held.take().or_else(|| match processor.collect(ROWS) {
            Collected::Section(section) => Some(Piece::Section(section)),
            Collected::Complete => Some(Piece::Complete),
            Collected::GivenUp => None,
        });
        let Some(piece) = piece else {
            self.pieces = None;
            return true;
        };
        let is_complete = matches!(piece, Piece::Complete);
        match pieces.try_send(piece) {
            Ok(()) if !is_complete => true,
            Err(TrySendError::Full(piece)) => {
                self.held = Some(piece);
                false
            }
            // The thread says itself why it has ended.
            Ok(()) | Err(TrySendError::Disconnected(_)) => {
                self.pieces = None;
                true
            }
        }
    }
}

fn write(job: Job, pieces: &Receiver<Piece>) -> Result<Written, Error> {
    let mut writer = job.open()?.gently();
    loop {
        match pieces.recv() {
            Ok(Piece::Section(section)) => writer.section(&section)?,
            Ok(Piece::Complete) => return Ok(writer.finish()),
            Err(_) => return Ok(Written::given_up()),
        }
    }
}
