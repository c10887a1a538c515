//! Which slot holds the key of what, and how a row's keys are made.

use super::{RIGHT, SLOTS_MAX};
use crate::{
    Error,
    tree::{CATEGORY_MAX, Node, Test},
};

/// The slots of a model: [`RIGHT`], two for each number that some split asks for, one for each set of
/// categories.
#[derive(Debug)]
pub struct Layout {
    /// Features that are compared as numbers, ascending.
    numbers: Vec<u32>,
    /// Ascending.
    sets: Vec<CategorySet>,
}

/// Categories that go right at some split.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct CategorySet {
    feature: u32,
    default_left: bool,
    /// One bit for each category.
    bits: Vec<u64>,
}

/// An integer that orders as the number does; minus zero equals zero.
#[inline]
pub fn ordered(value: f32) -> i32 {
    let bits = (value + 0.0).to_bits().cast_signed();
    bits ^ ((bits >> 31) & i32::MAX)
}

impl Layout {
    /// Slots for what these nodes ask.
    pub fn of<'a>(nodes: impl Iterator<Item = &'a Node>) -> Result<Self, Error> {
        let mut layout = Self { numbers: Vec::new(), sets: Vec::new() };
        for node in nodes {
            match node {
                Node::Split { feature, test: Test::Less(_), .. } => layout.numbers.push(index(*feature)),
                Node::Split { feature, default_left, test: Test::NotIn(categories), .. } => {
                    layout.sets.push(CategorySet::new(*feature, *default_left, categories));
                }
                Node::Leaf(_) => {}
            }
        }
        layout.numbers.sort_unstable();
        layout.numbers.dedup();
        layout.sets.sort_unstable();
        layout.sets.dedup();
        let count = layout.slot_count();
        if count > SLOTS_MAX {
            return Err(Error::TooLarge { what: "features and sets of categories", count, max: SLOTS_MAX });
        }
        Ok(layout)
    }

    /// Number of slots.
    pub fn slot_count(&self) -> usize {
        1 + 2 * self.numbers.len() + self.sets.len()
    }

    /// The slot that a split compares with, and the key from which on rows go right.
    pub fn comparison(&self, feature: usize, default_left: bool, test: &Test) -> (u16, i32) {
        let (slot, key) = match test {
            Test::Less(threshold) => {
                let place = self.numbers.binary_search(&index(feature)).expect("every number was collected");
                (1 + 2 * place + usize::from(!default_left), ordered(*threshold))
            }
            Test::NotIn(categories) => {
                let set = CategorySet::new(feature, default_left, categories);
                let place = self.sets.binary_search(&set).expect("every set was collected");
                (1 + 2 * self.numbers.len() + place, 0)
            }
        };
        (u16::try_from(slot).expect("slots were counted"), key)
    }

    /// Gives `store` every slot with its key in `row`.
    #[inline]
    pub fn fill(&self, row: &[f32], mut store: impl FnMut(usize, i32)) {
        store(RIGHT as usize, i32::MAX);
        let mut slot = 1;
        for feature in &self.numbers {
            let value = row[*feature as usize];
            let key = ordered(value);
            store(slot, if value.is_nan() { i32::MIN } else { key });
            store(slot + 1, if value.is_nan() { i32::MAX } else { key });
            slot += 2;
        }
        for set in &self.sets {
            let right = set.sends_right(row[set.feature as usize]);
            store(slot, if right { i32::MAX } else { i32::MIN });
            slot += 1;
        }
    }
}

impl CategorySet {
    fn new(feature: usize, default_left: bool, categories: &[u32]) -> Self {
        let mut bits = vec![0; categories.last().map_or(0, |last| *last as usize / 64 + 1)];
        for category in categories {
            bits[*category as usize / 64] |= 1_u64 << (category % 64);
        }
        Self { feature: index(feature), default_left, bits }
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn infinities_and_zeros_order_as_numbers_and_lie_between_the_missing() {
        let values = [f32::NEG_INFINITY, f32::MIN, -1.0, -1e-45, 0.0, 1e-45, 1.0, f32::MAX, f32::INFINITY];
        assert!(values.is_sorted_by(|a, b| ordered(*a) < ordered(*b)));
        assert_eq!(ordered(-0.0), ordered(0.0));
        assert!(ordered(values[0]) > i32::MIN && ordered(values[8]) < i32::MAX);
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
