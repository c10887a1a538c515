//! The embedded log on real and on faulty storage.

mod campaign;
mod faults;
mod history;
mod outside;
mod script;
mod torn_tail;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use storage::{Disk, Faulty, Storage};

use crate::{
    Address, Append, EmbeddedLog, Frame, Log, Options, Result, Until,
    conformance::{self, Open},
};

/// The data directory on a faulty disk.
fn data() -> PathBuf {
    PathBuf::from("/data")
}

fn options(segment_bytes: u64) -> Options {
    Options { segment_bytes, archive: None }
}

fn open(disk: &Faulty, options: Options) -> Result<EmbeddedLog> {
    EmbeddedLog::open(Arc::new(disk.clone()), &data(), options)
}

/// Appends a consuming frame of one position.
fn append(log: &mut EmbeddedLog, payload: &[u8]) -> Result<Address> {
    let position = log.next_position();
    log.append(Append::consuming(1, 0, position, 1), payload)
}

fn read_all(log: &EmbeddedLog, from: Address, until: Until) -> Result<Vec<Frame>> {
    let mut reader = log.reader(from, until)?;
    let mut frames = Vec::new();
    while let Some(frame) = reader.next()? {
        frames.push(frame);
    }
    Ok(frames)
}

fn payloads(log: &EmbeddedLog) -> Result<Vec<Vec<u8>>> {
    let start = log.history().start();
    Ok(read_all(log, start, Until::Durable)?.into_iter().map(|frame| frame.payload).collect())
}

/// The file of the segment that starts at `first`.
fn segment(first: u64) -> PathBuf {
    data().join(format!("log/{first:020}.seg"))
}

fn content(storage: &dyn Storage, path: &Path) -> Vec<u8> {
    let file = storage.open_to_read(path).unwrap();
    let mut bytes = vec![0; file.len().unwrap() as usize];
    assert_eq!(file.read_at(0, &mut bytes).unwrap(), bytes.len());
    bytes
}

/// Replaces a file, durably.
fn replace(storage: &dyn Storage, path: &Path, bytes: &[u8]) {
    let file = storage.create(path).unwrap();
    file.write_at(0, bytes).unwrap();
    file.sync_data("test").unwrap();
    storage.sync_directory(path.parent().unwrap(), "test").unwrap();
}

fn opener(storage: Arc<dyn Storage>, directory: PathBuf, segment_bytes: u64) -> Open {
    Box::new(move || {
        let log = EmbeddedLog::open(Arc::clone(&storage), &directory, options(segment_bytes))?;
        Ok(Box::new(log) as Box<dyn Log>)
    })
}

#[test]
fn conforms_on_the_operating_systems_files() {
    for segment_bytes in [128 << 20, 4 << 10] {
        let directory = tempfile::tempdir().unwrap();
        let number = std::cell::Cell::new(0);
        conformance::check(&|| {
            number.set(number.get() + 1);
            opener(Arc::new(Disk), directory.path().join(number.get().to_string()), segment_bytes)
        });
    }
}

#[test]
fn conforms_on_faulty_storage() {
    for segment_bytes in [128 << 20, 4 << 10] {
        conformance::check(&|| opener(Arc::new(Faulty::new(1)), data(), segment_bytes));
    }
}

#[test]
fn a_locked_directory_is_named_with_the_remedy() {
    let directory = tempfile::tempdir().unwrap();
    let open = opener(Arc::new(Disk), directory.path().to_path_buf(), 1 << 20);
    let log = open().unwrap();
    let error = open().map(drop).unwrap_err().to_string();
    let expected = format!("locked by process {}; stop it, or use another directory", std::process::id());
    assert!(error.ends_with(&expected), "{error}");
    drop(log);
    open().unwrap();
}
