//! The shared levels for processors with vectors of 256 bits, which compare eight rows at once.

use std::arch::x86_64::{
    __m256i, _mm256_abs_epi32, _mm256_add_epi32, _mm256_blendv_epi8, _mm256_cmpeq_epi32, _mm256_loadu_si256,
    _mm256_min_epu32, _mm256_set1_epi32, _mm256_slli_epi32, _mm256_storeu_si256,
};

use super::{BLOCK_ROWS, BlockKeys, Complete, LANES, PlacedKeys, SHARED_SPLITS, Split, Ways};

impl Complete {
    /// As [`Self::add_block`].
    #[target_feature(enable = "avx2")]
    pub fn add_block_avx2(&self, keys: &BlockKeys, out: &mut [f32; BLOCK_ROWS]) {
        self.add_block_with(keys, out, |splits, keys| shared_ways(splits, keys));
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn shared_ways(splits: &[Split; SHARED_SPLITS], keys: &PlacedKeys) -> Ways {
    let mut ways = Ways::default();
    for (half, ways) in ways.iter_mut().enumerate() {
        // All ones, which is minus one, where a row goes right.
        let right = |split: usize| {
            let split = &splits[split];
            let keys = keys[usize::from(split.place) + half * LANES..].first_chunk();
            let keys = load(keys.expect("a place has the keys of a block"));
            let key = _mm256_set1_epi32(split.key.cast_signed());
            _mm256_cmpeq_epi32(_mm256_min_epu32(key, keys), key)
        };
        let pick = |mask, right, left| _mm256_blendv_epi8(left, right, mask);
        let first = right(0);
        let second = pick(first, right(2), right(1));
        let third = pick(first, pick(second, right(6), right(5)), pick(second, right(4), right(3)));
        let twice = |value| _mm256_slli_epi32::<1>(value);
        let steps = _mm256_add_epi32(twice(_mm256_add_epi32(twice(first), second)), third);
        store(ways, _mm256_abs_epi32(steps));
    }
    ways
}

#[target_feature(enable = "avx2")]
#[expect(unsafe_code, reason = "the array is what is loaded, and the instruction needs no alignment")]
fn load(values: &[u32; LANES]) -> __m256i {
    unsafe { _mm256_loadu_si256(values.as_ptr().cast()) }
}

#[target_feature(enable = "avx2")]
#[expect(unsafe_code, reason = "the array is what is written, and the instruction needs no alignment")]
fn store(values: &mut [u32; LANES], vector: __m256i) {
    unsafe { _mm256_storeu_si256(values.as_mut_ptr().cast(), vector) };
}
