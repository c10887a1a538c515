//! Walks through complete trees. Here, and nowhere else, an index is not checked: a walk cannot leave its tree, and
//! with the checks batches take a third longer.

use std::hint::black_box;

use super::{DEPTH_MAX, Split};

/// Walks that are under way at once, to hide the latency of each.
pub const LANES: usize = 8;

/// Trees side by side, one for each walk.
#[derive(Clone, Copy)]
pub struct Lanes<'a, const COUNT: usize> {
    splits: &'a [Split],
    leaves: &'a [f32],
    /// From one tree to the next; 0 when all walk through one.
    stride: usize,
    /// Levels of splits.
    depth: usize,
}

impl<'a, const COUNT: usize> Lanes<'a, COUNT> {
    /// Trees of `depth` levels, the first of which is at the start.
    ///
    /// # Panics
    /// When there are not enough splits or leaves, or too many levels.
    #[inline(always)]
    pub fn new(splits: &'a [Split], leaves: &'a [f32], stride: usize, depth: usize) -> Self {
        assert!(depth <= DEPTH_MAX && stride <= 1 << depth, "trees lie side by side");
        let last = (COUNT - 1) * stride;
        assert!(splits.len() >= last + (1 << depth) - 1, "each tree has its splits");
        assert!(leaves.len() >= last + (2 << depth) - 1, "each tree has its leaves");
        Self { splits, leaves, stride, depth }
    }

    /// The values of the leaves that walks lead to. `key` gives a walk's key for a split.
    #[inline(always)]
    pub fn values(self, key: impl Fn(usize, &Split) -> u32) -> [f32; COUNT] {
        self.walk([0; COUNT], self.depth, key)
    }

    /// The same for walks that have taken `steps` steps: each is in the one of the `2^steps` splits of that level that
    /// `ways` says, counted from the left.
    ///
    /// # Panics
    /// When that is more than there are levels.
    #[inline(always)]
    pub fn values_from(
        self,
        ways: &[u32; COUNT],
        steps: usize,
        key: impl Fn(usize, &Split) -> u32,
    ) -> [f32; COUNT] {
        let left = self.depth.checked_sub(steps).expect("no walk goes beyond the leaves");
        let mut at = [0; COUNT];
        for (at, way) in at.iter_mut().zip(ways) {
            // What stays in a vector is taken out and put back by each step: the black box ends that.
            *at = black_box(*way as usize % (1 << steps) + (1 << steps) - 1);
        }
        self.walk(at, left, key)
    }

    /// Takes walks that are on level `depth - steps` to their leaves.
    #[inline(always)]
    fn walk(self, mut at: [usize; COUNT], steps: usize, key: impl Fn(usize, &Split) -> u32) -> [f32; COUNT] {
        for _ in 0..steps {
            for (lane, at) in at.iter_mut().enumerate() {
                // SAFETY: a walk starts on level `depth - steps`, and each step takes it one level down, so before the
                // last one it is still above the leaves, and `new` has seen that so many splits are there.
                #[expect(unsafe_code, reason = "measured: batches take a third longer with the check")]
                let split = unsafe { self.splits.get_unchecked(lane * self.stride + *at) };
                // Subtracting what is less is one instruction, a borrow; adding what is not less would be three.
                *at = 2 * *at + 2 - usize::from(key(lane, split) < split.key);
            }
        }
        let mut values = [0.0; COUNT];
        for (lane, (value, at)) in values.iter_mut().zip(at).enumerate() {
            // SAFETY: the steps have led to the level of the leaves, and `new` has seen that so many are there.
            #[expect(unsafe_code, reason = "measured with the one above")]
            let leaf = unsafe { self.leaves.get_unchecked(lane * self.stride + at) };
            *value = *leaf;
        }
        values
    }
}
