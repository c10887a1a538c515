//! The state of a change built from history beside the live work.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use catalog::Catalog;
use engine::{Engine, Executor, Plan};
use eventlog::{Address, Frame, Frames};

use crate::{Error, blobs::Blobs, history::Observer, processor::BATCH_EVENTS_MAX};

/// Events between the end of the log and what a change's state was built from, when the rest is read on the thread
/// that decides.
const CATCH_UP_EVENTS_MAX: u64 = BATCH_EVENTS_MAX as u64;

/// Rounds of catching up beside the live work, for a log that grows faster than it is read.
const CATCH_UP_ROUNDS_MAX: usize = 20;

/// Everything that building the state of a change needs, away from the processor.
pub struct Warming {
    pub(crate) plan: Plan,
    pub(crate) catalog: Catalog,
    pub(crate) blobs: Blobs,
    pub(crate) executor: Arc<dyn Executor + Send>,
    pub(crate) frames: Box<dyn Frames>,
}

/// State built from history up to an address.
pub struct Warmed {
    pub(crate) engine: Engine,
    pub(crate) address: Address,
}

impl Warming {
    /// Lets others see in `at` how far in the log it has come.
    pub(crate) fn watched(self, at: Arc<AtomicU64>) -> Self {
        at.store(self.frames.cursor().0, Ordering::Relaxed);
        Self { frames: Box::new(Watched { frames: self.frames, at }), ..self }
    }

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
            events: 0,
        };
        let mut address = observer.run(&mut *self.frames)?;
        // What arrived meanwhile is read here too, so that little is left for the thread that decides.
        for _ in 0..CATCH_UP_ROUNDS_MAX {
            let before = observer.events;
            address = observer.run(&mut *self.frames)?;
            if observer.events - before <= CATCH_UP_EVENTS_MAX {
                break;
            }
        }
        Ok(Warmed { engine, address })
    }
}

/// Frames whose reader is watched.
struct Watched {
    frames: Box<dyn Frames>,
    at: Arc<AtomicU64>,
}

impl Frames for Watched {
    fn read(&mut self, frame: &mut Frame) -> eventlog::Result<bool> {
        let read = self.frames.read(frame);
        self.at.store(self.frames.cursor().0, Ordering::Relaxed);
        read
    }

    fn cursor(&self) -> Address {
        self.frames.cursor()
    }
}
