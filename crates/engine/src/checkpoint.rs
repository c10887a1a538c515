//! Keyed state to and from a checkpoint's sections: rows only, since every accumulator is a cache.

use std::sync::Mutex;

use windows::Timeline;

use crate::{Engine, Error, Plan, execute::Shards, plan::PlanTimeline};

/// A named part of a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// `rows/<identity>/<shard>/<piece>`.
    pub name: String,
    /// How long rows were kept (8 bytes), the number of columns (4), their identities (16 each), then the rows.
    pub bytes: Vec<u8>,
}

/// Reads a section by its name: `None` when there is none, an error when it cannot be read.
pub type ReadSection<'a> = &'a dyn Fn(&str) -> Result<Option<Vec<u8>>, String>;

/// Bytes of rows that a shard keeps for its next piece before that comes out of turn.
const PIECE_BYTES_MAX: usize = 4 << 20;

/// A snapshot of all timelines under way.
#[derive(Debug)]
pub(crate) struct Snapshot {
    /// By timeline and shard: how many pieces there are so far; `None` after the last one.
    pieces: Vec<Vec<Option<usize>>>,
}

impl Snapshot {
    /// The shard that gives the next piece: one that has much to give, else the first that is not through.
    fn next(&self, state: &mut [Shards]) -> Option<(usize, usize)> {
        let mut first = None;
        for (timeline, pieces) in self.pieces.iter().enumerate() {
            for (shard, _) in pieces.iter().enumerate().filter(|(_, piece)| piece.is_some()) {
                let rows = state[timeline].shards[shard].get_mut().expect("no task panicked");
                if rows.snapshot_bytes() > PIECE_BYTES_MAX {
                    return Some((timeline, shard));
                }
                first = first.or(Some((timeline, shard)));
            }
        }
        first
    }
}

fn section_name(identity: &str, shard: usize, piece: usize) -> String {
    format!("rows/{identity}/{shard}/{piece}")
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
    /// Begins a snapshot of all keyed state as it is now; one that was begun before is given up.
    pub fn begin_snapshot(&mut self) {
        for shard in self.state.iter_mut().flat_map(|state| &mut state.shards) {
            shard.get_mut().expect("no task panicked").begin_snapshot();
        }
        let pieces = self.state.iter().map(|state| vec![Some(0); state.shards.len()]).collect();
        self.snapshot = Some(Snapshot { pieces });
    }

    /// The next piece of the snapshot, of about `rows_max` rows and those of keys that have changed meanwhile; `None`
    /// when there is none left. Events can be processed between two pieces.
    pub fn snapshot(&mut self, rows_max: usize) -> Option<Section> {
        let snapshot = self.snapshot.as_mut()?;
        let Some((timeline, shard)) = snapshot.next(&mut self.state) else {
            self.snapshot = None;
            return None;
        };
        let planned = &self.plan.timelines[timeline];
        let mut bytes = Saved::begin(planned);
        let rows = self.state[timeline].shards[shard].get_mut().expect("no task panicked");
        let is_last = rows.snapshot(rows_max, &mut bytes);
        let place = &mut snapshot.pieces[timeline][shard];
        let piece = place.expect("it is not through");
        *place = (!is_last).then_some(piece + 1);
        Some(Section { name: section_name(&planned.identity, shard, piece), bytes })
    }

    /// Gives up the snapshot, if there is one.
    pub fn abandon_snapshot(&mut self) {
        if self.snapshot.take().is_some() {
            for shard in self.state.iter_mut().flat_map(|state| &mut state.shards) {
                shard.get_mut().expect("no task panicked").abandon_snapshot();
            }
        }
    }

    /// Whether pieces of a snapshot are left.
    pub fn is_in_snapshot(&self) -> bool {
        self.snapshot.is_some()
    }

    /// An engine with the state of a checkpoint, of which it takes the columns that the plan keeps.
    ///
    /// # Errors
    /// `NeedsHistory` when the checkpoint lacks a timeline of the plan, or a column or older rows of one; `Checkpoint`
    /// when a section cannot be read.
    pub fn restore(plan: Plan, section: ReadSection<'_>) -> Result<Self, Error> {
        let mut engine = Self::new(plan);
        for (timeline, state) in engine.plan.timelines.iter().zip(&mut engine.state) {
            for (index, shard) in state.shards.iter_mut().enumerate() {
                *shard = Mutex::new(restored(timeline, index, section)?);
            }
        }
        Ok(engine)
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

/// A shard from all its pieces.
fn restored(timeline: &PlanTimeline, shard: usize, section: ReadSection<'_>) -> Result<Timeline, Error> {
    let needs_history = || Error::NeedsHistory(timeline.label.clone());
    let mut restored = None;
    for piece in 0.. {
        let name = section_name(&timeline.identity, shard, piece);
        let damaged = |reason| Error::Checkpoint { section: name.clone(), reason };
        let Some(bytes) = section(&name).map_err(damaged)? else { break };
        let saved = Saved::read(&bytes).ok_or_else(|| damaged("it ends before its rows".to_owned()))?;
        let columns = timeline.columns_among(&saved.columns);
        let columns = columns.filter(|_| saved.retention >= timeline.retention);
        let columns = columns.ok_or_else(needs_history)?;
        let into = restored.get_or_insert_with(|| Timeline::new(timeline.spec.clone()));
        into.decode_more(&columns, saved.rows).map_err(|error| damaged(error.to_string()))?;
    }
    restored.ok_or_else(needs_history)
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
