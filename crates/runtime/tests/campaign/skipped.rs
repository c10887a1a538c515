//! Every fdatasync that this level depends on counts: a disk that leaves one kind out loses something on some seed.

use std::collections::BTreeSet;

use crate::run::{Run, Verdict};

/// Seeds tried for each kind.
const SEEDS_MAX: u64 = 300;

/// Kinds whose loss shows in a whole run. The campaigns of `eventlog` and `state` take out the others: a lost
/// checkpoint, archived copy or durable mark only makes recovery read more of the log.
const NEEDED: [&str; 4] = ["frames", "recovered tail", "sealed segment", "segment names"];

#[test]
fn leaving_out_any_needed_sync_makes_a_seed_fail() {
    let mut purposes = BTreeSet::new();
    for seed in 0..5 {
        let run = Run::new(seed, None);
        let disk = run.disk().clone();
        assert!(matches!(run.finish(), Verdict::Good { .. }));
        purposes.extend(disk.syncs().into_keys());
    }
    let mut survivors = Vec::new();
    for purpose in NEEDED {
        assert!(purposes.contains(purpose), "{purpose:?} is no kind of sync any more");
        let failed = (0..SEEDS_MAX).find_map(|seed| match Run::new(seed, Some(purpose)).finish() {
            Verdict::Bad(reason) => Some((seed, reason)),
            Verdict::Good { .. } => None,
        });
        match failed {
            Some((seed, reason)) => println!("without the sync of {purpose:?}, seed {seed}: {reason}"),
            None => survivors.push(purpose),
        }
    }
    for purpose in purposes.iter().filter(|purpose| !NEEDED.contains(purpose)) {
        println!("the sync of {purpose:?} is proven by the crate that makes it");
    }
    assert_eq!(survivors, Vec::<&str>::new(), "these syncs are not seen to matter");
}
