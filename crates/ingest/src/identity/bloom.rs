//! A Bloom filter of one cache line a key, so that a file without the key costs one miss of the cache and no read.
//! Putze, Sanders and Singler, "Cache-, Hash- and Space-Efficient Bloom Filters".

/// Bits a key.
const KEY_BITS: u64 = 12;
/// Words of a block: one cache line.
const BLOCK_WORDS: usize = 8;
/// Bits of a block.
const BLOCK_BITS: u64 = 64 * BLOCK_WORDS as u64;
/// Bits that a key sets.
const PROBES: u32 = 7;
/// Makes the bits of a key independent of its block.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// A set of hashes that may hold more than was put in.
#[derive(Debug)]
pub(super) struct Bloom {
    words: Vec<u64>,
}

impl Bloom {
    /// For `keys` keys.
    pub(super) fn new(keys: u64) -> Self {
        Self { words: vec![0; Self::words(keys)] }
    }

    /// Words of a filter for `keys` keys.
    pub(super) fn words(keys: u64) -> usize {
        let blocks = (keys * KEY_BITS).div_ceil(BLOCK_BITS).max(1);
        usize::try_from(blocks).expect("a filter fits memory") * BLOCK_WORDS
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Self {
        let words = bytes.chunks_exact(8);
        Self { words: words.map(|word| u64::from_le_bytes(word.try_into().expect("eight bytes"))).collect() }
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        self.words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    pub(super) fn bytes(&self) -> usize {
        8 * self.words.len()
    }

    #[inline]
    fn block(&self, hash: u64) -> usize {
        let blocks = (self.words.len() / BLOCK_WORDS) as u128;
        ((u128::from(hash) * blocks) >> 64) as usize * BLOCK_WORDS
    }

    /// The word and the bit of each probe.
    #[inline]
    fn probes(hash: u64) -> impl Iterator<Item = (usize, u64)> {
        let bits = hash.wrapping_mul(SPREAD);
        (0..PROBES).map(move |probe| {
            let bit = bits >> (9 * probe) & (BLOCK_BITS - 1);
            ((bit / 64) as usize, 1 << (bit % 64))
        })
    }

    pub(super) fn insert(&mut self, hash: u64) {
        let start = self.block(hash);
        for (word, bit) in Self::probes(hash) {
            self.words[start + word] |= bit;
        }
    }

    #[inline]
    pub(super) fn may_hold(&self, hash: u64) -> bool {
        let start = self.block(hash);
        let block = &self.words[start..start + BLOCK_WORDS];
        Self::probes(hash).all(|(word, bit)| block[word] & bit != 0)
    }
}

#[cfg(test)]
mod tests {
    use xxhash_rust::xxh3::xxh3_64;

    use super::*;

    #[test]
    fn it_holds_what_was_put_in_and_little_else() {
        for keys in [0_u64, 1, 100, 50_000] {
            let hash = |key: u64| xxh3_64(&key.to_le_bytes());
            let mut bloom = Bloom::new(keys);
            (0..keys).for_each(|key| bloom.insert(hash(key)));
            let bloom = Bloom::from_bytes(&bloom.to_bytes());
            assert!((0..keys).all(|key| bloom.may_hold(hash(key))));
            let others = (keys..keys + 100_000).filter(|key| bloom.may_hold(hash(*key))).count();
            assert!(others < 1_000, "{others} of 100,000 with {keys} keys");
        }
    }
}
