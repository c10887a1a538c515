//! Which slot holds the key of what, and how a row's keys are made.

use super::{BLOCK_ROWS, BlockKeys, RIGHT, RowKeys, SLOTS_MAX};
use crate::{
    Error,
    tree::{CATEGORY_MAX, Node, Test},
};

/// Features up to which all have a slot when splits ask for half of them, because consecutive values are read faster.
const CONSECUTIVE_MAX: usize = 1 << 12;

/// The key of a missing value where a split sends it left.
const LEAST: u32 = 0;

/// The key of a missing value where a split sends it right.
const GREATEST: u32 = u32::MAX;

/// The bits of infinity. Those of a missing value are more, without the sign.
const INFINITY: i32 = 0x7f80_0000;

/// Rows of a block whose keys are made at once.
const LANES: usize = 8;

/// The slots of a model: [`RIGHT`], then numbers, their twins, and sets of categories.
#[derive(Debug)]
pub struct Layout {
    /// Values in a row.
    feature_count: usize,
    /// Ascending by feature.
    numbers: Vec<Number>,
    /// Slots of numbers for which some splits send a missing value left, and others right; ascending. Their twins'
    /// keys say [`GREATEST`] where theirs say [`LEAST`].
    twins: Vec<u16>,
    /// Ascending.
    sets: Vec<CategorySet>,
}

/// A feature that is compared as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Number {
    feature: u32,
    /// The key of a missing value.
    missing: u32,
}

/// Categories that go right at some split.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct CategorySet {
    feature: u32,
    default_left: bool,
    /// One bit for each category.
    bits: Vec<u64>,
}

/// An integer that orders as the number does; minus zero equals zero. None is [`LEAST`] or [`GREATEST`].
#[inline(always)]
pub fn ordered(value: f32) -> u32 {
    let bits = (value + 0.0).to_bits();
    bits ^ ((bits.cast_signed() >> 31).cast_unsigned() | 1 << 31)
}

impl Layout {
    /// Slots for what these nodes ask of rows of `feature_count` values.
    pub fn of<'a>(feature_count: usize, nodes: impl Iterator<Item = &'a Node>) -> Result<Self, Error> {
        let (mut asked, mut sets) = (Vec::new(), Vec::new());
        for node in nodes {
            match node {
                Node::Split { feature, default_left, test: Test::Less(_), .. } => {
                    let missing = if *default_left { LEAST } else { GREATEST };
                    asked.push(Number { feature: index(*feature), missing });
                }
                Node::Split { feature, default_left, test: Test::NotIn(categories), .. } => {
                    sets.push(CategorySet::new(*feature, *default_left, categories));
                }
                Node::Leaf(_) => {}
            }
        }
        asked.sort_unstable();
        asked.dedup();
        sets.sort_unstable();
        sets.dedup();
        let mut numbers = asked.clone();
        numbers.dedup_by_key(|number| number.feature);
        let both = asked.iter().filter(|number| numbers.binary_search(number).is_err());
        let both: Vec<u32> = both.map(|number| number.feature).collect();
        if feature_count <= CONSECUTIVE_MAX && feature_count <= 2 * numbers.len() {
            let number = |feature| match numbers.binary_search_by_key(&feature, |number| number.feature) {
                Ok(place) => numbers[place],
                Err(_) => Number { feature, missing: LEAST },
            };
            numbers = (0..index(feature_count)).map(number).collect();
        }
        let count = 1 + numbers.len() + both.len() + sets.len();
        if count > SLOTS_MAX {
            return Err(Error::TooLarge { what: "features and sets of categories", count, max: SLOTS_MAX });
        }
        let mut layout = Self { feature_count, numbers, twins: Vec::new(), sets };
        layout.twins = both.into_iter().map(|feature| slot(1 + layout.place(feature))).collect();
        Ok(layout)
    }

    /// Number of slots.
    pub fn slot_count(&self) -> usize {
        1 + self.numbers.len() + self.twins.len() + self.sets.len()
    }

    /// The slot that a split compares with, and the key from which on rows go right.
    pub fn comparison(&self, feature: usize, default_left: bool, test: &Test) -> (u16, u32) {
        let numbers_end = 1 + self.numbers.len();
        match test {
            Test::Less(threshold) => {
                let place = self.place(index(feature));
                let own = (self.numbers[place].missing == LEAST) == default_left;
                let own_slot = slot(1 + place);
                let twin = || {
                    let twin = self.twins.binary_search(&own_slot).expect("both directions were collected");
                    slot(numbers_end + twin)
                };
                (if own { own_slot } else { twin() }, ordered(*threshold))
            }
            Test::NotIn(categories) => {
                let set = CategorySet::new(feature, default_left, categories);
                let place = self.sets.binary_search(&set).expect("every set was collected");
                (slot(numbers_end + self.twins.len() + place), GREATEST)
            }
        }
    }

    fn place(&self, feature: u32) -> usize {
        let place = self.numbers.binary_search_by_key(&feature, |number| number.feature);
        place.expect("every number was collected")
    }

    /// Writes every slot's key of one row.
    #[inline(always)]
    pub fn fill_row(&self, row: &[f32], keys: &mut RowKeys) {
        keys[usize::from(RIGHT)] = GREATEST;
        let (numbers, rest) = keys[1..].split_at_mut(self.numbers.len());
        if self.numbers.len() == self.feature_count {
            for ((key, number), value) in numbers.iter_mut().zip(&self.numbers).zip(row) {
                *key = number.key(*value);
            }
        } else {
            for (key, number) in numbers.iter_mut().zip(&self.numbers) {
                *key = number.key(row[number.feature as usize]);
            }
        }
        let (twins, rest) = rest.split_at_mut(self.twins.len());
        for (key, of) in twins.iter_mut().zip(&self.twins) {
            *key = twin(numbers[usize::from(*of) - 1]);
        }
        for (key, set) in rest.iter_mut().zip(&self.sets) {
            *key = set.key(row[set.feature as usize]);
        }
    }

    /// Writes every slot's keys of a block of rows.
    #[inline(always)]
    pub fn fill_block(&self, rows: &[f32], keys: &mut BlockKeys) {
        keys[usize::from(RIGHT)] = [GREATEST; BLOCK_ROWS];
        let (numbers, rest) = keys[1..].split_at_mut(self.numbers.len());
        let value = |feature: u32, lane: usize| rows[lane * self.feature_count + feature as usize];
        if self.numbers.len() == self.feature_count {
            for first in (0..BLOCK_ROWS).step_by(LANES) {
                self.fill_lanes(&rows[first * self.feature_count..], first, numbers);
            }
        } else {
            for (keys, number) in numbers.iter_mut().zip(&self.numbers) {
                for (lane, key) in keys.iter_mut().enumerate() {
                    *key = number.key(value(number.feature, lane));
                }
            }
        }
        let (twins, rest) = rest.split_at_mut(self.twins.len());
        for (keys, of) in twins.iter_mut().zip(&self.twins) {
            *keys = numbers[usize::from(*of) - 1];
            for key in keys {
                *key = twin(*key);
            }
        }
        for (keys, set) in rest.iter_mut().zip(&self.sets) {
            *keys = std::array::from_fn(|lane| set.key(value(set.feature, lane)));
        }
    }

    /// Writes the keys of [`LANES`] rows whose every value has a slot.
    #[inline(always)]
    fn fill_lanes(&self, rows: &[f32], first: usize, keys: &mut [[u32; BLOCK_ROWS]]) {
        let len = self.numbers.len();
        let mut lanes = [&rows[..len]; LANES];
        for lane in 1..LANES {
            lanes[lane] = &rows[lane * len..][..len];
        }
        let (numbers, keys) = (&self.numbers[..len], &mut keys[..len]);
        for at in 0..len {
            let mut values = [0.0; LANES];
            for lane in 0..LANES {
                values[lane] = lanes[lane][at];
            }
            for lane in 0..LANES {
                keys[at][first + lane] = numbers[at].key(values[lane]);
            }
        }
    }
}

impl Number {
    #[inline(always)]
    fn key(self, value: f32) -> u32 {
        // No comparison: compilers make a branch of one, which rows with missing values mislead.
        let missing = ((INFINITY - (value.to_bits().cast_signed() & i32::MAX)) >> 31).cast_unsigned();
        self.missing & missing | ordered(value) & !missing
    }
}

/// The key of a twin.
#[inline(always)]
fn twin(key: u32) -> u32 {
    key | u32::from(key == LEAST).wrapping_neg()
}

impl CategorySet {
    fn new(feature: usize, default_left: bool, categories: &[u32]) -> Self {
        let mut bits = vec![0; categories.last().map_or(0, |last| *last as usize / 64 + 1)];
        for category in categories {
            bits[*category as usize / 64] |= 1_u64 << (category % 64);
        }
        Self { feature: index(feature), default_left, bits }
    }

    fn key(&self, value: f32) -> u32 {
        if self.sends_right(value) { GREATEST } else { LEAST }
    }

    /// XGBoost cuts a value's fraction off; what is no category at all is not in the set.
    fn sends_right(&self, value: f32) -> bool {
        if value.is_nan() {
            return !self.default_left;
        }
        if !(0.0..CATEGORY_MAX).contains(&value) {
            return false;
        }
        let category = value as u32;
        self.bits.get(category as usize / 64).is_some_and(|bits| bits >> (category % 64) & 1 == 1)
    }
}

fn index(feature: usize) -> u32 {
    u32::try_from(feature).expect("a model has at most 2^15 features")
}

fn slot(place: usize) -> u16 {
    u16::try_from(place).expect("slots were counted")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn infinities_and_zeros_order_as_numbers_and_lie_between_the_missing() {
        let values = [f32::NEG_INFINITY, f32::MIN, -1.0, -1e-45, 0.0, 1e-45, 1.0, f32::MAX, f32::INFINITY];
        assert!(values.is_sorted_by(|a, b| ordered(*a) < ordered(*b)));
        assert_eq!(ordered(-0.0), ordered(0.0));
        assert!(ordered(values[0]) > LEAST && ordered(values[8]) < GREATEST);
    }

    proptest! {
        #[test]
        fn keys_compare_as_their_numbers(a: u32, b: u32) {
            let (a, b) = (f32::from_bits(a), f32::from_bits(b));
            prop_assume!(!a.is_nan() && !b.is_nan());
            prop_assert_eq!(ordered(a) < ordered(b), a < b);
        }
    }
}
