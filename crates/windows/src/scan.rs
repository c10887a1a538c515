//! Loops over the rows of one chunk that a mask selects, the innermost work of every aggregate.

use std::cmp::Ordering;

use types::DataType;

use crate::{
    chunk::{Chunk, Layout, Order, Place},
    dictionary::Dictionary,
    lane::{Lane, double_rank},
    plan::TallyPlan,
    tally::Tally,
};

/// The indices of the bits that are set, in order.
#[inline]
pub fn bits(mut mask: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        if mask == 0 {
            return None;
        }
        let bit = mask.trailing_zeros() as usize;
        mask &= mask - 1;
        Some(bit)
    })
}

/// The bits of the rows `from..to`.
#[inline]
pub const fn range_bits(from: usize, to: usize) -> u64 {
    crate::chunk::low_bits(to) & !crate::chunk::low_bits(from)
}

impl Tally {
    /// Adds the masked rows of a lane, or takes them away when `negative`.
    #[inline]
    pub fn rows(
        &mut self,
        wanted: &TallyPlan,
        lane: &Lane,
        layout: &Layout,
        chunk: &Chunk,
        mask: u64,
        negative: bool,
    ) {
        let count = u64::from(mask.count_ones());
        self.count = if negative { self.count - count } else { self.count + count };
        if !wanted.sum {
            return;
        }
        match lane.place {
            Some(Place::Word(word)) if lane.data_type == Some(DataType::Double) => {
                let doubles = bits(mask).map(|row| f64::from_bits(chunk.word(word, row)));
                self.doubles(doubles, negative, wanted.squares);
            }
            Some(Place::Decimal { low, high }) if chunk.is_wide() => {
                for row in bits(mask) {
                    self.integer(chunk.decimal(layout, low, high, row), negative, wanted.squares);
                }
            }
            Some(Place::Word(word) | Place::Decimal { low: word, .. }) => {
                self.small_integers(
                    bits(mask).map(|row| chunk.word(word, row) as i64),
                    negative,
                    wanted.squares,
                );
            }
            _ => unreachable!("the binder sums numbers only"),
        }
    }
}

/// The least, or greatest, of an earlier result and the masked rows of a lane.
#[inline]
pub fn extreme(
    best: Option<i128>,
    greatest: bool,
    lane: &Lane,
    dictionary: &Dictionary,
    layout: &Layout,
    chunk: &Chunk,
    mask: u64,
) -> Option<i128> {
    if mask == 0 {
        return best;
    }
    let found = match (lane.place, lane.data_type) {
        (Some(Place::Word(word)), Some(DataType::Double)) => {
            let ranks = bits(mask).map(|row| double_rank(f64::from_bits(chunk.word(word, row))));
            if greatest { ranks.max() } else { ranks.min() }
        }
        (Some(Place::Word(word)), _) => {
            let values = bits(mask).map(|row| chunk.word(word, row) as i64);
            if greatest { values.max() } else { values.min() }
        }
        (Some(Place::Decimal { low, .. }), _) if !chunk.is_wide() => {
            let values = bits(mask).map(|row| chunk.word(low, row) as i64);
            if greatest { values.max() } else { values.min() }
        }
        _ => {
            let ranks = bits(mask).map(|row| lane.rank(layout, chunk, row));
            return ranks.fold(best, |best, rank| better(best, Some(rank), greatest, lane, dictionary));
        }
    };
    better(best, found.map(i128::from), greatest, lane, dictionary)
}

/// The less, or greater, of two results.
#[inline]
pub fn better(
    left: Option<i128>,
    right: Option<i128>,
    greatest: bool,
    lane: &Lane,
    dictionary: &Dictionary,
) -> Option<i128> {
    let (Some(one), Some(other)) = (left, right) else { return left.or(right) };
    let wanted = if greatest { Ordering::Less } else { Ordering::Greater };
    Some(if lane.compare(dictionary, one, other) == wanted { other } else { one })
}

/// How many of the masked rows have no equal value from `first` on before them.
#[inline]
pub fn count_first(layout: &Layout, link: usize, chunk: &Chunk, mask: u64, first: Order) -> u64 {
    bits(mask).map(|row| u64::from(chunk.previous(layout, link, row) < first)).sum()
}

/// How many of the masked rows have no equal value after them and before `end`.
#[inline]
pub fn count_last(layout: &Layout, link: usize, chunk: &Chunk, mask: u64, end: Order) -> u64 {
    bits(mask).map(|row| u64::from(chunk.next(layout, link, row) >= end)).sum()
}
