//! The timelines' part of a batch: operations in log order by shard, the shards of all timelines side by side, results
//! back in row order.

use std::sync::Mutex;

use types::{Column, DataType, Values};
use windows::{Action, Operation, Side, Timeline};

use super::{Admission, Batch, Workspace};
use crate::plan::{Level, LevelTimeline, PlanSide, PlanTimeline};

/// Shards of a timeline: each owns a range of key hashes.
pub const SHARDS: usize = 4;

/// Below this many operations one thread does them all.
const PARALLEL_OPERATIONS_MIN: usize = 512;

/// One timeline's state.
#[derive(Debug)]
pub struct Shards {
    /// Each under its own lock, so that tasks on several threads own one each.
    pub shards: Vec<Mutex<Timeline>>,
}

/// Buffers of one timeline's batch, reused by the next.
#[derive(Debug, Default)]
pub struct Buffers {
    shards: Vec<Mutex<ShardBuffer>>,
    results: Mutex<Results>,
}

#[derive(Debug, Default)]
struct ShardBuffer {
    operations: Vec<Operation>,
    /// By side, a column for each aggregate that is read.
    outputs: Vec<Vec<Column>>,
}

/// What the shards' results are put together from and to.
#[derive(Debug, Default)]
struct Results {
    /// By side, the shard that answers each row; `NO_SHARD` when none does.
    picks: Vec<Vec<u8>>,
    /// By side, the nodes' columns while the batch runs.
    columns: Vec<Vec<Column>>,
}

const NO_SHARD: u8 = u8::MAX;

impl Shards {
    /// Empty shards for a timeline.
    pub fn new(timeline: &PlanTimeline) -> Self {
        Self { shards: (0..SHARDS).map(|_| Mutex::new(Timeline::new(timeline.spec.clone()))).collect() }
    }
}

impl Batch<'_> {
    /// Puts the batch's rows on a level's timelines and reads what the epoch needs from them.
    pub fn timelines(&self, level: &Level, workspace: &mut Workspace, state: &[Shards]) {
        let mut buffers = std::mem::take(&mut workspace.timelines);
        let (mut active, mut operations) = (Vec::with_capacity(level.timelines.len()), 0);
        for timeline in &level.timelines {
            let planned = &self.plan.timelines[timeline.timeline];
            let has_rows = |side: &PlanSide| !workspace.streams[side.stream].positions.is_empty();
            if !planned.sides.iter().any(has_rows) {
                continue;
            }
            for side in &planned.sides {
                if !workspace.streams[side.stream].positions.is_empty() {
                    self.encode_keys(side.key_set, workspace);
                }
            }
            let own = &mut buffers[timeline.timeline];
            own.prepare(planned, timeline, workspace);
            operations += self.operations(planned, timeline, workspace, own);
            active.push(timeline);
        }
        let apply = |task: usize| {
            let timeline = active[task / SHARDS];
            let index = timeline.timeline;
            self.apply(timeline, workspace, &state[index], &buffers[index], task % SHARDS);
        };
        self.side_by_side(active.len() * SHARDS, operations, &apply);
        self.side_by_side(active.len(), operations, &|task| buffers[active[task].timeline].gather());
        for timeline in active {
            let planned = &self.plan.timelines[timeline.timeline];
            buffers[timeline.timeline].hand_over(planned, timeline, workspace);
        }
        workspace.timelines = buffers;
    }

    /// Runs independent tasks, on several threads when there is enough to do.
    fn side_by_side(&self, tasks: usize, operations: usize, task: &(dyn Fn(usize) + Sync)) {
        if operations >= PARALLEL_OPERATIONS_MIN && self.executor.threads() > 1 {
            self.executor.run(tasks, task);
        } else {
            (0..tasks).for_each(task);
        }
    }

    /// Lists each shard's operations in log order and returns how many there are.
    fn operations(
        &self,
        planned: &PlanTimeline,
        level: &LevelTimeline,
        workspace: &Workspace,
        buffers: &mut Buffers,
    ) -> usize {
        let single = planned.sides.len() == 1;
        let mut count = 0;
        if single {
            let stream = planned.sides[0].stream;
            for row in 0..workspace.streams[stream].positions.len() {
                count += self.operation(planned, level, workspace, buffers, 0, row);
            }
            return count;
        }
        let mut next = vec![0; self.plan.streams.len()];
        let blocks: Vec<Option<usize>> =
            self.input.streams.iter().map(|rows| self.plan.stream(&rows.stream)).collect();
        for block in &self.input.order {
            let Some(stream) = blocks[usize::from(*block)] else { continue };
            let row = next[stream];
            next[stream] += 1;
            for side in 0..planned.sides.len() {
                if planned.sides[side].stream == stream {
                    count += self.operation(planned, level, workspace, buffers, side, row);
                }
            }
        }
        count
    }

    fn operation(
        &self,
        planned: &PlanTimeline,
        level: &LevelTimeline,
        workspace: &Workspace,
        buffers: &mut Buffers,
        side: usize,
        row: usize,
    ) -> usize {
        let plan_side = &planned.sides[side];
        let work = &workspace.streams[plan_side.stream];
        let reads = !level.aggregates[side].is_empty();
        let admitted = side > 0
            || planned.admit.is_none_or(|node| {
                let column = self.column(plan_side.stream, node, work);
                !column.nulls[row] && column.as_boolean().expect("admit is boolean")[row]
            });
        let runs = work.admissions[row] == Admission::OnTime && admitted && (reads || side == 0);
        let picks = &mut buffers.results.get_mut().expect("no task panicked").picks[side];
        if !runs {
            picks.push(NO_SHARD);
            return 0;
        }
        let action = match (side, reads) {
            (0, true) => Action::InsertAndRead,
            (0, false) => Action::Insert,
            _ => Action::Read,
        };
        let hash = workspace.keys[plan_side.key_set].hash(row).unwrap_or(0);
        let shard = (hash >> 56) as usize % SHARDS;
        let side_index = u16::try_from(side).expect("a timeline has few sides");
        let row = u32::try_from(row).expect("a batch has at most 8,192 events");
        picks.push(shard as u8);
        let buffer = buffers.shards[shard].get_mut().expect("no task panicked");
        buffer.operations.push(Operation { side: side_index, row, action });
        1
    }

    /// Runs one shard's operations.
    fn apply(
        &self,
        level: &LevelTimeline,
        workspace: &Workspace,
        state: &Shards,
        buffers: &Buffers,
        shard: usize,
    ) {
        let mut buffer = buffers.shards[shard].lock().expect("no task panicked");
        let ShardBuffer { operations, outputs } = &mut *buffer;
        if operations.is_empty() {
            return;
        }
        let planned = &self.plan.timelines[level.timeline];
        let writer = &workspace.streams[planned.sides[0].stream];
        let writes = !writer.positions.is_empty();
        let columns = planned.columns.iter().map(|node| self.column(planned.sides[0].stream, *node, writer));
        let values: Vec<&Column> = if writes { columns.collect() } else { Vec::new() };
        let sides: Vec<Side<'_>> = planned
            .sides
            .iter()
            .enumerate()
            .map(|(index, side)| Side {
                keys: &workspace.keys[side.key_set],
                times: &workspace.streams[side.stream].times,
                positions: &workspace.streams[side.stream].positions,
                values: if index == 0 { &values } else { &[] },
                reads: &level.aggregates[index],
            })
            .collect();
        let before =
            self.input.arrived.first().map_or(i64::MIN, |arrived| arrived.saturating_sub(planned.retention));
        let mut timeline = state.shards[shard].lock().expect("no task panicked");
        timeline.apply(&sides, operations, outputs);
        timeline.evict(before);
    }
}

impl Buffers {
    /// Empties everything and takes the columns of the nodes that get results.
    fn prepare(&mut self, planned: &PlanTimeline, level: &LevelTimeline, workspace: &mut Workspace) {
        let results = self.results.get_mut().expect("no task panicked");
        results.picks.resize_with(planned.sides.len(), Vec::new);
        results.picks.iter_mut().for_each(Vec::clear);
        results.columns.resize_with(planned.sides.len(), Vec::new);
        self.shards.resize_with(SHARDS, Mutex::default);
        for shard in &mut self.shards {
            let shard = shard.get_mut().expect("no task panicked");
            shard.operations.clear();
            shard.outputs.resize_with(planned.sides.len(), Vec::new);
        }
        for (side, planned) in planned.sides.iter().enumerate() {
            let rows = &mut workspace.streams[planned.stream];
            if rows.positions.is_empty() {
                continue;
            }
            let taken = level.nodes[side].iter().map(|node| {
                let nothing = Column::new(DataType::Boolean);
                std::mem::replace(&mut rows.nodes[*node], nothing)
            });
            results.columns[side].extend(taken);
            for shard in &mut self.shards {
                let shard = shard.get_mut().expect("no task panicked");
                empty(&mut shard.outputs[side], &results.columns[side]);
            }
        }
    }

    /// Puts the shards' results into the nodes' columns, in row order.
    fn gather(&self) {
        let mut results = self.results.lock().expect("no task panicked");
        let Results { picks, columns } = &mut *results;
        let mut shards: [_; SHARDS] =
            std::array::from_fn(|shard| self.shards[shard].lock().expect("no task panicked"));
        for (side, (picks, columns)) in picks.iter().zip(columns).enumerate() {
            let Some(first) = picks.first() else { continue };
            let only = usize::from(*first);
            if only < SHARDS && picks.iter().all(|pick| pick == first) {
                columns.swap_with_slice(&mut shards[only].outputs[side]);
                continue;
            }
            for (index, column) in columns.iter_mut().enumerate() {
                interleave(std::array::from_fn(|shard| &shards[shard].outputs[side][index]), picks, column);
            }
        }
    }

    /// Gives the nodes their columns back.
    fn hand_over(&mut self, planned: &PlanTimeline, level: &LevelTimeline, workspace: &mut Workspace) {
        let results = self.results.get_mut().expect("no task panicked");
        for ((side, nodes), columns) in planned.sides.iter().zip(&level.nodes).zip(&mut results.columns) {
            for (node, column) in nodes.iter().zip(columns.drain(..)) {
                workspace.streams[side.stream].nodes[*node] = column;
            }
        }
    }
}

/// Empties columns, which are to have the types of others.
fn empty(columns: &mut Vec<Column>, like: &[Column]) {
    let same = columns.len() == like.len()
        && columns.iter().zip(like).all(|(column, like)| column.data_type == like.data_type);
    if same {
        columns.iter_mut().for_each(Column::clear);
    } else {
        *columns = like.iter().map(|like| Column::new(like.data_type)).collect();
    }
}

/// Takes the next value of the picked source for each row, NULL where no source is picked.
fn interleave(sources: [&Column; SHARDS], picks: &[u8], target: &mut Column) {
    target.clear();
    let mut next = [0_usize; SHARDS];
    macro_rules! copy {
        ($variant:path, $target:expr) => {{
            let slices =
                sources.map(|column| if let $variant(values) = &column.values { &values[..] } else { &[] });
            for pick in picks {
                let pick = usize::from(*pick);
                if pick >= SHARDS {
                    $target.push(Default::default());
                    target.nulls.push(true);
                    continue;
                }
                let row = next[pick];
                next[pick] += 1;
                $target.push(slices[pick][row]);
                target.nulls.push(sources[pick].nulls[row]);
            }
        }};
    }
    match &mut target.values {
        Values::BigInt(values) => copy!(Values::BigInt, values),
        Values::Timestamptz(values) => copy!(Values::Timestamptz, values),
        Values::Decimal(values) => copy!(Values::Decimal, values),
        Values::Double(values) => copy!(Values::Double, values),
        Values::Boolean(values) => copy!(Values::Boolean, values),
        Values::Date(values) => copy!(Values::Date, values),
        Values::Interval(values) => copy!(Values::Interval, values),
        Values::Text(_) => {
            for pick in picks {
                let pick = usize::from(*pick);
                if pick >= SHARDS {
                    target.push_null();
                } else {
                    target.push_from(sources[pick], next[pick]);
                    next[pick] += 1;
                }
            }
        }
    }
}
