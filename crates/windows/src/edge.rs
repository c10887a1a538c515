//! The bounds of frames on a key's rows, with the exact sums of all rows before each: a frame's sums are the difference
//! of those at its edges, so that frames share what they have in common.

use crate::{
    dictionary::Dictionary,
    mark::Mark,
    plan::{EdgePlan, Plan},
    rows::{Piece, Rows},
    scan::range_bits,
    summary::{Detached, Part, parts},
    tally::Tally,
};

/// An edge walks to a place that is at most this many rows away, forwards or backwards. What is farther is
/// computed from summaries.
pub const WALK_ROWS: u64 = 64;

/// All edges of a key. The rows before an edge are counted from the key's first row on, those that are gone included.
#[derive(Clone, Debug)]
pub struct Edges {
    edges: Box<[Edge]>,
    /// In the order of `Plan::tallies`.
    tallies: Box<[Tally]>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Edge {
    mark: Mark,
    /// The rank of the last place that was too far to walk to.
    far: u64,
}

/// Where the edges are for one reader.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    pub parts: Vec<Part>,
    pub marks: Vec<Mark>,
    /// Whether the tallies before an edge are those below, and not the key's.
    detached: Vec<bool>,
    tallies: Vec<Tally>,
    pub result: Tally,
}

impl Scratch {
    pub fn prepare(&mut self, plan: &Plan) {
        if self.marks.is_empty() {
            self.marks.resize(plan.edges.len(), Mark::default());
            self.detached.resize(plan.edges.len(), false);
            self.tallies.resize(plan.tallies.len(), Tally::default());
        }
    }
}

impl Edges {
    pub fn new(plan: &Plan) -> Self {
        Self {
            edges: vec![Edge::default(); plan.edges.len()].into(),
            tallies: vec![Tally::default(); plan.tallies.len()].into(),
        }
    }

    /// Where an edge was last.
    #[inline]
    pub const fn mark(&self, edge: usize) -> &Mark {
        &self.edges[edge].mark
    }

    /// Reads some of the struct itself, only to have it fetched.
    #[inline]
    pub const fn warm(&self) -> u64 {
        (self.edges.len() ^ self.tallies.len()) as u64
    }

    /// Reads some of each edge and tally, only to have them fetched.
    #[inline]
    pub fn warm_parts(&self) -> u64 {
        let edges = self.edges.iter().fold(0, |sum, edge| sum ^ edge.mark.rank);
        self.tallies.iter().fold(edges, |sum, tally| sum ^ tally.count)
    }

    /// Reads what comes soon after each edge, only to have it fetched.
    #[inline]
    pub fn warm_rows(&self, rows: &Rows) -> u64 {
        let edges = self.edges.iter().fold(0, |sum, edge| sum ^ rows.warm_after(&edge.mark));
        self.tallies.iter().fold(edges, |sum, tally| sum ^ tally.warm_extra())
    }

    /// The tally of the rows before an edge as the reader has placed it.
    #[inline]
    pub fn tally<'a>(&'a self, scratch: &'a Scratch, edge: usize, slot: usize) -> &'a Tally {
        if scratch.detached[edge] { &scratch.tallies[slot] } else { &self.tallies[slot] }
    }

    /// Places an edge at a located mark. A single far place (of a late or future reader) leaves the edge where the other
    /// readers want it; a second one near it takes it there.
    #[inline]
    pub fn place(
        &mut self,
        rows: &mut Rows,
        plan: &Plan,
        dictionary: &Dictionary,
        index: usize,
        to: &Mark,
        scratch: &mut Scratch,
    ) {
        let wanted = &plan.edges[index];
        let edge = &mut self.edges[index];
        scratch.marks[index] = *to;
        scratch.detached[index] = false;
        if edge.mark.rank.abs_diff(to.rank) <= WALK_ROWS || wanted.slots.is_empty() {
            if edge.mark.rank != to.rank && !wanted.slots.is_empty() {
                walk(rows, plan, wanted, &mut self.tallies, &edge.mark, to);
            }
            edge.mark = *to;
        } else {
            self.detach(rows, plan, dictionary, index, to, scratch);
        }
    }

    #[cold]
    fn detach(
        &mut self,
        rows: &mut Rows,
        plan: &Plan,
        dictionary: &Dictionary,
        index: usize,
        to: &Mark,
        scratch: &mut Scratch,
    ) {
        let wanted = &plan.edges[index];
        let edge = &mut self.edges[index];
        for slot in &wanted.slots {
            scratch.tallies[*slot].clone_from(&self.tallies[*slot]);
        }
        let mut detached = Detached { plan, dictionary, rows };
        leap(&mut detached, wanted, &mut scratch.tallies, &mut scratch.parts, &edge.mark, to);
        if edge.far.abs_diff(to.rank) > WALK_ROWS {
            edge.far = to.rank;
            scratch.detached[index] = true;
            return;
        }
        for slot in &wanted.slots {
            std::mem::swap(&mut scratch.tallies[*slot], &mut self.tallies[*slot]);
        }
        edge.mark = *to;
    }

    /// Takes in a late row, which is in its place already: `row` is its mark.
    pub fn insert_late(&mut self, rows: &Rows, plan: &Plan, row: &Mark) {
        for (edge, wanted) in self.edges.iter_mut().zip(&plan.edges) {
            if edge.mark.take_in(row) {
                let piece = Piece { chunk: rows.index(row), from: row.row(), to: row.row() + 1 };
                add(rows, plan, wanted, &mut self.tallies, piece, false);
            }
        }
    }

    /// Makes ready for the loss of all rows before `start`, which is a located mark.
    pub fn evict(&mut self, rows: &mut Rows, plan: &Plan, dictionary: &Dictionary, start: &Mark) {
        for (edge, wanted) in self.edges.iter_mut().zip(&plan.edges) {
            if edge.mark.rank < start.rank {
                let mut list = Vec::new();
                let mut detached = Detached { plan, dictionary, rows };
                leap(&mut detached, wanted, &mut self.tallies, &mut list, &edge.mark, start);
                edge.mark = *start;
            }
        }
    }

    /// Bytes beside the struct itself.
    pub fn heap_bytes(&self) -> usize {
        size_of_val(&*self.edges)
            + size_of_val(&*self.tallies)
            + self.tallies.iter().map(Tally::heap_bytes).sum::<usize>()
    }
}

/// Adds some rows of a chunk to an edge's tallies, or takes them away.
#[inline]
fn add(rows: &Rows, plan: &Plan, wanted: &EdgePlan, tallies: &mut [Tally], piece: Piece, negative: bool) {
    let chunk = &rows.chunks[piece.chunk];
    crate::meter::visit(piece.to - piece.from);
    let range = range_bits(piece.from, piece.to);
    for slot in &wanted.slots {
        let tally = &plan.tallies[*slot];
        let lane = &plan.lanes[tally.lane];
        let mask = lane.mask(chunk) & range;
        if mask != 0 {
            tallies[*slot].rows(tally, lane, &plan.large, chunk, mask, negative);
        }
    }
}

/// Goes over the rows between the edge and its new place.
fn walk(rows: &Rows, plan: &Plan, wanted: &EdgePlan, tallies: &mut [Tally], edge: &Mark, to: &Mark) {
    let edge = rows.locate(*edge);
    let (first, last, negative) = if edge.rank < to.rank { (&edge, to, false) } else { (to, &edge, true) };
    let (mut chunk, mut row) = (rows.index(first), first.row());
    let mut rest = (last.rank - first.rank) as usize;
    while rest > 0 {
        let len = rest.min(rows.chunks[chunk].len() - row);
        if len > 0 {
            add(rows, plan, wanted, tallies, Piece { chunk, from: row, to: row + len }, negative);
        }
        rest -= len;
        (chunk, row) = (chunk + 1, 0);
    }
}

/// Takes the rows between the edge and its new place from summaries.
fn leap(
    detached: &mut Detached<'_>,
    wanted: &EdgePlan,
    tallies: &mut [Tally],
    list: &mut Vec<Part>,
    edge: &Mark,
    to: &Mark,
) {
    let edge = detached.rows.locate(*edge);
    let (first, last, negative) = if edge.rank < to.rank { (&edge, to, false) } else { (to, &edge, true) };
    parts(detached.rows, first, last, list);
    for slot in &wanted.slots {
        detached.tally(list, &detached.plan.tallies[*slot], &mut tallies[*slot], negative);
    }
}
