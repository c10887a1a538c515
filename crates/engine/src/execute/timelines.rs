//! A timeline's part of a batch: operations in log order by shard, shards side by side, results back in row order.

use std::sync::Mutex;

use types::{Column, Values};
use windows::{Action, Operation, Side, Timeline};

use super::{Admission, Batch, Workspace};
use crate::plan::{LevelTimeline, PlanTimeline};

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
    /// For each side, the shard that answers each row; `NO_SHARD` when none does.
    picks: Vec<Vec<u8>>,
}

#[derive(Debug, Default)]
struct ShardBuffer {
    operations: Vec<Operation>,
    outputs: Vec<Vec<Column>>,
}

const NO_SHARD: u8 = u8::MAX;

impl Shards {
    /// Empty shards for a timeline.
    pub fn new(timeline: &PlanTimeline) -> Self {
        Self { shards: (0..SHARDS).map(|_| Mutex::new(Timeline::new(timeline.spec.clone()))).collect() }
    }
}

impl Batch<'_> {
    /// Puts the batch's rows on a timeline and reads what the epoch needs from it.
    pub fn timeline(&self, level: &LevelTimeline, workspace: &mut Workspace, state: &mut Shards) {
        let planned = &self.plan.timelines[level.timeline];
        let active = |side: &crate::plan::PlanSide| !workspace.streams[side.stream].positions.is_empty();
        if !planned.sides.iter().any(active) {
            return;
        }
        for side in &planned.sides {
            if !workspace.streams[side.stream].positions.is_empty() {
                self.encode_keys(side.key_set, workspace);
            }
        }
        let mut buffers = std::mem::take(&mut workspace.timelines);
        buffers.prepare(planned, level);
        let operations = self.operations(planned, level, workspace, &mut buffers);
        self.apply(planned, level, workspace, state, &buffers, operations);
        for (side, plan_side) in planned.sides.iter().enumerate() {
            let rows = &mut workspace.streams[plan_side.stream];
            buffers.gather(side, &level.nodes[side], &mut rows.nodes);
        }
        workspace.timelines = buffers;
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
        if !runs {
            buffers.picks[side].push(NO_SHARD);
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
        let buffer = buffers.shards[shard].get_mut().expect("no task panicked");
        buffer.operations.push(Operation { side: side_index, row, action });
        buffers.picks[side].push(shard as u8);
        1
    }

    fn apply(
        &self,
        planned: &PlanTimeline,
        level: &LevelTimeline,
        workspace: &Workspace,
        state: &Shards,
        buffers: &Buffers,
        operations: usize,
    ) {
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
        let task = |shard: usize| {
            let mut buffer = buffers.shards[shard].lock().expect("no task panicked");
            let ShardBuffer { operations, outputs } = &mut *buffer;
            if operations.is_empty() {
                return;
            }
            let mut timeline = state.shards[shard].lock().expect("no task panicked");
            timeline.apply(&sides, operations, outputs);
            timeline.evict(before);
        };
        if operations >= PARALLEL_OPERATIONS_MIN && self.executor.threads() > 1 {
            self.executor.run(SHARDS, &task);
        } else {
            (0..SHARDS).for_each(task);
        }
    }
}

impl Buffers {
    fn prepare(&mut self, planned: &PlanTimeline, level: &LevelTimeline) {
        self.shards.resize_with(SHARDS, Mutex::default);
        self.picks.resize_with(planned.sides.len(), Vec::new);
        self.picks.iter_mut().for_each(Vec::clear);
        for shard in &mut self.shards {
            let shard = shard.get_mut().expect("no task panicked");
            shard.operations.clear();
            shard.outputs = level.aggregates.iter().map(|reads| output_columns(planned, reads)).collect();
        }
    }

    /// Moves one side's results to its nodes, in row order.
    fn gather(&mut self, side: usize, nodes: &[usize], targets: &mut [Column]) {
        let picks = &self.picks[side];
        if picks.is_empty() {
            return;
        }
        let shards: Vec<&mut ShardBuffer> =
            self.shards.iter_mut().map(|shard| shard.get_mut().expect("no task panicked")).collect();
        for (index, node) in nodes.iter().enumerate() {
            let sources: Vec<&Column> = shards.iter().map(|shard| &shard.outputs[side][index]).collect();
            interleave(&sources, picks, &mut targets[*node]);
        }
    }
}

fn output_columns(planned: &PlanTimeline, reads: &[usize]) -> Vec<Column> {
    let data_type = |read: &usize| {
        let aggregate = &planned.spec.aggregates[*read];
        let argument = aggregate.argument.map(|column| planned.spec.columns[column]);
        aggregate.function.result_type(argument).expect("the binder checked the argument's type")
    };
    reads.iter().map(|read| Column::new(data_type(read))).collect()
}

/// Takes the next value of the picked source for each row, NULL where no source is picked.
fn interleave(sources: &[&Column], picks: &[u8], target: &mut Column) {
    target.clear();
    let mut next = [0_usize; SHARDS];
    macro_rules! copy {
        ($variant:path, $target:expr) => {{
            let slices: Vec<_> = sources
                .iter()
                .map(|column| if let $variant(values) = &column.values { &values[..] } else { &[] })
                .collect();
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
