//! How much keyed state there is: counted at once where nobody waits, and a few keys at a time beside events.

pub use windows::Memory;

use crate::{Engine, execute::Shards, plan::PlanTimeline};

/// Memory of one timeline over its shards.
#[derive(Clone, Debug)]
pub struct TimelineMemory {
    /// Stream and key.
    pub label: String,
    /// Keys, rows and bytes.
    pub memory: Memory,
}

/// A count under way.
#[derive(Debug)]
pub(crate) struct Survey {
    /// By timeline, as far as it was looked at.
    totals: Vec<Memory>,
    timeline: usize,
    shard: usize,
    slot: usize,
}

impl Survey {
    fn new(timelines: usize) -> Self {
        Self { totals: vec![Memory::default(); timelines], timeline: 0, shard: 0, slot: 0 }
    }

    /// Looks at up to `slots_max` more keys. Returns whether it has seen all.
    fn advance(&mut self, state: &mut [Shards], mut slots_max: usize) -> bool {
        while let Some(shards) = state.get_mut(self.timeline) {
            let Some(shard) = shards.shards.get_mut(self.shard) else {
                (self.timeline, self.shard) = (self.timeline + 1, 0);
                continue;
            };
            let shard = shard.get_mut().expect("no task panicked");
            let from = self.slot.min(shard.slots());
            let to = shard.slots().min(from + slots_max);
            let total = &mut self.totals[self.timeline];
            *total += shard.memory_of(from..to);
            if to < shard.slots() {
                self.slot = to;
                return false;
            }
            *total += shard.memory_shared();
            slots_max -= to - from;
            (self.shard, self.slot) = (self.shard + 1, 0);
        }
        true
    }
}

impl Engine {
    /// What each timeline holds. It looks at every key: [`Engine::survey`] is for those who must not be long.
    pub fn memory(&self) -> Vec<TimelineMemory> {
        let of = |state: &Shards| {
            let mut total = Memory::default();
            for shard in &state.shards {
                total += shard.lock().expect("no task panicked").memory();
            }
            total
        };
        self.labelled(self.state.iter().map(of))
    }

    /// Looks at up to `keys_max` more keys, and says what each timeline holds when it has seen all of them; the next call
    /// begins anew. Keys that change meanwhile count as they were when it was their turn.
    pub fn survey(&mut self, keys_max: usize) -> Option<Vec<TimelineMemory>> {
        let mut survey = self.survey.take().unwrap_or_else(|| Survey::new(self.state.len()));
        if survey.advance(&mut self.state, keys_max) {
            return Some(self.labelled(survey.totals.into_iter()));
        }
        self.survey = Some(survey);
        None
    }

    fn labelled(&self, memory: impl Iterator<Item = Memory>) -> Vec<TimelineMemory> {
        let of = |(timeline, memory): (&PlanTimeline, Memory)| TimelineMemory {
            label: timeline.label.clone(),
            memory,
        };
        self.plan.timelines.iter().zip(memory).map(of).collect()
    }
}
