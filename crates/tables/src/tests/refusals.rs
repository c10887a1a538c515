//! What is wrong with the files is named with a remedy, and nothing damaged is served.

use std::{path::Path, sync::Arc};

use storage::{Faulty, Storage};

use super::node::{DEFINITIONS, Writer, follow, tables};
use crate::{Follower, Progress};

fn committed() -> (Faulty, Arc<dyn Storage>) {
    let disk = Faulty::new(1);
    let storage: Arc<dyn Storage> = Arc::new(disk.clone());
    let mut writer = Writer::open(Arc::clone(&storage)).unwrap();
    writer.define(&DEFINITIONS, &[]).unwrap();
    writer.decided(&[Some(1), Some(2)], 10).unwrap();
    let tables = tables(Arc::clone(&storage)).unwrap();
    let mut follower = Follower::new(tables);
    follow(&mut follower).unwrap();
    follower.commit().unwrap();
    (disk, storage)
}

#[test]
fn a_damaged_file_is_named_and_not_read() {
    let (disk, storage) = committed();
    let opened = tables(Arc::clone(&storage)).unwrap();
    let segment = Arc::clone(&opened.snapshot().tables["payments"].segments[0]);
    disk.flip(&segment.path(), 40, 1).unwrap();
    let Err(error) = segment.read().map(drop) else { panic!("a damaged file was read") };
    let text = error.to_string();
    assert!(text.contains("000000000001.parquet: corrupt: its checksum"), "{text}");
    assert!(text.contains("remove the directory /data/tables"), "{text}");
    drop((opened, segment));
    storage.remove(Path::new("/data/tables/000000000001.parquet")).unwrap();
    let text = tables(storage).unwrap_err().to_string();
    assert!(text.contains("the manifest names it"), "{text}");
}

#[test]
fn a_manifest_of_another_version_and_a_damaged_one_are_named() {
    let (disk, storage) = committed();
    let manifest = Path::new("/data/tables/manifest");
    disk.flip(manifest, 8, 4).unwrap();
    let text = tables(Arc::clone(&storage)).unwrap_err().to_string();
    assert!(text.contains("format version 5, and this program reads 1"), "{text}");
    disk.flip(manifest, 8, 4).unwrap();
    disk.flip(manifest, 40, 1).unwrap();
    let text = tables(storage).unwrap_err().to_string();
    assert!(text.contains("manifest: corrupt"), "{text}");
}

#[test]
fn another_log_is_recognised() {
    let (_, storage) = committed();
    for name in storage.list(Path::new("/data/log")).unwrap() {
        storage.remove(&Path::new("/data/log").join(name)).unwrap();
    }
    let mut writer = Writer::open(Arc::clone(&storage)).unwrap();
    writer.define(&DEFINITIONS, &[]).unwrap();
    writer.sync().unwrap();
    let mut follower = Follower::new(tables(Arc::clone(&storage)).unwrap());
    // It may be the same log, not recovered after a power cut yet: nothing is read.
    assert_eq!(follower.step().unwrap(), Progress::Idle);
    writer.decided(&[Some(5_000), Some(2)], 10).unwrap();
    let text = follower.step().unwrap_err().to_string();
    assert!(text.contains("/data/tables: built from another log"), "{text}");
}

#[test]
fn without_a_log_there_is_nothing_to_do_yet() {
    let storage: Arc<dyn Storage> = Arc::new(Faulty::new(1));
    storage.create_directory(Path::new("/data")).unwrap();
    let tables = tables(Arc::clone(&storage)).unwrap();
    let mut follower = Follower::new(Arc::clone(&tables));
    assert_eq!(follower.step().unwrap(), Progress::NoLog);
    let mut writer = Writer::open(storage).unwrap();
    writer.define(&DEFINITIONS, &[]).unwrap();
    writer.sync().unwrap();
    follow(&mut follower).unwrap();
    assert!(tables.snapshot().tables.contains_key("risk"));
    assert!(tables.wait_for(1, std::time::Duration::ZERO));
    assert!(!tables.wait_for(2, std::time::Duration::ZERO));
}

#[test]
fn a_full_disk_passes() {
    let (disk, storage) = committed();
    let mut writer = Writer::reopen(Arc::clone(&storage)).unwrap();
    writer.decided(&[Some(1); 9], 10).unwrap();
    let tables = tables(Arc::clone(&storage)).unwrap();
    let mut follower = Follower::new(Arc::clone(&tables));
    follow(&mut follower).unwrap();
    disk.limit(Some(disk.used() + 100));
    let error = follower.commit().unwrap_err();
    assert!(matches!(error, crate::Error::Storage(storage::Error::Full { .. })), "{error}");
    disk.limit(None);
    follower.commit().unwrap();
    assert_eq!(tables.figures().rows_in_memory, 0);
    drop((follower, tables));
    let tables = super::node::tables(storage).unwrap();
    assert_eq!(super::content::of_table(&tables.snapshot(), "payments").len(), 6);
}
