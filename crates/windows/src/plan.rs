//! A spec taken apart into what is shared: lanes of values, frames, structures; and what each side reads from them.

use crate::{
    Aggregate, Frame, Function, TimelineSpec,
    chunk::{Cell, Field, Layout, Place},
    lane::Lane,
    summary::SummaryPlan,
};

/// Everything about a timeline that does not depend on its rows.
#[derive(Clone, Debug)]
pub struct Plan {
    pub spec: TimelineSpec,
    /// Chunks of keys that are scanned.
    pub small: Layout,
    /// Chunks of keys that have structures.
    pub large: Layout,
    pub lanes: Vec<Lane>,
    pub groups: Vec<Group>,
    pub edges: Vec<EdgePlan>,
    /// What is summed up to the edges.
    pub tallies: Vec<TallyPlan>,
    pub distincts: Vec<DistinctPlan>,
    pub tails: Vec<Tail>,
    /// The lanes whose values are linked to the previous and next equal one.
    pub links: Vec<usize>,
    /// The lanes that chunks are summarised by.
    pub summaries: Vec<SummaryPlan>,
    /// One for each of the spec's aggregates.
    pub readings: Vec<Reading>,
}

/// A frame without its exclusion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bounds {
    /// Microseconds back.
    Range { end: i64, start: i64 },
    /// Rows back.
    Rows { end: u64, start: u64 },
}

/// A frame as the rows between two edges.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    pub bounds: Bounds,
    /// Index of the lower edge in `Plan::edges`.
    pub lo: usize,
    /// Index of the upper edge.
    pub hi: usize,
    /// Index in `Plan::distincts`, if distinct values are counted.
    pub distinct: Option<usize>,
}

/// Where an edge stands for a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// After the reader's own row, or after all rows of its time or before.
    Now,
    /// Before the first row at most so many microseconds back.
    From(i64),
    /// After the last row at least so many microseconds back.
    Until(i64),
    /// Before the row of this rank back, but not before the horizon.
    FromRank(u64),
    /// After the row of this rank back.
    UntilRank(u64),
}

/// A lower or upper bound that frames share, and what is summed of all rows before it.
#[derive(Clone, Debug)]
pub struct EdgePlan {
    pub bound: Bound,
    /// Indices in `Plan::tallies`.
    pub slots: Vec<usize>,
}

/// The edge of all upper bounds that reach the reader.
pub const NOW: usize = 0;

/// The lanes whose distinct values are counted in a frame.
#[derive(Clone, Debug)]
pub struct DistinctPlan {
    pub lanes: Vec<usize>,
}

/// What is summed of a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TallyPlan {
    pub lane: usize,
    pub sum: bool,
    pub squares: bool,
}

/// The least or greatest values of a lane up to an upper bound, for every lower bound.
#[derive(Clone, Debug)]
pub struct Tail {
    pub lane: usize,
    pub greatest: bool,
    upper: Bounds,
    /// The widest frame that reads it.
    pub widest: Bounds,
}

/// How one aggregate is answered.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    pub function: Function,
    pub lane: usize,
    pub group: usize,
    pub exclude_current: bool,
    pub answer: Answer,
}

/// Where an answer comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The number of rows.
    Rows,
    /// The difference of two of `Plan::tallies`: those of the lower and of the upper edge.
    Tally { lo: usize, hi: usize },
    /// An index in `Plan::distincts`, and one in its lanes.
    Distinct(usize, usize),
    /// An index in `Plan::tails`.
    Extreme(usize),
    /// The first row that passes the filter.
    First,
    /// The last row that passes the filter.
    Last,
}

impl Bounds {
    const fn new(frame: Frame) -> (Self, bool) {
        match frame {
            Frame::Range { start, end, exclude_current } => (Self::Range { end, start }, exclude_current),
            Frame::Rows { start, end, exclude_current } => (Self::Rows { end, start }, exclude_current),
        }
    }

    /// The same upper bound without a lower one.
    const fn upper(self) -> Self {
        match self {
            Self::Range { end, .. } => Self::Range { end, start: 0 },
            Self::Rows { end, .. } => Self::Rows { end, start: 0 },
        }
    }

    /// The edges of the frame.
    const fn edges(self) -> (Bound, Bound) {
        match self {
            Self::Range { end: 0, start } => (Bound::From(start), Bound::Now),
            Self::Range { end, start } => (Bound::From(start), Bound::Until(end)),
            Self::Rows { end: 0, start } => (Bound::FromRank(start), Bound::Now),
            Self::Rows { end, start } => (Bound::FromRank(start), Bound::UntilRank(end)),
        }
    }

    /// Whether the reading row itself is in the frame unless it is excluded.
    pub const fn reaches_current(self) -> bool {
        matches!(self, Self::Range { end: 0, .. } | Self::Rows { end: 0, .. })
    }
}

impl Plan {
    pub fn new(spec: TimelineSpec) -> Self {
        let mut plan = Self {
            small: Layout::new(&spec.columns, 0),
            large: Layout::default(),
            spec,
            lanes: Vec::new(),
            groups: Vec::new(),
            edges: vec![EdgePlan { bound: Bound::Now, slots: Vec::new() }],
            tallies: Vec::new(),
            distincts: Vec::new(),
            tails: Vec::new(),
            links: Vec::new(),
            summaries: Vec::new(),
            readings: Vec::new(),
        };
        for aggregate in plan.spec.aggregates.clone() {
            let reading = plan.reading(&aggregate);
            plan.readings.push(reading);
        }
        plan.large = Layout::new(&plan.spec.columns, plan.links.len());
        for reading in plan.readings.clone() {
            plan.summarise(&reading);
        }
        plan
    }

    fn summarise(&mut self, reading: &Reading) {
        let lane = reading.lane;
        if matches!(reading.answer, Answer::Rows | Answer::Distinct(..)) {
            return;
        }
        let tally = TallyPlan { lane, sum: false, squares: false };
        let new = || SummaryPlan { tally, least: false, greatest: false };
        let index = index_or_push(&mut self.summaries, |summary| summary.tally.lane == lane, new);
        let summary = &mut self.summaries[index];
        match reading.answer {
            Answer::Tally { lo, .. } => {
                let wanted = self.tallies[lo];
                summary.tally.sum |= wanted.sum;
                summary.tally.squares |= wanted.squares;
            }
            Answer::Extreme(tail) if self.tails[tail].greatest => summary.greatest = true,
            Answer::Extreme(_) => summary.least = true,
            _ => {}
        }
    }

    /// Whether a row has a decimal beyond 64 bits.
    #[inline]
    pub fn needs_wide(&self, cells: &[Cell]) -> bool {
        let beyond =
            |(field, cell): (&Field, &Cell)| matches!(field.place, Place::Decimal { .. }) && cell.is_wide();
        self.small.fields.iter().zip(cells).any(beyond)
    }

    /// The index of a lane's summary.
    pub fn summary(&self, lane: usize) -> usize {
        let same = |summary: &SummaryPlan| summary.tally.lane == lane;
        self.summaries.iter().position(same).expect("the plan summarises the lanes that it reads")
    }

    fn reading(&mut self, aggregate: &Aggregate) -> Reading {
        let function = aggregate.function;
        let lane = self.lane(aggregate);
        let (bounds, exclude_current) = Bounds::new(aggregate.frame);
        let group = self.group(bounds);
        let answer = match function {
            Function::CountRows if aggregate.filter.is_none() => Answer::Rows,
            Function::FirstValue => Answer::First,
            Function::LastValue => Answer::Last,
            Function::Min | Function::Max => {
                Answer::Extreme(self.tail(bounds, lane, function == Function::Max))
            }
            Function::CountDistinct => {
                let link = index_or_push(&mut self.links, |other| *other == lane, || lane);
                self.lanes[lane].link = Some(link);
                let distinct = *self.groups[group].distinct.get_or_insert_with(|| {
                    self.distincts.push(DistinctPlan { lanes: Vec::new() });
                    self.distincts.len() - 1
                });
                let lanes = &mut self.distincts[distinct].lanes;
                Answer::Distinct(distinct, index_or_push(lanes, |other| *other == lane, || lane))
            }
            _ => {
                let Group { lo, hi, .. } = self.groups[group];
                Answer::Tally { lo: self.slot(lo, lane, function), hi: self.slot(hi, lane, function) }
            }
        };
        Reading { function, lane, group, exclude_current, answer }
    }

    fn group(&mut self, bounds: Bounds) -> usize {
        let (lo, hi) = bounds.edges();
        let mut edge = |bound| {
            let new = || EdgePlan { bound, slots: Vec::new() };
            index_or_push(&mut self.edges, |edge| edge.bound == bound, new)
        };
        let new = Group { bounds, lo: edge(lo), hi: edge(hi), distinct: None };
        index_or_push(&mut self.groups, |group| group.bounds == bounds, || new)
    }

    /// The index of the tally of a lane before an edge.
    fn slot(&mut self, edge: usize, lane: usize, function: Function) -> usize {
        let tallies = &mut self.tallies;
        let slots = &mut self.edges[edge].slots;
        let slot = slots.iter().copied().find(|slot| tallies[*slot].lane == lane);
        let slot = slot.unwrap_or_else(|| {
            slots.push(tallies.len());
            tallies.push(TallyPlan { lane, sum: false, squares: false });
            tallies.len() - 1
        });
        tallies[slot].sum |= function.sums();
        tallies[slot].squares |= function.squares();
        slot
    }

    fn lane(&mut self, aggregate: &Aggregate) -> usize {
        let lane = Lane::new(aggregate, &self.spec, &self.small);
        index_or_push(&mut self.lanes, |other| other.is_same(&lane), || lane.clone())
    }

    fn tail(&mut self, bounds: Bounds, lane: usize, greatest: bool) -> usize {
        let upper = bounds.upper();
        let same = |tail: &Tail| tail.lane == lane && tail.greatest == greatest && tail.upper == upper;
        let index = index_or_push(&mut self.tails, same, || Tail { lane, greatest, upper, widest: bounds });
        let tail = &mut self.tails[index];
        tail.widest = tail.widest.max(bounds);
        index
    }
}

fn index_or_push<T>(items: &mut Vec<T>, same: impl Fn(&T) -> bool, new: impl FnOnce() -> T) -> usize {
    items.iter().position(same).unwrap_or_else(|| {
        items.push(new());
        items.len() - 1
    })
}

/// What the reading operations of one side give, in the order of evaluation.
#[derive(Clone, Debug)]
pub struct ReadPlan {
    /// The side's reads.
    pub reads: Vec<usize>,
    /// The edges that the frames need, but for `NOW`.
    pub edges: Vec<usize>,
    /// Frames that exclude the reader first: the others then take the reader in.
    pub visits: Vec<Visit>,
    /// The same by lane, for keys that are scanned.
    pub scans: Vec<Scan>,
}

/// One frame and what is read from it.
#[derive(Clone, Debug)]
pub struct Visit {
    pub group: usize,
    pub exclude_current: bool,
    pub outputs: Vec<Output>,
}

/// An aggregate and the column that it goes to.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    pub column: usize,
    pub reading: Reading,
}

/// One lane and its frames, each with the index of its visit: narrow before wide where upper bounds are equal.
#[derive(Clone, Debug)]
pub struct Scan {
    pub lane: usize,
    pub tally: Option<TallyPlan>,
    pub least: bool,
    pub greatest: bool,
    pub distinct: bool,
    pub frames: Vec<(usize, Vec<Output>)>,
}

impl ReadPlan {
    pub fn new(plan: &Plan, reads: &[usize]) -> Self {
        let mut visits: Vec<Visit> = Vec::new();
        for (column, read) in reads.iter().enumerate() {
            let reading = plan.readings[*read];
            let Reading { group, exclude_current, .. } = reading;
            let same = |visit: &Visit| visit.group == group && visit.exclude_current == exclude_current;
            let new = || Visit { group, exclude_current, outputs: Vec::new() };
            let visit = index_or_push(&mut visits, same, new);
            visits[visit].outputs.push(Output { column, reading });
        }
        visits.sort_by_key(|visit| (!visit.exclude_current, plan.groups[visit.group].bounds));
        let mut scans: Vec<Scan> = Vec::new();
        for (index, visit) in visits.iter().enumerate() {
            for output in &visit.outputs {
                let scan = Scan::of(&mut scans, plan, &output.reading);
                match scan.frames.last_mut() {
                    Some((last, outputs)) if *last == index => outputs.push(*output),
                    _ => scan.frames.push((index, vec![*output])),
                }
            }
        }
        let edges = visits.iter().flat_map(|visit| {
            let Group { lo, hi, .. } = plan.groups[visit.group];
            [lo, hi]
        });
        let mut edges: Vec<usize> = edges.filter(|edge| *edge != NOW).collect();
        edges.sort_unstable();
        edges.dedup();
        Self { reads: reads.to_vec(), edges, visits, scans }
    }
}

impl Scan {
    fn of<'a>(scans: &'a mut Vec<Self>, plan: &Plan, reading: &Reading) -> &'a mut Self {
        let lane = reading.lane;
        let index = index_or_push(
            scans,
            |scan| scan.lane == lane,
            || Self { lane, tally: None, least: false, greatest: false, distinct: false, frames: Vec::new() },
        );
        let scan = &mut scans[index];
        match reading.answer {
            Answer::Tally { lo, .. } => {
                let wanted = plan.tallies[lo];
                let tally = scan.tally.get_or_insert(wanted);
                tally.sum |= wanted.sum;
                tally.squares |= wanted.squares;
            }
            Answer::Extreme(tail) if plan.tails[tail].greatest => scan.greatest = true,
            Answer::Extreme(_) => scan.least = true,
            Answer::Distinct(..) => scan.distinct = true,
            Answer::Rows | Answer::First | Answer::Last => {}
        }
        scan
    }
}
