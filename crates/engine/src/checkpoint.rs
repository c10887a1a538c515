//! Keyed state to and from a checkpoint's sections: rows only, since every accumulator is a cache.

use std::sync::Mutex;

use windows::{Memory, Timeline};

use crate::{Engine, Error, Plan, execute::Shards, plan::PlanTimeline};

/// A named part of a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// `timeline/<identity>/<shard>`.
    pub name: String,
    /// How long rows were kept (8 bytes), then the rows.
    pub bytes: Vec<u8>,
}

/// Memory of one timeline over its shards.
#[derive(Clone, Debug)]
pub struct TimelineMemory {
    /// Stream and key.
    pub label: String,
    /// Keys, rows and bytes.
    pub memory: Memory,
}

fn section_name(identity: &str, shard: usize) -> String {
    format!("timeline/{identity}/{shard}")
}

impl Engine {
    /// All keyed state.
    pub fn sections(&self) -> Vec<Section> {
        let mut sections = Vec::new();
        for (timeline, state) in self.plan.timelines.iter().zip(&self.state) {
            for (index, shard) in state.shards.iter().enumerate() {
                let mut bytes = timeline.retention.to_le_bytes().to_vec();
                shard.lock().expect("no task panicked").encode(&mut bytes);
                sections.push(Section { name: section_name(&timeline.identity, index), bytes });
            }
        }
        sections
    }

    /// An engine with the state of a checkpoint.
    ///
    /// # Errors
    /// `NeedsHistory` when the checkpoint lacks a timeline of the plan, `Checkpoint` when a section cannot be read.
    pub fn restore(plan: Plan, section: &dyn Fn(&str) -> Option<Vec<u8>>) -> Result<Self, Error> {
        let mut engine = Self::new(plan);
        for (timeline, state) in engine.plan.timelines.iter().zip(&mut engine.state) {
            for (index, shard) in state.shards.iter_mut().enumerate() {
                let name = section_name(&timeline.identity, index);
                let needs_history = || Error::NeedsHistory(timeline.label.clone());
                let bytes = section(&name).ok_or_else(needs_history)?;
                let (retention, rows) = bytes.split_first_chunk().ok_or_else(|| Error::Checkpoint {
                    section: name.clone(),
                    reason: "it ends before its retention".to_owned(),
                })?;
                if i64::from_le_bytes(*retention) < timeline.retention {
                    return Err(needs_history());
                }
                *shard = Mutex::new(decode(timeline, &name, rows)?);
            }
        }
        Ok(engine)
    }

    /// What each timeline holds.
    pub fn memory(&self) -> Vec<TimelineMemory> {
        let of = |(timeline, state): (&PlanTimeline, &Shards)| {
            let mut total = Memory::default();
            for shard in &state.shards {
                let memory = shard.lock().expect("no task panicked").memory();
                total.keys += memory.keys;
                total.rows += memory.rows;
                total.bytes_rows += memory.bytes_rows;
                total.bytes_keys += memory.bytes_keys;
                total.bytes_structures += memory.bytes_structures;
            }
            TimelineMemory { label: timeline.label.clone(), memory: total }
        };
        self.plan.timelines.iter().zip(&self.state).map(of).collect()
    }
}

impl Shards {
    /// The same rows with other things read from them.
    pub(crate) fn respecified(&self, timeline: &PlanTimeline) -> Result<Self, Error> {
        let mut shards = Vec::with_capacity(self.shards.len());
        for shard in &self.shards {
            let mut bytes = Vec::new();
            shard.lock().expect("no task panicked").encode(&mut bytes);
            shards.push(Mutex::new(decode(timeline, &timeline.label, &bytes)?));
        }
        Ok(Self { shards })
    }
}

fn decode(timeline: &PlanTimeline, section: &str, bytes: &[u8]) -> Result<Timeline, Error> {
    Timeline::decode(timeline.spec.clone(), bytes)
        .map_err(|error| Error::Checkpoint { section: section.to_owned(), reason: error.to_string() })
}
