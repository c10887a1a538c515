//! Links between rows of equal values, from which the number of different values of any frame is counted.

use hashbrown::HashTable;

use crate::{
    chunk::{Cell, Chunk, NEVER_AFTER, Order},
    lane::Lane,
    mark::Mark,
    meter,
    plan::Plan,
    rows::Rows,
    scan::bits,
};

/// Where each value of a lane was seen last.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    table: HashTable<Last>,
}

/// The last row of a value. The value itself is in that row: it is compared when the tags are equal, and two values of
/// one row's order cannot be.
#[derive(Clone, Debug)]
struct Last {
    time: i64,
    tie: u32,
    /// Part of the value's hash.
    tag: u32,
}

impl Last {
    const fn new((time, tie): Order, tag: u32) -> Self {
        Self { time, tie, tag }
    }

    const fn order(&self) -> Order {
        (self.time, self.tie)
    }
}

/// The finalizer of MurmurHash3.
const fn tag(identity: i128) -> u32 {
    let mut hash = identity as u64 ^ ((identity >> 64) as u64).rotate_left(32);
    hash = (hash ^ hash >> 33).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash = (hash ^ hash >> 33).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    (hash ^ hash >> 33) as u32
}

/// A table's hash of a tag: its top bits and its bottom bits both tell tags apart.
const fn hash(tag: u32) -> u64 {
    (tag as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Counts rows of one time, for the orders of rows that are looked at one after the other from the first of its time on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ties {
    last: Option<Order>,
}

impl Ties {
    /// The order of the next row.
    pub fn next(&mut self, time: i64) -> Order {
        let tie = match self.last {
            Some((last, tie)) if last == time => tie + 1,
            _ => 0,
        };
        *self.last.insert((time, tie))
    }
}

impl Seen {
    /// Links a row that has just been put in its place.
    pub fn insert(&mut self, rows: &mut Rows, plan: &Plan, link: usize, row: &Mark, order: Order) {
        let lane = &plan.lanes[plan.links[link]];
        let chunk = rows.chunk(row);
        if lane.mask(chunk) >> row.row() & 1 == 0 {
            return;
        }
        meter::visit(1);
        let identity = lane.identity(&plan.large, chunk, row.row());
        let tag = tag(identity);
        let mut place = None;
        let same = |last: &Last| {
            let is_equal = |mark: &Mark| lane.identity(&plan.large, rows.chunk(mark), mark.row()) == identity;
            if last.tag == tag {
                place = rows.find(last.order()).filter(is_equal);
            }
            last.tag == tag && place.is_some()
        };
        let Some(last) = self.table.find_mut(hash(tag), same) else {
            self.table.insert_unique(hash(tag), Last::new(order, tag), |last| hash(last.tag));
            return;
        };
        let place = place.expect("the last row of a value is there");
        let (previous, next) = if last.order() < order {
            *last = Last::new(order, tag);
            (Some(place), None)
        } else {
            Neighbours { rows, plan, lane, link, identity }.find(place, row, order)
        };
        if let Some(previous) = previous {
            let previous_order = rows.order(&previous);
            rows.chunk_mut(&previous).set_next(&plan.large, link, previous.row(), order);
            rows.chunk_mut(row).set_previous(&plan.large, link, row.row(), previous_order);
        }
        if let Some(next) = next {
            let next_order = rows.order(&next);
            rows.chunk_mut(&next).set_previous(&plan.large, link, next.row(), order);
            rows.chunk_mut(row).set_next(&plan.large, link, row.row(), next_order);
            rows.touch(&next);
        }
    }

    /// Reads some of the struct itself, only to have it fetched.
    #[inline]
    pub fn warm(&self) -> u64 {
        self.table.len() as u64
    }

    /// Looks for the value of a row that is to come, only to have what is found fetched.
    #[inline]
    pub fn warm_value(&self, lane: &Lane, cells: &[Cell]) -> u64 {
        let tag = tag(lane.cell_identity(cells));
        self.table.find(hash(tag), |last| last.tag == tag).map_or(0, |last| last.time as u64)
    }

    /// Forgets the values whose last row goes with a chunk, whose first row is the next after `ties`.
    pub fn evict(&mut self, plan: &Plan, link: usize, chunk: &Chunk, mut ties: Ties) {
        let lane = &plan.lanes[plan.links[link]];
        let mask = lane.mask(chunk);
        for row in 0..chunk.len() {
            let order = ties.next(chunk.time(row));
            if mask >> row & 1 == 1 && chunk.next(&plan.large, link, row).0 == NEVER_AFTER {
                let tag = tag(lane.identity(&plan.large, chunk, row));
                let found = self.table.find_entry(hash(tag), |last| last.order() == order);
                found.expect("the last row of a value is known").remove();
            }
        }
    }

    /// Bytes beside the struct itself.
    pub fn heap_bytes(&self) -> usize {
        self.table.allocation_size()
    }
}

/// The search for the equal values around a late row.
struct Neighbours<'a> {
    rows: &'a Rows,
    plan: &'a Plan,
    lane: &'a Lane,
    link: usize,
    identity: i128,
}

impl Neighbours<'_> {
    /// The rows of the same value just before and just after `row`, which is before the value's last row. A rare value
    /// is found by few links back from the last, a frequent one soon in the chunks before: both go on in turn.
    fn find(&self, last: Mark, row: &Mark, order: Order) -> (Option<Mark>, Option<Mark>) {
        let (mut later, mut before) = (last, Some(*row));
        loop {
            meter::visit(1);
            let previous = self.rows.chunk(&later).previous(&self.plan.large, self.link, later.row());
            if previous < order {
                return (self.rows.find(previous), Some(later));
            }
            later = self.rows.find(previous).expect("a row after a row that is there is there");
            let Some(end) = before else { continue };
            if let Some(found) = self.in_chunk(&end) {
                let next = self.rows.chunk(&found).next(&self.plan.large, self.link, found.row());
                return (Some(found), self.rows.find(next));
            }
            let start = end.rank - end.row() as u64;
            before = (start > self.rows.start()).then(|| self.rows.at_rank(start - 1).after());
        }
    }

    /// The last row of the value in a chunk before a mark.
    fn in_chunk(&self, end: &Mark) -> Option<Mark> {
        let chunk = self.rows.chunk(end);
        let mask = self.lane.mask(chunk) & crate::chunk::low_bits(end.row());
        meter::visit(end.row());
        let equal = |row: &usize| self.lane.identity(&self.plan.large, chunk, *row) == self.identity;
        let row = bits(mask).filter(equal).last()?;
        Some(self.rows.at_rank(end.rank - (end.row() - row) as u64))
    }
}
