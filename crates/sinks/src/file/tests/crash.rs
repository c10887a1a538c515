//! That after any stop, failed call or full disk each row is in the files exactly once, and that every sync is needed
//! for it.

use super::*;

/// Rows of the simulated log; each is ten addresses long.
const TOTAL: u64 = 300;
const FORMATS: [Format; 2] = [Format::Ndjson, Format::Parquet];

const CURSOR_NAME: &str = "the name of a sink's cursor";

type Violation = String;

/// Sizes of batches that follow from a seed.
struct Batches(u64);

impl Batches {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        1 + (self.0 >> 60) * 3
    }
}

/// Feeds from the sink's cursor to the log's end, and notes in `durable` what the sink says is durable.
fn feed_all(disk: &Faulty, format: Format, seed: u64, durable: &mut Option<u64>) -> Result<(), Violation> {
    let said = |error: Error| error.to_string();
    let mut sink = open_sink(disk, format).map_err(said)?;
    if sink.cursor() < *durable {
        return Err(format!("the cursor went back from {durable:?} to {:?}", sink.cursor()));
    }
    *durable = sink.cursor();
    let mut batches = Batches(seed);
    let mut position = sink.cursor().unwrap_or(0) / 10;
    while position < TOTAL {
        let end = TOTAL.min(position + batches.next());
        sink.append(&rows(position..end)).map_err(said)?;
        position = end;
        sink.commit(position * 10).map_err(said)?;
        *durable = sink.cursor();
    }
    sink.close(TOTAL * 10).map_err(said)?;
    *durable = Some(TOTAL * 10);
    Ok(())
}

/// After a power cut the files hold every row once, and the cursor is the log's end.
fn check(disk: &Faulty, format: Format) -> Result<(), Violation> {
    disk.stop(Stop::Power);
    disk.restart();
    let found: Vec<i64> = visible(disk, format)?.into_iter().map(|(position, ..)| position).collect();
    if found != (0..TOTAL as i64).collect::<Vec<_>>() {
        return Err(format!("{} rows, the last {:?}", found.len(), found.last()));
    }
    let cursor = open_sink(disk, format).map_err(|error| error.to_string())?.cursor();
    if cursor == Some(TOTAL * 10) { Ok(()) } else { Err(format!("cursor {cursor:?}")) }
}

/// Feeds with a stop in the middle of a changing call, again with one while it recovers, and then to the end.
fn stopped_twice(disk: &Faulty, format: Format, stops: [(u64, Stop); 2]) -> Result<(), Violation> {
    let mut durable = None;
    for (index, (operation, stop)) in stops.into_iter().enumerate() {
        disk.stop_after(operation, stop);
        let result = feed_all(disk, format, operation + index as u64, &mut durable);
        if !disk.is_stopped() {
            result?;
            disk.stop(stop);
        }
        disk.restart();
        // Somebody looks how far it has come, and then the power goes.
        let seen = open_sink(disk, format).map_err(|error| error.to_string())?.cursor();
        if seen < durable {
            return Err(format!("{durable:?} was durable, {seen:?} is left"));
        }
        durable = seen;
        disk.stop(Stop::Power);
        disk.restart();
    }
    feed_all(disk, format, 99, &mut durable)?;
    check(disk, format)
}

fn operations(format: Format) -> u64 {
    let disk = Faulty::new(0);
    feed_all(&disk, format, 0, &mut None).expect("a sound disk");
    disk.operations()
}

/// Stops at every changing call.
fn campaign(format: Format, seed: u64, skipped: Option<&'static str>) -> Result<(), Violation> {
    for operation in 0..operations(format) {
        for first in [Stop::Kill, Stop::Power] {
            let disk = Faulty::new(seed << 32 | operation);
            if let Some(purpose) = skipped {
                disk.skip_purpose(purpose);
            }
            let second = (operation.wrapping_mul(7).wrapping_add(seed)) % 23;
            stopped_twice(&disk, format, [(operation, first), (second, Stop::Power)])
                .map_err(|violation| format!("{format:?} seed {seed} {first:?} {operation}: {violation}"))?;
        }
    }
    Ok(())
}

#[test]
fn each_row_is_there_once_after_any_stop() {
    for format in FORMATS {
        assert!(operations(format) > 20, "{format:?} {}", operations(format));
        for seed in 0..10 {
            campaign(format, seed, None).expect("each row once");
        }
    }
}

#[test]
fn without_any_of_the_syncs_a_stop_is_found_that_breaks_it() {
    for format in FORMATS {
        let disk = Faulty::new(0);
        feed_all(&disk, format, 0, &mut None).expect("a sound disk");
        let purposes: Vec<_> = disk.syncs().into_keys().collect();
        assert_eq!(purposes.len(), 4, "{purposes:?}");
        // The folder's sync for the name of a part covers that of the cursor; a sink without rows is tested below.
        let covered = |purpose: &&str| format == Format::Parquet && *purpose == CURSOR_NAME;
        for purpose in purposes.into_iter().filter(|purpose| !covered(purpose)) {
            let found = (0..100).find_map(|seed| campaign(format, seed, Some(purpose)).err());
            println!("{format:?} without the sync of {purpose}: {found:?}");
            assert!(found.is_some(), "{format:?}: nothing depends on the sync of {purpose}");
        }
    }
}

#[test]
fn the_cursor_of_a_sink_without_rows_needs_its_name() {
    for format in FORMATS {
        let kept = |skipped: Option<&'static str>, seed| {
            let disk = Faulty::new(seed);
            if let Some(purpose) = skipped {
                disk.skip_purpose(purpose);
            }
            open_sink(&disk, format).and_then(|sink| sink.close(50)).expect("a sound disk");
            disk.stop(Stop::Power);
            disk.restart();
            open_sink(&disk, format).map(|sink| sink.cursor()).ok().flatten()
        };
        assert!((0..50).all(|seed| kept(None, seed) == Some(50)));
        let needed = (0..50).any(|seed| kept(Some(CURSOR_NAME), seed) != Some(50));
        assert_eq!(needed, format == Format::Parquet, "the name of the NDJSON file syncs the same folder");
    }
}

#[test]
fn each_row_is_there_once_after_a_failed_write_or_sync() {
    for format in FORMATS {
        let mut failures = 0;
        for nth in 0..operations(format) {
            for fail in [Faulty::fail_write, Faulty::fail_sync] {
                let disk = Faulty::new(nth);
                let mut durable = None;
                fail(&disk, nth);
                if feed_all(&disk, format, nth, &mut durable).is_err() {
                    failures += 1;
                    feed_all(&disk, format, 99, &mut durable).expect("the fault is over");
                }
                check(&disk, format).expect("each row once");
            }
        }
        assert!(failures > 20, "{format:?} {failures}");
    }
}
