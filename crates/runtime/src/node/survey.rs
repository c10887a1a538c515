//! How much state there is, counted between batches: a walk over all keys at once would hold up every event that comes
//! meanwhile.

use std::time::{Duration, Instant};

use super::Shared;
use crate::processor::Processor;

/// How long a count is new enough.
const PERIOD: Duration = Duration::from_secs(10);

/// Keys that are looked at between two batches at least: some ten microseconds.
const KEYS: usize = 256;

/// A count's share of the core's time while events come: one part in so many.
const SHARE: u32 = 32;

/// Keys that are looked at when nobody waits: a millisecond or so, since somebody may come.
const KEYS_IDLE: usize = 16_384;

/// A count now and then.
pub(super) struct Survey {
    /// When the next one begins, unless one is under way.
    due: Instant,
}

impl Survey {
    /// The first one begins at once.
    pub fn new() -> Self {
        Self { due: Instant::now() }
    }

    /// Goes on for a share of the time that was just spent on events.
    pub fn step(&mut self, processor: &mut Processor, shared: &Shared, spent: Duration) {
        let started = Instant::now();
        while started >= self.due {
            self.look(processor, shared, KEYS);
            if started.elapsed() * SHARE >= spent {
                return;
            }
        }
    }

    /// Goes on while nobody waits.
    pub fn step_idle(&mut self, processor: &mut Processor, shared: &Shared) {
        if Instant::now() >= self.due {
            self.look(processor, shared, KEYS_IDLE);
        }
    }

    fn look(&mut self, processor: &mut Processor, shared: &Shared, keys: usize) {
        if let Some(memory) = processor.survey(keys) {
            shared.publish_memory(memory);
            self.due = Instant::now() + PERIOD;
        }
    }
}
