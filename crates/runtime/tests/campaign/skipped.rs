//! Every fdatasync counts: a disk that leaves one kind out loses something on some seed.

use std::collections::BTreeSet;

use crate::run::{Run, Verdict};

/// Seeds tried for each kind.
const SEEDS_MAX: u64 = 400;

/// Kinds whose loss the log survives by design: they shorten a recovery or say something about bytes that others sync.
const HARMLESS: &[&str] = &[];

#[test]
fn leaving_out_any_sync_makes_a_seed_fail() {
    let mut purposes = BTreeSet::new();
    for seed in 0..5 {
        let run = Run::new(seed, None);
        let disk = run.disk().clone();
        assert!(matches!(run.finish(), Verdict::Good { .. }));
        purposes.extend(disk.syncs().into_keys());
    }
    let mut survivors = Vec::new();
    for purpose in purposes {
        let failed = (0..SEEDS_MAX).find_map(|seed| match Run::new(seed, Some(purpose)).finish() {
            Verdict::Bad(reason) => Some((seed, reason)),
            Verdict::Good { .. } => None,
        });
        match failed {
            Some((seed, reason)) => println!("without the sync of {purpose:?}, seed {seed}: {reason}"),
            None if HARMLESS.contains(&purpose) => println!("without the sync of {purpose:?}: nothing, by design"),
            None => survivors.push(purpose),
        }
    }
    assert_eq!(survivors, Vec::<&str>::new(), "these syncs are not seen to matter");
}
