//! The index against a map, across its files, merges and damage.

use std::collections::BTreeMap;

use proptest::prelude::*;
use storage::{Faulty, Stop};

use super::*;

const DIRECTORY: &str = "data/index";

fn open(storage: &Faulty) -> Index {
    Index::open(Arc::new(storage.clone()), Path::new(DIRECTORY)).expect("a sound disk")
}

fn disk(seed: u64) -> Faulty {
    Faulty::new(seed)
}

fn key(number: u64) -> Vec<u8> {
    format!("evt_{number:06}").into_bytes()
}

/// The event at a position: keys repeat, so that some have several positions.
fn event(position: Position) -> (u64, Vec<u8>, u64) {
    let number = position.wrapping_mul(7_919) % 5_000;
    (position % 3, key(number), position ^ 0xabcd)
}

fn insert(index: &mut Index, positions: std::ops::Range<Position>) {
    for position in positions {
        let (stream, key, content) = event(position);
        index.insert(stream, &key, position, content, position as Micros * 10);
    }
}

/// Every key of the first `end` positions is found at exactly its positions.
fn assert_holds(index: &Index, end: Position) {
    let mut expected: BTreeMap<(u64, Vec<u8>), Vec<Candidate>> = BTreeMap::new();
    for position in 0..end {
        let (stream, key, content) = event(position);
        expected.entry((stream, key)).or_default().push(Candidate { position, content });
    }
    assert_eq!(index.len(), end);
    for ((stream, key), candidates) in &expected {
        assert_eq!(index.find(*stream, key).expect("sound"), *candidates);
    }
    for number in 5_000..6_000 {
        assert!(index.find(0, &key(number)).expect("sound").is_empty());
    }
}

#[test]
fn keys_are_found_in_memory_and_in_files() {
    let disk = disk(1);
    let mut index = open(&disk);
    insert(&mut index, 0..3_000);
    assert_holds(&index, 3_000);
    index.flush(3_000).expect("sound");
    insert(&mut index, 3_000..20_000);
    assert_eq!(index.covered(), 3_000);
    assert_holds(&index, 20_000);
    index.flush(20_000).expect("sound");
    assert_holds(&index, 20_000);
    drop(index);
    let mut index = open(&disk);
    assert_eq!(index.covered(), 20_000);
    assert_holds(&index, 20_000);
    // What the files hold is not taken again.
    insert(&mut index, 0..25_000);
    assert_holds(&index, 25_000);
    assert!(index.damaged().is_empty());
}

#[test]
fn many_flushes_leave_few_files() {
    let disk = disk(2);
    let mut index = open(&disk);
    for flush in 0..100 {
        insert(&mut index, flush * 50..flush * 50 + 50);
        index.flush(flush * 50 + 50).expect("sound");
    }
    assert_holds(&index, 5_000);
    let files = disk.list(Path::new(DIRECTORY)).expect("sound").len();
    assert!(files <= 16 && files == index.runs.len(), "{files}");
    assert_holds(&open(&disk), 5_000);
}

#[test]
fn a_merge_beside_the_index_takes_the_place_of_its_parts() {
    let disk = disk(3);
    let mut index = open(&disk);
    // Larger than what a flush merges by itself.
    let keys = 70_000;
    for flush in 0..8_u64 {
        for position in flush * keys..(flush + 1) * keys {
            index.insert(1, &position.to_le_bytes(), position, position, 5);
        }
        index.flush((flush + 1) * keys).expect("sound");
    }
    let merge = index.merge_due().expect("eight of a class");
    assert_eq!(merge.keys(), 8 * keys);
    let merged = merge.run().expect("sound");
    index.insert(1, b"later", 8 * keys, 9, 5);
    index.flush(8 * keys + 1).expect("sound");
    let leftovers = index.install(merged);
    assert_eq!((index.runs.len(), index.len()), (2, 8 * keys + 1));
    let files = || disk.list(Path::new(DIRECTORY)).expect("sound").len();
    assert_eq!(files(), 10, "the parts are there until somebody has time");
    leftovers.remove().expect("sound");
    assert_eq!(files(), 2);
    assert!(index.merge_due().is_none());
    println!("{:.2} bytes of memory a key in files", open(&disk).bytes() as f64 / index.len() as f64);
    for index in [index, open(&disk)] {
        for position in (0..8 * keys).step_by(1_000) {
            let found = index.find(1, &position.to_le_bytes()).expect("sound");
            assert_eq!(found, [Candidate { position, content: position }]);
        }
        assert_eq!(index.find(1, b"later").expect("sound").len(), 1);
    }
}

#[test]
fn files_beyond_the_horizon_are_passed_over() {
    let disk = disk(4);
    let mut index = open(&disk);
    index.insert(0, b"old", 0, 1, 1_000);
    index.flush(1).expect("sound");
    index.insert(0, b"old", 1, 2, 2_000);
    index.flush(2).expect("sound");
    let positions = |since| {
        let found = index.find_since(0, b"old", since).expect("sound");
        found.iter().map(|candidate| candidate.position).collect::<Vec<_>>()
    };
    assert_eq!(positions(1_000), [0, 1]);
    assert_eq!(positions(1_001), [1]);
    assert_eq!(positions(2_001), [0_u64; 0]);
}

#[test]
fn a_damaged_file_is_named_and_what_it_held_is_rebuilt() {
    let disk = disk(5);
    let mut index = open(&disk);
    for end in [1_000, 2_000, 3_000] {
        insert(&mut index, end - 1_000..end);
        index.flush(end).expect("sound");
    }
    drop(index);
    let second = disk.list(Path::new(DIRECTORY)).expect("sound")[1].clone();
    let path = Path::new(DIRECTORY).join(second);
    // A bit of a page: found when it is read.
    disk.flip(&path, 500, 1).expect("sound");
    let index = open(&disk);
    assert_eq!(index.covered(), 3_000);
    let mut failed = (1_000..2_000).filter_map(|position| {
        let (stream, key, _) = event(position);
        index.find(stream, &key).err()
    });
    let error = failed.next().expect("a key on the damaged page").to_string();
    assert!(
        error.contains("keys-00000000000000001000-00000000000000002000.run: the checksum of page 0 is wrong")
    );
    // A bit of the header: found at opening.
    disk.flip(&path, 13, 1).expect("sound");
    let mut index = open(&disk);
    assert_eq!(index.covered(), 1_000);
    assert!(index.damaged()[0].to_string().contains("the checksum of its header is wrong"));
    insert(&mut index, 1_000..4_000);
    index.flush(4_000).expect("sound");
    assert_holds(&index, 4_000);
    let index = open(&disk);
    assert_eq!((index.covered(), index.damaged().len()), (4_000, 0));
    assert_holds(&index, 4_000);
    assert_eq!(disk.list(Path::new(DIRECTORY)).expect("sound").len(), 2);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whenever the power goes, the index covers a flushed prefix of the log and is complete after the rest was fed again.
    #[test]
    fn a_crash_loses_nothing_that_is_covered(
        seed in any::<u64>(),
        stop in 0..400_u64,
        power in any::<bool>(),
        steps in prop::collection::vec(1..60_u64, 1..30),
    ) {
        let disk = disk(seed);
        let mut index = open(&disk);
        disk.stop_after(stop, if power { Stop::Power } else { Stop::Kill });
        let (mut end, mut flushed) = (0, 0);
        for step in &steps {
            insert(&mut index, end..end + step);
            end += step;
            match index.flush(end) {
                Ok(()) => flushed = end,
                Err(error) => {
                    prop_assert!(disk.is_stopped(), "{}", error);
                    break;
                }
            }
        }
        if !disk.is_stopped() {
            disk.stop(Stop::Power);
        }
        disk.restart();
        let mut index = open(&disk);
        prop_assert!(index.damaged().is_empty());
        prop_assert!(index.covered() >= flushed && index.covered() <= end);
        let covered = index.covered();
        insert(&mut index, covered..end);
        assert_holds(&index, end);
        index.flush(end).expect("sound");
        assert_holds(&open(&disk), end);
    }
}

#[test]
fn without_its_syncs_a_crash_would_lose_keys() {
    let lost = (0..100_u64).find(|seed| {
        let disk = disk(*seed);
        let mut index = open(&disk);
        disk.skip_purpose("the index of keys");
        insert(&mut index, 0..500);
        index.flush(500).expect("it seems to succeed");
        disk.stop(Stop::Power);
        disk.restart();
        open(&disk).covered() < 500
    });
    println!("the first seed that loses keys: {lost:?}");
    assert!(lost.is_some());
}

#[test]
fn a_full_disk_keeps_the_keys_in_memory() {
    let disk = disk(6);
    let mut index = open(&disk);
    insert(&mut index, 0..1_000);
    disk.limit(Some(1_000));
    assert!(matches!(index.flush(1_000), Err(Error::Storage(storage::Error::Full { .. }))));
    assert_holds(&index, 1_000);
    disk.limit(None);
    index.flush(1_000).expect("there is room");
    assert_holds(&open(&disk), 1_000);
}

#[test]
fn keys_are_found_while_their_file_is_written() {
    let disk = disk(7);
    let mut index = open(&disk);
    insert(&mut index, 0..1_000);
    let flush = index.freeze(1_000).expect("there are keys");
    insert(&mut index, 1_000..2_000);
    assert_holds(&index, 2_000);
    assert_eq!((index.covered(), index.len()), (0, 2_000));
    let (stream, key, _) = event(1_500);
    let before = index.look_up(stream, &key);
    index.flushed(flush.run().expect("sound")).expect("sound").remove().expect("sound");
    assert_eq!(index.covered(), 1_000);
    assert_holds(&index, 2_000);
    // One that has begun before the file came finds what it would have found then.
    assert_eq!(before.find().expect("sound"), index.look_up(stream, &key).find().expect("sound"));

    // A file that cannot be written costs nothing but time.
    let flush = index.freeze(2_000).expect("there are keys");
    insert(&mut index, 2_000..3_000);
    disk.limit(Some(disk.used()));
    assert!(matches!(flush.run(), Err(Error::Storage(storage::Error::Full { .. }))));
    disk.limit(None);
    index.thaw();
    assert_holds(&index, 3_000);
    index.flush(3_000).expect("sound");
    assert_holds(&open(&disk), 3_000);
}
