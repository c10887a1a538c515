//! Seeded runs on a disk that fails, fills up and loses power: nothing acknowledged is lost or decided twice, and the
//! surviving log replays to the same bytes.
//!
//! `MITRA_SEEDS` sets how many runs there are, and `MITRA_SEED_FIRST` where they begin: one that fails is run alone.

mod arrivals;
mod import;
mod inspection;
mod node;
mod raising;
mod redefined;
mod revise;
mod run;
mod skipped;
mod upkeep;
mod world;

use run::{Run, Tally, Verdict};

/// Runs of the short form.
const SEEDS: u64 = 200;

fn seeds() -> std::ops::Range<u64> {
    let number = |name| std::env::var(name).map(|number| number.parse().expect("it is a number"));
    let first = number("MITRA_SEED_FIRST").unwrap_or(0);
    first..first + number("MITRA_SEEDS").unwrap_or(SEEDS)
}

#[test]
fn nothing_acknowledged_is_lost_or_decided_twice() {
    let mut total = Tally::default();
    for seed in seeds() {
        match Run::new(seed, None).finish() {
            Verdict::Good(tally) => total.add(tally),
            Verdict::Bad(reason) => panic!("seed {seed}: {reason}"),
        }
    }
    let Tally { stops, completed, lost, changes, beside } = total;
    println!("seeds {:?}, {stops} stops, {changes} changes, {lost} checkpoints lost", seeds());
    println!("{completed} batches completed by recovery, {beside} checkpoints taken while events came");
    assert!(stops > 0, "the runs are stopped");
    assert!(lost > 0 && changes > 0, "checkpoints are lost, and definitions change");
    assert!(beside > 0, "some checkpoints are taken while events come");
    assert!(completed > 0, "some stops fall between a batch's inputs and its outputs");
}

#[test]
fn splits_and_threads_give_the_same_bytes() {
    let reference = world::digest(1, 1);
    for (batch, threads) in [(7, 1), (8_192, 1), (1, 2), (7, 2), (8_192, 2)] {
        assert_eq!(world::digest(batch, threads), reference, "batches of {batch} on {threads} threads");
    }
}
