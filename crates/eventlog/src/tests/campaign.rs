//! Seeded lives with stops at every kind of moment, and the proof that no fdatasync is there for nothing.

use std::collections::BTreeMap;

use storage::Faulty;

use super::script::run;

const SEEDS: u64 = 1_000;
/// Seeds tried until one fails without a sync.
const SEEDS_WITHOUT_MAX: u64 = 10_000;

#[test]
fn what_was_durable_survives_every_stop() {
    let mut purposes: BTreeMap<&'static str, u64> = BTreeMap::new();
    for seed in 0..SEEDS {
        let disk = Faulty::new(seed);
        if let Err(wrong) = run(seed, &disk) {
            panic!("{wrong}");
        }
        for (purpose, count) in disk.syncs() {
            *purposes.entry(purpose).or_default() += count;
        }
    }
    println!("{SEEDS} seeds passed; syncs: {purposes:?}");
}

#[test]
fn without_any_one_kind_of_sync_some_seed_fails() {
    let mut purposes = BTreeMap::new();
    for seed in 0..50 {
        let disk = Faulty::new(seed);
        run(seed, &disk).unwrap();
        purposes.extend(disk.syncs());
    }
    let mut unproven = Vec::new();
    for purpose in purposes.into_keys() {
        let failure = (0..SEEDS_WITHOUT_MAX).find_map(|seed| {
            let disk = Faulty::new(seed);
            disk.skip_purpose(purpose);
            let failure = run(seed, &disk).err()?;
            // The seed is at fault only if it passes with the sync.
            run(seed, &Faulty::new(seed)).is_ok().then_some(failure)
        });
        match failure {
            Some(failure) => println!("without syncing {purpose:?}: {failure}"),
            None => unproven.push(purpose),
        }
    }
    assert!(unproven.is_empty(), "nothing fails without syncing {unproven:?}");
}
