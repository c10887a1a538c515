//! The seed's numbers.

/// SplitMix64 (Steele, Lea and Flood 2014): small, and good enough to choose faults.
#[derive(Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, which is not 0.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    pub(super) fn coin(&mut self) -> bool {
        self.next() & 1 == 1
    }

    /// Of `pending` changes in order, those that a power cut leaves.
    pub(super) fn survivors(&mut self, pending: usize) -> Survivors {
        match self.below(5) {
            0 => Survivors { kept: vec![false; pending], torn: None, sectors: false },
            1 => Survivors { kept: vec![true; pending], torn: None, sectors: false },
            2 => {
                let last = self.below(pending as u64 + 1) as usize;
                let kept = (0..pending).map(|change| change < last).collect();
                Survivors { kept, torn: last.checked_sub(1), sectors: false }
            }
            mode => {
                let kept = (0..pending).map(|_| self.coin()).collect();
                Survivors { kept, torn: None, sectors: mode == 3 }
            }
        }
    }
}

/// What a power cut leaves of unsynced changes.
#[derive(Debug)]
pub(super) struct Survivors {
    /// Which changes survive at least in part.
    pub(super) kept: Vec<bool>,
    /// The change of which only a prefix survives.
    pub(super) torn: Option<usize>,
    /// Whether each sector of a surviving write survives on its own.
    pub(super) sectors: bool,
}
