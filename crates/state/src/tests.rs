//! Checkpoints on faulty storage: complete or absent, and never wrong.

mod campaign;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use storage::{Disk, Faulty, Stop, Storage};

use crate::{Checkpoint, Checkpoints, Error, Newest, Stamp, format::NAME_BYTES_MAX};

fn disk(seed: u64) -> Faulty {
    let disk = Faulty::new(seed);
    disk.create_directories("/data".as_ref(), "test").unwrap();
    disk
}

fn open(disk: &Faulty) -> crate::Result<Checkpoints> {
    Checkpoints::open(Arc::new(disk.clone()), "/data".as_ref())
}

fn path(position: u64) -> PathBuf {
    PathBuf::from(format!("/data/checkpoints/{position:020}.ckpt"))
}

/// The sections of a test checkpoint.
fn sections(position: u64) -> Vec<(String, Vec<u8>)> {
    let section = |number: u64| {
        let len = (position * 7 + number * 300) % 1500;
        (format!("shard/{number}"), (0..len).map(|place| (place * position + number) as u8).collect())
    };
    (0..4).map(section).collect()
}

fn write(checkpoints: &Checkpoints, position: u64) -> crate::Result<()> {
    let mut writer = checkpoints.begin(position, position * 100, b"build 1")?;
    for (name, bytes) in sections(position) {
        writer.section(&name, &bytes)?;
    }
    writer.finish()
}

/// Whether a checkpoint holds what `write` wrote.
fn holds(checkpoint: &Checkpoint, position: u64) -> bool {
    let mut same = checkpoint.stamp() == Stamp { position, address: position * 100 };
    same &= checkpoint.fingerprint() == b"build 1" && checkpoint.sections().count() == 4;
    for (name, bytes) in sections(position) {
        same &= checkpoint.section(&name).unwrap() == Some(bytes);
    }
    same
}

fn newest_position(newest: &Newest) -> Option<u64> {
    newest.checkpoint.as_ref().map(|checkpoint| checkpoint.stamp().position)
}

fn content(storage: &dyn Storage, path: &Path) -> Vec<u8> {
    let file = storage.open_to_read(path).unwrap();
    let mut bytes = vec![0; file.len().unwrap() as usize];
    assert_eq!(file.read_at(0, &mut bytes).unwrap(), bytes.len());
    bytes
}

#[test]
fn what_is_written_is_read_back() {
    let directory = tempfile::tempdir().unwrap();
    let on_disk = Checkpoints::open(Arc::new(Disk), directory.path()).unwrap();
    for checkpoints in [on_disk, open(&disk(1)).unwrap()] {
        assert_eq!(newest_position(&checkpoints.newest().unwrap()), None);
        write(&checkpoints, 7).unwrap();
        write(&checkpoints, 100).unwrap();
        let newest = checkpoints.newest().unwrap();
        assert!(newest.skipped.is_empty());
        let checkpoint = newest.checkpoint.unwrap();
        assert!(holds(&checkpoint, 100));
        assert_eq!(checkpoint.section("shard/9").unwrap(), None);
        let lengths: Vec<(String, u64)> =
            sections(100).into_iter().map(|(name, bytes)| (name, bytes.len() as u64)).collect();
        assert_eq!(
            checkpoint.sections().map(|(name, place)| (name.to_owned(), place.len)).collect::<Vec<_>>(),
            lengths
        );
    }
}

#[test]
fn a_large_section_and_none_at_all_are_fine() {
    let checkpoints = open(&disk(1)).unwrap();
    checkpoints.begin(1, 0, b"").unwrap().finish().unwrap();
    let newest = checkpoints.newest().unwrap().checkpoint.unwrap();
    assert_eq!((newest.sections().count(), newest.fingerprint().len()), (0, 0));
    let mut writer = checkpoints.begin(2, 0, b"").unwrap();
    let large: Vec<u8> = (0..5_000_000_u32).map(|place| (place >> 8) as u8).collect();
    writer.section("large", &large).unwrap();
    writer.section("", b"").unwrap();
    writer.finish().unwrap();
    let newest = checkpoints.newest().unwrap().checkpoint.unwrap();
    assert!(newest.section("large").unwrap().unwrap() == large);
    assert_eq!(newest.section("").unwrap(), Some(Vec::new()));
}

#[test]
fn every_damaged_byte_is_found_named_and_an_older_one_used() {
    let disk = disk(1);
    write(&open(&disk).unwrap(), 5).unwrap();
    write(&open(&disk).unwrap(), 9).unwrap();
    let len = content(&disk, &path(9)).len() as u64;
    for at in 0..len {
        disk.flip(&path(9), at, 0x40).unwrap();
        let newest = open(&disk).unwrap().newest().unwrap();
        assert_eq!(newest_position(&newest), Some(5), "byte {at}");
        assert_eq!(newest.skipped.len(), 1);
        assert_eq!(newest.skipped[0].path, path(9));
        assert!(!newest.skipped[0].reason.is_empty());
        disk.flip(&path(9), at, 0x40).unwrap();
    }
    let checkpoints = open(&disk).unwrap();
    assert_eq!(newest_position(&checkpoints.newest().unwrap()), Some(9));
    assert_eq!(newest_position(&checkpoints.newest_before(9).unwrap()), Some(5));
    assert_eq!(newest_position(&checkpoints.newest_before(5).unwrap()), None);
}

#[test]
fn a_checkpoint_cut_at_any_byte_or_extended_is_not_used() {
    let disk = disk(1);
    write(&open(&disk).unwrap(), 9).unwrap();
    let whole = content(&disk, &path(9));
    let file = disk.open(&path(9)).unwrap();
    file.write_at(whole.len() as u64, b"x").unwrap();
    assert_eq!(newest_position(&open(&disk).unwrap().newest().unwrap()), None);
    for len in (0..whole.len() as u64).rev() {
        file.set_len(len).unwrap();
        let newest = open(&disk).unwrap().newest().unwrap();
        assert_eq!((newest_position(&newest), newest.skipped.len()), (None, 1), "cut to {len}");
    }
}

#[test]
fn a_file_under_a_foreign_name_or_of_another_version_is_not_used() {
    let disk = disk(1);
    write(&open(&disk).unwrap(), 9).unwrap();
    disk.copy(&path(9), &path(10)).unwrap();
    let newest = open(&disk).unwrap().newest().unwrap();
    assert_eq!(newest_position(&newest), Some(9));
    assert_eq!(newest.skipped[0].reason, "its name says position 10, and its header 9");

    let mut header = content(&disk, &path(9))[..64].to_vec();
    header[8] = 2;
    let crc = crc32c::crc32c(&header[..60]).to_le_bytes();
    header[60..].copy_from_slice(&crc);
    disk.open(&path(9)).unwrap().write_at(0, &header).unwrap();
    let newest = open(&disk).unwrap().newest().unwrap();
    assert_eq!(newest.skipped[1].reason, "it has format version 2, and this program reads 1");
}

#[test]
fn a_section_that_changes_after_the_check_is_not_served() {
    let disk = disk(1);
    let checkpoints = open(&disk).unwrap();
    write(&checkpoints, 9).unwrap();
    let checkpoint = checkpoints.newest().unwrap().checkpoint.unwrap();
    let (_, bytes) = &sections(9)[1];
    let whole = content(&disk, &path(9));
    let at = whole.windows(bytes.len()).position(|window| window == bytes).unwrap();
    disk.flip(&path(9), at as u64 + 3, 1).unwrap();
    assert!(
        matches!(checkpoint.section("shard/1"), Err(Error::Corrupt { path: named, .. }) if named == path(9))
    );
    assert_eq!(checkpoint.section("shard/2").unwrap().unwrap(), sections(9)[2].1);
}

#[test]
fn pruning_keeps_the_newest_good_ones_whatever_is_damaged() {
    let disk = disk(1);
    let checkpoints = open(&disk).unwrap();
    for position in 1..=6 {
        write(&checkpoints, position).unwrap();
    }
    disk.flip(&path(5), 100, 1).unwrap();
    let oldest = Some(Stamp { position: 4, address: 400 });
    assert_eq!(checkpoints.prune(2).unwrap(), crate::Pruned { removed: 3, oldest });
    let names = disk.list("/data/checkpoints".as_ref()).unwrap();
    assert_eq!(names.len(), 3, "the damaged one stays to be looked at");
    disk.flip(&path(6), 100, 1).unwrap();
    let reopened = open(&disk).unwrap();
    assert_eq!(reopened.prune(0).unwrap(), crate::Pruned { removed: 0, oldest });
    assert_eq!(newest_position(&reopened.newest().unwrap()), Some(4));
    assert_eq!(open(&self::disk(2)).unwrap().prune(1).unwrap(), crate::Pruned::default());
}

#[test]
fn a_full_disk_loses_the_new_checkpoint_only_and_gives_its_room_back() {
    let disk = disk(1);
    let checkpoints = open(&disk).unwrap();
    write(&checkpoints, 5).unwrap();
    let used = disk.used();
    let needed = {
        write(&checkpoints, 9).unwrap();
        disk.used() - used
    };
    disk.remove(&path(9)).unwrap();
    for room in 0..needed {
        disk.limit(Some(used + room));
        let error = write(&checkpoints, 9).unwrap_err();
        assert!(matches!(error, Error::Full { .. }), "{error}");
        assert_eq!(disk.used(), used);
    }
    assert_eq!(newest_position(&checkpoints.newest().unwrap()), Some(5));
    disk.limit(Some(used + needed));
    write(&checkpoints, 9).unwrap();
    assert!(holds(&checkpoints.newest().unwrap().checkpoint.unwrap(), 9));
}

#[test]
fn a_failed_sync_makes_no_checkpoint() {
    for seed in 0..20 {
        let disk = disk(seed);
        let checkpoints = open(&disk).unwrap();
        write(&checkpoints, 5).unwrap();
        disk.fail_sync(0);
        assert!(matches!(write(&checkpoints, 9), Err(Error::Storage(_))));
        assert_eq!(newest_position(&checkpoints.newest().unwrap()), Some(5));
        disk.stop(Stop::Power);
        disk.restart();
        assert_eq!(newest_position(&open(&disk).unwrap().newest().unwrap()), Some(5));
    }
}

#[test]
fn the_callers_mistakes_are_named() {
    let disk = disk(1);
    let checkpoints = open(&disk).unwrap();
    let mut writer = checkpoints.begin(1, 1, b"").unwrap();
    writer.section("a", b"").unwrap();
    assert_eq!(
        writer.section("a", b"").unwrap_err().to_string(),
        "section \"a\" is in the checkpoint already"
    );
    let long = "n".repeat(NAME_BYTES_MAX + 1);
    let text = writer.section(&long, b"").unwrap_err().to_string();
    assert_eq!(text, "a section's name has 1025 bytes, 1024 at most");
    drop(writer);
    assert!(checkpoints.begin(1, 1, &vec![0; (64 << 10) + 1]).is_err());
    assert!(
        disk.list("/data/checkpoints".as_ref()).unwrap().is_empty(),
        "what is not finished leaves nothing"
    );
}
