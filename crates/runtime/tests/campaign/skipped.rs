//! Every fdatasync counts: a disk that leaves one kind out loses something on some seed, and which seed is printed.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, atomic::Ordering},
};

use records::control::Origin;
use runtime::processor::Processor;
use storage::{Faulty, Stop};

use crate::{
    run::{Run, Verdict},
    world::{self, DEFINITIONS, ManualClock, cards_statement},
};

/// Seeds tried for each kind.
const SEEDS_MAX: u64 = 300;

/// Kinds that a whole run can do without, each with what makes it so. Each has a failing seed where it is relied
/// upon: `eventlog`, `state` and `ingest` print theirs, and the blobs' is below.
const SHOWN_BELOW: [(&str, &str); 15] = [
    ("data directory name", "eventlog: the next sync of the same folder makes it durable, too"),
    ("log directory name", "eventlog: opening goes on to sync names in the same folder"),
    ("archive directory name", "eventlog: opening goes on to sync names in the same folder"),
    (
        "recovered archive names",
        "eventlog: a copy whose name is lost is missed once its segment was released",
    ),
    ("recovered segment names", "eventlog: a segment whose name is lost takes its frames along"),
    ("undone write", "eventlog: a refused frame comes back"),
    ("closing mark", "eventlog: a clean stop reads as a crash, which replays and gives the same"),
    ("durable mark", "eventlog: a mark that is lost lets corruption pass for a torn tail"),
    ("checkpoint directory name", "state: without checkpoints the log is replayed"),
    ("checkpoint", "state: a torn checkpoint is passed over for the log"),
    ("checkpoint's name", "state: a checkpoint that is lost is replaced by the log"),
    ("recovered checkpoint names", "state: a checkpoint that is lost is replaced by the log"),
    ("the index of keys", "ingest: keys that are lost are read from the log again"),
    ("blobs directory name", "opening goes on to sync names in the same folder"),
    ("recovered blob names", "a file that a killed process stored: see the test below"),
];

#[test]
fn leaving_out_any_needed_sync_makes_a_seed_fail() {
    let mut purposes = BTreeSet::new();
    for seed in 0..40 {
        let run = Run::new(seed, None);
        let disk = run.disk().clone();
        assert!(matches!(run.finish(), Verdict::Good { .. }));
        purposes.extend(disk.syncs().into_keys());
    }
    let below = BTreeMap::from(SHOWN_BELOW);
    let mut survivors = Vec::new();
    for purpose in purposes {
        if let Some(reason) = below.get(purpose) {
            println!("| {purpose} | {reason} |");
            continue;
        }
        let failed = (0..SEEDS_MAX).find_map(|seed| match Run::new(seed, Some(purpose)).finish() {
            Verdict::Bad(reason) => Some((seed, reason)),
            Verdict::Good { .. } => None,
        });
        match failed {
            Some((seed, reason)) => println!("| {purpose} | seed {seed}: {reason} |"),
            None => survivors.push(purpose),
        }
    }
    assert_eq!(survivors, Vec::<&str>::new(), "these syncs are not seen to matter in a whole run");
}

/// A life that is killed while it stores a table's file, one that stores it again and is acknowledged, and a power
/// cut. The error is what the next start says.
fn stored_twice(seed: u64, stop_after: u64, skipped: Option<&'static str>) -> Result<(), String> {
    let disk = Arc::new(Faulty::new(seed));
    if let Some(skipped) = skipped {
        disk.skip_purpose(skipped);
    }
    let clock = Arc::new(ManualClock::default());
    clock.0.store(1_767_225_600_000_000, Ordering::Relaxed);
    let open = || {
        let opened = Processor::open(world::options(disk.clone(), Arc::clone(&clock), 1));
        opened.map(|(processor, _)| processor).map_err(|error| error.to_string())
    };
    let change = |processor: &mut Processor, text: &str| {
        let applied = processor.change_now(world::change(text, Origin::Statement));
        applied.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
    };
    let mut processor = open()?;
    change(&mut processor, DEFINITIONS)?;
    disk.stop_after(stop_after, Stop::Kill);
    drop(change(&mut processor, &cards_statement(1)));
    drop(processor);
    if !disk.is_stopped() {
        disk.stop(Stop::Kill);
    }
    disk.restart();
    let mut processor = open()?;
    processor.finish_changes().map_err(|error| error.to_string())?;
    change(&mut processor, &cards_statement(1))?;
    disk.stop(Stop::Power);
    disk.restart();
    let files = open()?.definitions().tables["cards"].path.clone();
    if files == "cards-1.csv" { Ok(()) } else { Err(format!("the table is from {files}")) }
}

#[test]
fn a_file_that_a_killed_process_stored_survives_a_power_cut() {
    let cases = || (0..20).flat_map(|seed| (0..12).map(move |stop_after| (seed, stop_after)));
    for (seed, stop_after) in cases() {
        stored_twice(seed, stop_after, None)
            .unwrap_or_else(|reason| panic!("seed {seed}, killed in call {stop_after}: {reason}"));
    }
    let lost = cases().find_map(|(seed, stop_after)| {
        let reason = stored_twice(seed, stop_after, Some("recovered blob names")).err()?;
        Some(format!("seed {seed}, killed in call {stop_after}: {reason}"))
    });
    println!("| recovered blob names | {} |", lost.expect("without the sync some seed loses the file"));
}
