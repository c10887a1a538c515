//! Seeded lives on a disk that loses power: after every stop the tables hold what the log holds, once.

use std::{env, sync::Arc};

use storage::{Faulty, Stop, Storage};

use super::{
    content,
    node::{DEFINITIONS, Writer, follow, tables},
};
use crate::Follower;

const SEEDS: u64 = 150;
/// Lives of one seed: each ends in a stop but the last.
const LIVES: u64 = 5;

/// SplitMix64, as the disk's own.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}

#[derive(Debug, Default)]
struct Tally {
    stops: u64,
    merges: u64,
    commits_beside: u64,
    rows: u64,
    compared: u64,
}

/// One life: writes, follows, commits and merges until something fails or it is over.
fn live(disk: &Faulty, random: &mut Random, tally: &mut Tally) -> Result<(), String> {
    let storage: Arc<dyn Storage> = Arc::new(disk.clone());
    let text = |error: eventlog::Error| error.to_string();
    let mut writer = Writer::reopen(Arc::clone(&storage)).map_err(text)?;
    if writer.epoch == 0 {
        writer.define(&DEFINITIONS, &[]).map_err(text)?;
    }
    writer.sync().map_err(text)?;
    let tables = tables(storage).map_err(|error| error.to_string())?;
    let mut follower = Follower::new(Arc::clone(&tables));
    // One that is written while everything else goes on.
    let mut begun: Option<crate::Commit> = None;
    for _ in 0..40 {
        match random.below(14) {
            0..=4 => {
                let amounts: Vec<_> = (0..1 + random.below(9))
                    .map(|_| (random.below(8) > 0).then(|| random.below(3_000) as i64))
                    .collect();
                let base = writer.events(&amounts, 1_000).map_err(text)?;
                // Now and then the events are durable before their outputs are in the log.
                if random.below(3) == 0 {
                    writer.sync().map_err(text)?;
                    follow(&mut follower).map_err(|error| error.to_string())?;
                    if random.below(2) == 0 {
                        follower.commit().map_err(|error| error.to_string())?;
                    }
                }
                let as_text = writer.epoch >= TEXT_FROM;
                writer.outputs(base, &amounts, as_text).map_err(text)?;
            }
            5 if writer.epoch < 4 => {
                let path = "m.csv";
                let csv = format!("id,name\na,{}\nb,{}\n", writer.epoch, random.below(100));
                let table =
                    "CREATE OR REPLACE TABLE merchants (id TEXT PRIMARY KEY, name TEXT) FROM file('m.csv')";
                let view = "CREATE OR REPLACE VIEW seen AS SELECT id, amount, CAST(amount > 10 AS TEXT) AS large FROM payments";
                let rule = "CREATE OR REPLACE RULE big ON risk WHEN large = 'true' THEN deny REASON 'a large amount'";
                let all = [table, view, rule];
                let statements = if writer.epoch + 1 >= TEXT_FROM { &all[..] } else { &all[..1] };
                writer.define(statements, &[(path, &csv)]).map_err(text)?;
            }
            5 | 6 => writer.sync().map_err(text)?,
            7 | 8 => {
                writer.sync().map_err(text)?;
                follow(&mut follower).map_err(|error| error.to_string())?;
            }
            9 | 10 => follower.commit().map_err(|error| error.to_string())?,
            11 | 12 => match begun.take() {
                Some(commit) => {
                    commit.write().map_err(|error| error.to_string())?;
                    tally.commits_beside += 1;
                }
                None => begun = follower.begin(),
            },
            _ => {
                if let Some(merge) = tables.next_merge() {
                    tables.adopt(merge.write().map_err(|error| error.to_string())?);
                    tally.merges += 1;
                }
            }
        }
    }
    Ok(())
}

/// From this epoch on `large` is text.
const TEXT_FROM: u32 = 3;

/// What is wrong after one seed's lives.
fn run(seed: u64, disk: &Faulty, tally: &mut Tally) -> Result<(), String> {
    let mut random = Random(seed);
    for life in 0..LIVES {
        if life + 1 < LIVES {
            let stop = if random.below(2) == 0 { Stop::Kill } else { Stop::Power };
            disk.stop_after(random.below(250), stop);
        }
        let result = live(disk, &mut random, tally);
        if let Err(error) = result
            && !disk.is_stopped()
        {
            return Err(format!("seed {seed}, life {life}: {error}"));
        }
        tally.stops += u64::from(disk.is_stopped());
        disk.stop(Stop::Kill);
        disk.restart();
        compare(disk, tally).map_err(|wrong| format!("seed {seed}, life {life}: {wrong}"))?;
    }
    Ok(())
}

/// A restart of both: what the tables hold once they have followed to the log's end.
fn compare(disk: &Faulty, tally: &mut Tally) -> Result<(), String> {
    let storage: Arc<dyn Storage> = Arc::new(disk.clone());
    // Recovery publishes what is durable.
    drop(Writer::reopen(Arc::clone(&storage)).map_err(|error| error.to_string())?);
    let tables = tables(Arc::clone(&storage)).map_err(|error| error.to_string())?;
    let mut follower = Follower::new(Arc::clone(&tables));
    follow(&mut follower).map_err(|error| error.to_string())?;
    let held = content::of_tables(&tables.snapshot()).map_err(|error| error.to_string())?;
    let logged = content::of_log(&storage);
    if held != logged {
        return Err(format!("the tables hold {held:#?} and the log {logged:#?}"));
    }
    tally.compared += 1;
    tally.rows += (held.payments.len() + held.logins.len() + held.risk.len()) as u64;
    Ok(())
}

fn seeds() -> std::ops::Range<u64> {
    let count =
        env::var("MITRA_SEEDS").map_or(SEEDS, |count| count.parse().expect("MITRA_SEEDS is a number"));
    0..count
}

#[test]
fn after_every_stop_the_tables_hold_what_the_log_holds() {
    let mut tally = Tally::default();
    for seed in seeds() {
        if let Err(wrong) = run(seed, &Faulty::new(seed), &mut tally) {
            panic!("{wrong}");
        }
    }
    println!("{tally:?}");
    // The campaign is worth something only if these happen.
    assert!(
        tally.stops > 100 && tally.merges > 10 && tally.commits_beside > 100 && tally.rows > 1_000,
        "{tally:?}"
    );
}

#[test]
fn without_any_one_kind_of_sync_some_seed_fails() {
    for purpose in ["tables' segment", "tables' segments names", "tables' manifest", "tables' manifest name"]
    {
        let fails = (0..2_000).any(|seed| {
            let disk = Faulty::new(seed);
            disk.skip_purpose(purpose);
            let fails = run(seed, &disk, &mut Tally::default()).is_err();
            // The seed is at fault only if it passes with the sync.
            fails && run(seed, &Faulty::new(seed), &mut Tally::default()).is_ok()
        });
        assert!(fails, "nothing fails without syncing {purpose:?}");
    }
}
