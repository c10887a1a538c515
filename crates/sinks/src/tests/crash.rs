//! That after any stop, failed call or full disk each row is in the files exactly once, and that every sync is needed
//! for it.

use std::path::Path;

use ::parquet::{
    file::reader::{FileReader as _, SerializedFileReader},
    record::RowAccessor as _,
};
use bytes::Bytes;
use storage::{Faulty, Stop, Storage as _};

use super::{bytes, open_at, path, rows};
use crate::{Error, Format};

/// Records of the simulated log; each is ten addresses long.
const RECORDS: u64 = 40;
const RECORD_ADDRESSES: u64 = 10;
const FORMATS: [Format; 2] = [Format::Ndjson, Format::Parquet];

type Violation = String;

/// A few records make a row each; then a long time none does.
fn makes_row(record: u64) -> bool {
    record % 3 != 2 && !(20..30).contains(&record)
}

fn expected() -> Vec<u64> {
    (0..RECORDS).filter(|record| makes_row(*record)).collect()
}

struct Batches(u64);

impl Batches {
    /// Records in the next batch.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        1 + (self.0 >> 60) % 7
    }
}

/// Feeds from the sink's cursor to the log's end, and notes in `durable` what the sink says is durable.
fn feed(disk: &Faulty, format: Format, seed: u64, durable: &mut Option<u64>) -> Result<(), Error> {
    let mut sink = open_at(disk, format)?;
    if sink.cursor() < *durable {
        return Err(regressed(format));
    }
    *durable = sink.cursor();
    let mut batches = Batches(seed);
    let mut record = sink.cursor().unwrap_or(0) / RECORD_ADDRESSES;
    while record < RECORDS {
        let end = RECORDS.min(record + batches.next());
        sink.append(&rows((record..end).filter(|record| makes_row(*record))))?;
        record = end;
        sink.commit(record * RECORD_ADDRESSES)?;
        *durable = sink.cursor();
    }
    sink.close(RECORDS * RECORD_ADDRESSES)?;
    *durable = Some(RECORDS * RECORD_ADDRESSES);
    Ok(())
}

fn regressed(format: Format) -> Error {
    Error::Damaged { path: path(format).to_path_buf(), reason: "its cursor went back".to_owned() }
}

/// The positions in one part.
pub(super) fn positions_of_part(part: &[u8]) -> Result<Vec<u64>, Violation> {
    let reader = SerializedFileReader::new(Bytes::copy_from_slice(part)).map_err(|error| error.to_string())?;
    let rows = reader.get_row_iter(None).map_err(|error| error.to_string())?;
    let position = |row: ::parquet::errors::Result<::parquet::record::Row>| {
        row.and_then(|row| row.get_long(0)).map(|position| position as u64).map_err(|error| error.to_string())
    };
    rows.map(position).collect()
}

/// The positions in all files, in order.
pub(super) fn content(disk: &Faulty, format: Format) -> Result<Vec<u64>, Violation> {
    if format == Format::Parquet {
        let names = disk.list(path(format)).map_err(|error| error.to_string())?;
        let parts = names.iter().filter(|name| name.ends_with(".parquet"));
        let parts = parts.map(|name| positions_of_part(&bytes(disk, &path(format).join(name))));
        return Ok(parts.collect::<Result<Vec<_>, _>>()?.concat());
    }
    if !disk.exists(path(format)).map_err(|error| error.to_string())? {
        return Err("the file is gone".to_owned());
    }
    let text = String::from_utf8(bytes(disk, path(format))).map_err(|error| error.to_string())?;
    let position = |line: &str| {
        let row: serde_json::Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
        row["position"].as_u64().ok_or_else(|| "a row without a position".to_owned())
    };
    text.lines().map(position).collect()
}

/// After a power cut the files hold every row once, and the cursor is the log's end.
fn check(disk: &Faulty, format: Format) -> Result<(), Violation> {
    disk.stop(Stop::Power);
    disk.restart();
    let found = content(disk, format)?;
    if found != expected() {
        return Err(format!("rows {found:?}"));
    }
    let cursor = open_at(disk, format).map_err(|error| error.to_string())?.cursor();
    if cursor == Some(RECORDS * RECORD_ADDRESSES) { Ok(()) } else { Err(format!("cursor {cursor:?}")) }
}

/// Feeds with stops in the middle of the `first`-th changing call, and of the `second`-th of the recovery.
fn stopped_twice(disk: &Faulty, format: Format, stops: [(u64, Stop); 2]) -> Result<(), Violation> {
    let mut durable = None;
    for (index, (operation, stop)) in stops.into_iter().enumerate() {
        disk.stop_after(operation, stop);
        let result = feed(disk, format, operation + index as u64, &mut durable);
        if !disk.is_stopped() {
            result.map_err(|error| error.to_string())?;
            disk.stop(stop);
        }
        disk.restart();
        // Somebody looks how far it has come, and then the power goes.
        let seen = open_at(disk, format).map_err(|error| error.to_string())?.cursor();
        if seen < durable {
            return Err(format!("{durable:?} was durable, {seen:?} is left"));
        }
        durable = seen;
        disk.stop(Stop::Power);
        disk.restart();
    }
    feed(disk, format, 99, &mut durable).map_err(|error| error.to_string())?;
    check(disk, format)
}

fn operations(format: Format) -> u64 {
    let disk = Faulty::new(0);
    feed(&disk, format, 0, &mut None).unwrap();
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
        assert!(operations(format) > 30, "{format:?} {}", operations(format));
        for seed in 0..20 {
            campaign(format, seed, None).unwrap();
        }
    }
}

#[test]
fn without_any_of_the_syncs_a_stop_is_found_that_breaks_it() {
    for format in FORMATS {
        let disk = Faulty::new(0);
        feed(&disk, format, 0, &mut None).unwrap();
        let purposes: Vec<_> = disk.syncs().into_keys().collect();
        assert!(purposes.len() >= 4, "{purposes:?}");
        for purpose in purposes {
            let found = (0..300).any(|seed| campaign(format, seed, Some(purpose)).is_err());
            assert!(found, "{format:?}: nothing depends on the sync of {purpose}");
        }
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
                if feed(&disk, format, nth, &mut durable).is_err() {
                    failures += 1;
                    feed(&disk, format, 99, &mut durable).unwrap();
                }
                check(&disk, format).unwrap();
            }
        }
        assert!(failures > 20, "{format:?} {failures}");
    }
}

#[test]
fn a_full_disk_is_waited_out() {
    for format in FORMATS {
        let mut waits = 0;
        for room in 0..3000 {
            let disk = Faulty::new(room);
            let mut sink = open_at(&disk, format).unwrap();
            disk.limit(Some(disk.used() + room));
            for record in 0..RECORDS {
                let columns = rows(Some(record).filter(|record| makes_row(*record)));
                sink.append(&columns).unwrap();
                if let Err(error) = sink.commit((record + 1) * RECORD_ADDRESSES) {
                    assert!(matches!(error, Error::Storage(storage::Error::Full { .. })), "{error}");
                    waits += 1;
                    disk.limit(None);
                    sink.commit((record + 1) * RECORD_ADDRESSES).unwrap();
                }
            }
            disk.limit(None);
            sink.close(RECORDS * RECORD_ADDRESSES).unwrap();
            check(&disk, format).unwrap();
        }
        assert!(waits > 100, "{format:?} {waits}");
    }
}

#[test]
fn after_a_failed_sync_an_ndjson_sink_wants_to_be_opened_again() {
    let disk = Faulty::new(0);
    let mut sink = open_at(&disk, Format::Ndjson).unwrap();
    sink.append(&rows([0])).unwrap();
    disk.fail_sync(0);
    assert!(matches!(sink.commit(10), Err(Error::Storage(_))));
    assert!(matches!(sink.commit(10), Err(Error::Failed { .. })));
    assert!(matches!(sink.append(&rows([1])), Err(Error::Failed { .. })));
    drop(sink);
    assert_eq!(open_at(&disk, Format::Ndjson).unwrap().cursor(), None);
    assert!(bytes(&disk, Path::new("/out/rows.ndjson")).is_empty());
}
