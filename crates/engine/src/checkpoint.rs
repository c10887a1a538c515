//! Keyed state to and from a checkpoint's sections: rows only, since every accumulator is a cache.

use std::sync::Mutex;

use windows::{Memory, Timeline};

use crate::{Engine, Error, Plan, execute::Shards, plan::PlanTimeline};

/// A named part of a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// `rows/<identity>/<shard>`.
    pub name: String,
    /// How long rows were kept (8 bytes), the number of columns (4), their identities (16 each), then the rows.
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
    format!("rows/{identity}/{shard}")
}

/// A section taken apart.
struct Saved<'a> {
    retention: i64,
    columns: Vec<u128>,
    rows: &'a [u8],
}

impl<'a> Saved<'a> {
    fn begin(timeline: &PlanTimeline) -> Vec<u8> {
        let mut bytes = timeline.retention.to_le_bytes().to_vec();
        let columns = &timeline.column_identities;
        let count = u32::try_from(columns.len()).expect("the binder bounds the values of a view");
        bytes.extend_from_slice(&count.to_le_bytes());
        columns.iter().for_each(|column| bytes.extend_from_slice(&column.to_le_bytes()));
        bytes
    }

    fn read(bytes: &'a [u8]) -> Option<Self> {
        let (retention, rest) = bytes.split_first_chunk()?;
        let (count, rest) = rest.split_first_chunk()?;
        let count = usize::try_from(u32::from_le_bytes(*count)).ok()?;
        let (columns, rows) = rest.split_at_checked(count.checked_mul(size_of::<u128>())?)?;
        let (columns, _) = columns.as_chunks();
        let columns = columns.iter().map(|column| u128::from_le_bytes(*column)).collect();
        Some(Self { retention: i64::from_le_bytes(*retention), columns, rows })
    }
}

impl Engine {
    /// All keyed state.
    pub fn sections(&self) -> Vec<Section> {
        let mut sections = Vec::new();
        for (timeline, state) in self.plan.timelines.iter().zip(&self.state) {
            for (index, shard) in state.shards.iter().enumerate() {
                let mut bytes = Saved::begin(timeline);
                shard.lock().expect("no task panicked").encode(&mut bytes);
                sections.push(Section { name: section_name(&timeline.identity, index), bytes });
            }
        }
        sections
    }

    /// An engine with the state of a checkpoint, of which it takes the columns that the plan keeps.
    ///
    /// # Errors
    /// `NeedsHistory` when the checkpoint lacks a timeline of the plan, or a column or older rows of one; `Checkpoint`
    /// when a section cannot be read.
    pub fn restore(plan: Plan, section: &dyn Fn(&str) -> Option<Vec<u8>>) -> Result<Self, Error> {
        let mut engine = Self::new(plan);
        for (timeline, state) in engine.plan.timelines.iter().zip(&mut engine.state) {
            for (index, shard) in state.shards.iter_mut().enumerate() {
                let name = section_name(&timeline.identity, index);
                let needs_history = || Error::NeedsHistory(timeline.label.clone());
                let bytes = section(&name).ok_or_else(needs_history)?;
                let saved = Saved::read(&bytes).ok_or_else(|| Error::Checkpoint {
                    section: name.clone(),
                    reason: "it ends before its rows".to_owned(),
                })?;
                let columns = timeline.columns_among(&saved.columns);
                let columns = columns.filter(|_| saved.retention >= timeline.retention);
                let columns = columns.ok_or_else(needs_history)?;
                *shard = Mutex::new(decode(timeline, &columns, &name, saved.rows)?);
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
    /// The rows of `present` as `timeline` keeps them, whose columns are among theirs.
    pub(crate) fn respecified(&self, present: &PlanTimeline, timeline: &PlanTimeline) -> Result<Self, Error> {
        let columns = timeline.columns_among(&present.column_identities);
        let columns = columns.ok_or_else(|| Error::NeedsHistory(timeline.label.clone()))?;
        let mut shards = Vec::with_capacity(self.shards.len());
        for shard in &self.shards {
            let mut bytes = Vec::new();
            shard.lock().expect("no task panicked").encode(&mut bytes);
            shards.push(Mutex::new(decode(timeline, &columns, &timeline.label, &bytes)?));
        }
        Ok(Self { shards })
    }
}

fn decode(
    timeline: &PlanTimeline,
    columns: &[usize],
    section: &str,
    bytes: &[u8],
) -> Result<Timeline, Error> {
    Timeline::decode_columns(timeline.spec.clone(), columns, bytes)
        .map_err(|error| Error::Checkpoint { section: section.to_owned(), reason: error.to_string() })
}
