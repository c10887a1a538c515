//! That the simulated disk loses what POSIX lets a disk lose, and nothing else.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use crate::{Error, Faulty, Stop, Storage};

const SYNC: &str = "the test";
const SEEDS: u64 = 300;

fn path() -> PathBuf {
    PathBuf::from("/file")
}

fn content(disk: &Faulty, path: &Path) -> Vec<u8> {
    let file = disk.open(path).unwrap();
    let mut bytes = vec![0; file.len().unwrap() as usize];
    assert_eq!(file.read_at(0, &mut bytes).unwrap(), bytes.len());
    bytes
}

fn cut(disk: &Faulty) {
    disk.stop(Stop::Power);
    disk.restart();
}

/// A disk whose file `/file` durably holds `bytes`.
fn holding(seed: u64, bytes: &[u8]) -> Faulty {
    let disk = Faulty::new(seed);
    let file = disk.create(&path()).unwrap();
    file.write_at(0, bytes).unwrap();
    file.sync_data(SYNC).unwrap();
    disk.sync_directory(Path::new("/"), SYNC).unwrap();
    disk
}

#[test]
fn synced_bytes_survive_and_an_unsynced_write_is_torn_anywhere() {
    let mut lengths = BTreeSet::new();
    for seed in 0..SEEDS {
        let disk = holding(seed, b"durable");
        disk.open(&path()).unwrap().write_at(7, b"lost").unwrap();
        cut(&disk);
        let bytes = content(&disk, &path());
        assert!(b"durablelost".starts_with(&bytes) && bytes.starts_with(b"durable"), "{bytes:?}");
        lengths.insert(bytes.len());
    }
    assert_eq!(lengths, (7..=11).collect());
}

#[test]
fn a_later_write_can_survive_without_an_earlier_one() {
    let reordered = (0..SEEDS).any(|seed| {
        let disk = holding(seed, b"");
        let file = disk.open(&path()).unwrap();
        file.write_at(0, b"first").unwrap();
        file.write_at(5, b"second").unwrap();
        cut(&disk);
        content(&disk, &path()) == b"\0\0\0\0\0second"
    });
    assert!(reordered);
}

#[test]
fn sectors_of_one_write_can_survive_without_those_before() {
    let holes = (0..SEEDS).any(|seed| {
        let disk = holding(seed, b"");
        disk.open(&path()).unwrap().write_at(0, &[1; 2048]).unwrap();
        cut(&disk);
        let bytes = content(&disk, &path());
        bytes.first() == Some(&0) && bytes.last() == Some(&1)
    });
    assert!(holes);
}

#[test]
fn a_name_needs_its_directory_synced() {
    let survived: BTreeSet<bool> = (0..SEEDS)
        .map(|seed| {
            let disk = Faulty::new(seed);
            disk.create(&path()).unwrap().sync_data(SYNC).unwrap();
            cut(&disk);
            disk.exists(&path()).unwrap()
        })
        .collect();
    assert_eq!(survived, [false, true].into());
}

#[test]
fn a_rename_happens_in_one_step_or_not() {
    let mut seen = BTreeSet::new();
    for seed in 0..SEEDS {
        let disk = holding(seed, b"old");
        let new = disk.create(Path::new("/new")).unwrap();
        new.write_at(0, b"new").unwrap();
        new.sync_data(SYNC).unwrap();
        disk.sync_directory(Path::new("/"), SYNC).unwrap();
        disk.rename(Path::new("/new"), &path()).unwrap();
        cut(&disk);
        seen.insert((content(&disk, &path()), disk.exists(Path::new("/new")).unwrap()));
    }
    assert_eq!(seen, [(b"old".to_vec(), true), (b"new".to_vec(), false)].into());
}

#[test]
fn a_lost_directory_takes_its_files_with_it() {
    let lost = (0..SEEDS).any(|seed| {
        let disk = Faulty::new(seed);
        disk.create_directory(Path::new("/d")).unwrap();
        disk.create(Path::new("/d/file")).unwrap();
        disk.sync_directory(Path::new("/d"), SYNC).unwrap();
        cut(&disk);
        let exists = disk.exists(Path::new("/d/file")).unwrap();
        assert_eq!(exists, disk.exists(Path::new("/d")).unwrap());
        !exists
    });
    assert!(lost);
}

#[test]
fn a_killed_process_loses_its_handles_and_locks_only() {
    let disk = Faulty::new(1);
    let file = disk.create(&path()).unwrap();
    file.write_at(0, b"cached").unwrap();
    let lock = disk.lock(Path::new("/lock")).unwrap();
    disk.stop(Stop::Kill);
    assert!(disk.open(&path()).is_err(), "everything fails until the restart");
    disk.restart();
    assert!(file.write_at(0, b"zombie").is_err());
    assert_eq!(content(&disk, &path()), b"cached");
    let held = disk.lock(Path::new("/lock")).unwrap();
    drop(lock);
    assert!(disk.lock(Path::new("/lock")).is_err(), "a dead lock releases nothing");
    drop(held);
}

#[test]
fn a_stop_comes_at_the_planned_call() {
    let disk = holding(1, b"");
    let file = disk.open(&path()).unwrap();
    disk.stop_after(1, Stop::Kill);
    file.write_at(0, b"a").unwrap();
    assert!(!disk.is_stopped());
    assert!(file.write_at(1, b"b").is_err());
    assert!(disk.is_stopped());
    disk.restart();
    assert_eq!(content(&disk, &path()), b"ab", "a killed process's last write is in the cache");
}

#[test]
fn a_failed_sync_loses_bytes_that_stay_readable() {
    let mut survived = BTreeSet::new();
    for seed in 0..SEEDS {
        let disk = holding(seed, b"");
        let file = disk.open(&path()).unwrap();
        file.write_at(0, b"x").unwrap();
        disk.fail_sync(0);
        file.sync_data(SYNC).unwrap_err();
        assert_eq!(content(&disk, &path()), b"x");
        file.sync_data(SYNC).unwrap();
        cut(&disk);
        survived.insert(content(&disk, &path()).len());
    }
    assert_eq!(survived, [0, 1].into(), "the second sync proves nothing");
}

#[test]
fn a_skipped_sync_says_that_it_succeeded() {
    let lost = |skip: &dyn Fn(&Faulty)| {
        (0..SEEDS).any(|seed| {
            let disk = holding(seed, b"");
            let file = disk.open(&path()).unwrap();
            file.write_at(0, b"x").unwrap();
            skip(&disk);
            file.sync_data("the first").unwrap();
            file.sync_data("the second").unwrap();
            cut(&disk);
            content(&disk, &path()).is_empty()
        })
    };
    assert!(!lost(&|_| ()));
    assert!(!lost(&|disk| disk.skip_purpose("the first")));
    assert!(!lost(&|disk| disk.skip_sync(1)));
    assert!(lost(&|disk| {
        disk.skip_purpose("the first");
        disk.skip_sync(1);
    }));
}

#[test]
fn a_full_disk_takes_what_fits_and_recovers() {
    let disk = holding(1, b"1234");
    let file = disk.open(&path()).unwrap();
    disk.limit(Some(6));
    let error = file.write_at(4, b"5678").unwrap_err();
    assert!(matches!(error, Error::Full { .. }), "{error}");
    assert_eq!(content(&disk, &path()), b"123456");
    file.write_at(0, b"abcdef").unwrap();
    file.set_len(4).unwrap();
    file.write_at(4, b"56").unwrap();
    disk.remove(&path()).unwrap();
    assert_eq!(disk.used(), 0);
    disk.create(&path()).unwrap().write_at(0, b"123456").unwrap();
    disk.limit(None);
    disk.create(Path::new("/other")).unwrap().write_at(0, b"1").unwrap();
}

#[test]
fn a_failed_write_leaves_a_prefix() {
    let lengths: BTreeSet<usize> = (0..SEEDS)
        .map(|seed| {
            let disk = holding(seed, b"");
            let file = disk.open(&path()).unwrap();
            disk.fail_write(1);
            file.write_at(0, b"").unwrap();
            file.write_at(0, b"abc").unwrap_err();
            content(&disk, &path()).len()
        })
        .collect();
    assert_eq!(lengths, (0..=3).collect());
}

#[test]
fn the_same_seed_gives_the_same_faults() {
    let run = |seed| {
        let disk = holding(seed, b"start");
        for round in 0..20_u8 {
            let file = disk.open(&path()).unwrap();
            file.write_at(u64::from(round) * 700, &[round; 1500]).unwrap();
            disk.create(Path::new(&format!("/{round}"))).unwrap();
            cut(&disk);
        }
        (content(&disk, &path()), disk.list(Path::new("/")).unwrap())
    };
    assert_eq!(run(7), run(7));
    assert_ne!(run(7), run(8));
}

#[test]
fn flipped_bits_stay() {
    let disk = holding(1, b"abc");
    disk.flip(&path(), 1, 3).unwrap();
    assert_eq!(content(&disk, &path()), b"aac");
    cut(&disk);
    assert_eq!(content(&disk, &path()), b"aac");
}
