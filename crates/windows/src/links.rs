//! Links between rows of equal values, from which the number of different values of any frame is counted.

use hashbrown::HashTable;

use crate::{
    chunk::{Chunk, NEVER_AFTER, Order},
    lane::Lane,
    meter,
    plan::Plan,
    rows::{Mark, Rows},
    scan::bits,
};

/// Where each value of a lane was seen last.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    table: HashTable<Last>,
}

#[derive(Clone, Debug)]
struct Last {
    identity: [u64; 2],
    order: Order,
    /// The row's place, while the shape of the rows lasts.
    mark: Mark,
}

fn split(identity: i128) -> [u64; 2] {
    [identity as u64, (identity >> 64) as u64]
}

/// The finalizer of MurmurHash3.
fn hash(identity: &[u64; 2]) -> u64 {
    let mut hash = identity[0] ^ identity[1].rotate_left(32);
    hash = (hash ^ hash >> 33).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash = (hash ^ hash >> 33).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ hash >> 33
}

/// The place of a row whose mark may be out of date.
fn find(rows: &Rows, mark: &Mark, order: Order) -> Option<Mark> {
    if rows.is_current(mark) { Some(*mark) } else { rows.find(order) }
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
        let identity = split(lane.identity(&plan.large, chunk, row.row()));
        let hash_of = |last: &Last| hash(&last.identity);
        let Some(last) = self.table.find_mut(hash(&identity), |last| last.identity == identity) else {
            let last = Last { identity, order, mark: *row };
            self.table.insert_unique(hash(&identity), last, hash_of);
            return;
        };
        let (previous, next) = if last.order < order {
            let previous = find(rows, &last.mark, last.order);
            *last = Last { identity, order, mark: *row };
            (previous, None)
        } else {
            let mark = find(rows, &last.mark, last.order).expect("the last row of a value is there");
            Neighbours { rows, plan, lane, link, identity }.find(mark, row, order)
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

    /// Forgets the values whose last row goes with a chunk.
    pub fn evict(&mut self, plan: &Plan, link: usize, chunk: &Chunk) {
        let lane = &plan.lanes[plan.links[link]];
        for row in bits(lane.mask(chunk)) {
            if chunk.next(&plan.large, link, row).0 == NEVER_AFTER {
                let identity = split(lane.identity(&plan.large, chunk, row));
                let found = self.table.find_entry(hash(&identity), |last| last.identity == identity);
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
    identity: [u64; 2],
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
        let equal = |row: &usize| split(self.lane.identity(&self.plan.large, chunk, *row)) == self.identity;
        let row = bits(mask).filter(equal).last()?;
        Some(self.rows.at_rank(end.rank - (end.row() - row) as u64))
    }
}
