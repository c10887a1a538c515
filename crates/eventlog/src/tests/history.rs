//! Segments: sealing, archiving, releasing, seeking over them, and damage in sealed ones.

use std::{path::PathBuf, sync::Arc};

use storage::{Faulty, Stop, Storage};

use super::{append, content, data, open, payloads, read_all, segment};
use crate::{
    Address, Append, Cursors, EmbeddedLog, Error, Frames as _, History as _, Log, Options, Reader, Segment,
    Until,
};

fn archived() -> Options {
    Options { segment_bytes: 1000, archive: Some(PathBuf::from("/archive")) }
}

fn not_archived() -> Options {
    Options { segment_bytes: 1000, archive: None }
}

/// A log of `count` frames of 300 bytes, three to a segment, all durable.
fn filled(disk: &Faulty, options: Options, count: u8) -> (EmbeddedLog, Vec<Vec<u8>>) {
    let mut log = open(disk, options).unwrap();
    let all: Vec<Vec<u8>> = (0..count).map(|number| vec![number; 240]).collect();
    for payload in &all {
        append(&mut log, payload).unwrap();
    }
    log.syncer().sync().unwrap();
    (log, all)
}

#[test]
fn segments_join_and_are_named_by_their_first_address() {
    let disk = Faulty::new(1);
    let (log, all) = filled(&disk, not_archived(), 10);
    let segments = log.segments();
    let sealed = |first: u64, first_position| Segment {
        first: Address(first),
        end: Some(Address(first + 912)),
        first_position,
        generation: 1,
        local: true,
        archived: false,
    };
    let active = Segment { end: None, ..sealed(2736, 9) };
    assert_eq!(segments, [sealed(0, 0), sealed(912, 3), sealed(1824, 6), active]);
    for first in [0, 912, 1824] {
        assert_eq!(content(&disk, &segment(first)).len(), 64 + 912);
    }
    assert_eq!(payloads(&log).unwrap(), all);
    assert_eq!(log.embedded_history().verify().unwrap(), log.end());
    drop(log);
    assert_eq!(open(&disk, not_archived()).unwrap().segments(), segments);
}

#[test]
fn archived_segments_are_copies_and_are_read_after_the_local_ones_go() {
    let disk = Faulty::new(1);
    let (log, all) = filled(&disk, archived(), 10);
    let mut before = log.reader(Address(0), Until::Durable).unwrap();
    before.next().unwrap();
    let history = log.embedded_history();
    assert_eq!(history.release(log.end()).unwrap().segments, 0, "nothing is archived yet");
    assert_eq!(history.archive().unwrap(), 3);
    assert_eq!(history.archive().unwrap(), 0);
    for first in [0, 912, 1824] {
        let name = segment(first).file_name().unwrap().to_owned();
        assert_eq!(content(&disk, &PathBuf::from("/archive").join(name)), content(&disk, &segment(first)));
    }
    assert_eq!(history.release(Address(1824)).unwrap().segments, 2);
    assert_eq!(history.release(Address(2736 + 8)).unwrap().bytes, 64 + 912);
    let names = disk.list(&data().join("log")).unwrap();
    assert_eq!(names, ["00000000000000002736.seg", "durable"], "the newest segment stays");
    assert_eq!(payloads(&log).unwrap(), all);
    let mut rest = 1;
    while let Some(frame) = before.next().unwrap() {
        assert_eq!(frame.payload, all[rest], "a reader that was on its way goes on");
        rest += 1;
    }
    assert_eq!(rest, all.len());
    assert_eq!(history.seek(4).unwrap(), Some(Address(912 + 304)));
    drop(log);
    let log = open(&disk, archived()).unwrap();
    assert_eq!(payloads(&log).unwrap(), all);
    assert!(log.segments()[..3].iter().all(|segment| segment.archived && !segment.local));
}

#[test]
fn without_an_archive_nothing_that_a_reader_needs_is_released() {
    let disk = Faulty::new(1);
    let (log, all) = filled(&disk, not_archived(), 10);
    let cursors = Cursors::open(Arc::new(disk.clone()), &data()).unwrap();
    cursors.set("lake", Address(912 + 304)).unwrap();
    let history = log.embedded_history();
    assert_eq!(history.archive().unwrap(), 0);
    assert_eq!(history.release(log.end()).unwrap().segments, 1);
    assert_eq!(history.start(), Address(912));
    assert_eq!(payloads(&log).unwrap(), all[3..]);
    assert!(matches!(
        log.reader(Address(304), Until::Durable).map(drop),
        Err(Error::Gone { address: Address(304), start: Address(912) })
    ));
    assert_eq!((history.seek(2).unwrap(), history.seek(3).unwrap()), (None, Some(Address(912))));
    cursors.remove("lake").unwrap();
    assert_eq!(history.release(log.end()).unwrap().segments, 2);
    drop(log);
    let mut log = open(&disk, not_archived()).unwrap();
    assert_eq!((log.next_position(), payloads(&log).unwrap().len()), (10, 1));
    append(&mut log, b"goes on").unwrap();
}

#[test]
fn a_damaged_sealed_segment_is_named_and_neither_served_nor_archived() {
    let disk = Faulty::new(1);
    let (log, all) = filled(&disk, archived(), 10);
    disk.flip(&segment(912), 64 + 304 + 100, 4).unwrap();
    let mut reader = log.reader(Address(0), Until::Durable).unwrap();
    for expected in &all[..4] {
        assert_eq!(&reader.next().unwrap().unwrap().payload, expected);
    }
    for _ in 0..2 {
        match reader.next() {
            Err(Error::Corrupt { segment: named, offset, .. }) => {
                assert_eq!((named, offset), (segment(912), 64 + 304));
            }
            other => panic!("{other:?}"),
        }
    }
    let from_next = read_all(&log, Address(912 + 608), Until::Durable).unwrap();
    assert_eq!(from_next.len(), all.len() - 5, "what is after it can be read");
    let error = log.embedded_history().verify().unwrap_err();
    assert!(matches!(&error, Error::Corrupt { segment: named, .. } if *named == segment(912)), "{error}");
    let error = log.embedded_history().archive().unwrap_err();
    assert!(matches!(&error, Error::Corrupt { segment: named, .. } if *named == segment(912)), "{error}");
    let kept: Vec<bool> = log.segments().iter().map(|segment| segment.archived).collect();
    assert_eq!(kept, [true, false, false, false]);
}

#[test]
fn a_sealed_segment_that_does_not_reach_the_next_is_corrupt() {
    let disk = Faulty::new(1);
    drop(filled(&disk, archived(), 10));
    let open_error = |disk: &Faulty| open(disk, archived()).map(drop).unwrap_err();
    let whole = content(&disk, &segment(912));
    for bytes in [&whole[..whole.len() - 8], &[&whole[..], &[0; 8]].concat(), &whole[..30]] {
        super::replace(&disk, &segment(912), bytes);
        assert!(matches!(open_error(&disk), Error::Corrupt { segment: named, .. } if named == segment(912)));
    }
    disk.remove(&segment(912)).unwrap();
    assert!(matches!(open_error(&disk), Error::Corrupt { segment: named, .. } if named == segment(0)));
    super::replace(&disk, &segment(912), &whole);
    open(&disk, archived()).unwrap();
}

#[test]
fn a_lost_log_beside_its_archive_is_not_started_anew() {
    let disk = Faulty::new(1);
    let (log, _) = filled(&disk, archived(), 10);
    log.embedded_history().archive().unwrap();
    drop(log);
    for name in disk.list(&data().join("log")).unwrap() {
        disk.remove(&data().join("log").join(name)).unwrap();
    }
    let error = open(&disk, archived()).unwrap_err();
    assert!(matches!(error, Error::NoSegment { .. }), "{error}");
    // The remedy that it names works.
    let newest = PathBuf::from("/archive").join(segment(1824).file_name().unwrap());
    disk.copy(&newest, &segment(1824)).unwrap();
    let log = open(&disk, archived()).unwrap();
    assert_eq!((payloads(&log).unwrap().len(), log.next_position()), (9, 9));
}

#[test]
fn an_archive_on_the_logs_own_disk_takes_no_second_space() {
    for has_links in [true, false] {
        let disk = Faulty::new(1);
        disk.allow_links(has_links);
        let (log, all) = filled(&disk, archived(), 10);
        let used = disk.used();
        assert_eq!(log.embedded_history().archive().unwrap(), 3);
        assert_eq!(disk.used() == used, has_links, "{} bytes, {used} before", disk.used());
        log.embedded_history().release(log.end()).unwrap();
        assert_eq!(disk.used(), used, "one copy of each segment is left");
        assert_eq!(payloads(&log).unwrap(), all);
    }
}

#[test]
fn an_interrupted_archive_turn_is_made_again() {
    // Of each of two segments: link, rename, names; or link, which cannot be, create, write, sync, rename, names.
    for (has_links, calls) in [(true, 3), (false, 6)] {
        for operation in 0..=2 * calls {
            interrupted_archive(has_links, operation, operation < 2 * calls);
        }
    }
}

fn interrupted_archive(has_links: bool, operation: u64, is_interrupted: bool) {
    let disk = Faulty::new(operation);
    disk.allow_links(has_links);
    let (log, all) = filled(&disk, archived(), 7);
    disk.stop_after(operation, Stop::Power);
    let _interrupted = log.embedded_history().archive();
    assert_eq!(disk.is_stopped(), is_interrupted, "links {has_links}, operation {operation}");
    disk.restart();
    drop(log);
    let log = open(&disk, archived()).unwrap();
    log.embedded_history().archive().unwrap();
    log.embedded_history().release(log.end()).unwrap();
    assert_eq!(payloads(&log).unwrap(), all);
    assert_eq!(disk.list("/archive".as_ref()).unwrap().len(), 2, "no temporary file stays");
}

#[test]
fn seeking_in_long_segments_uses_the_sparse_index() {
    let disk = Faulty::new(1);
    let mut log = open(&disk, Options { segment_bytes: 3 << 20, archive: None }).unwrap();
    let mut holders = Vec::new();
    for number in 0..600_u64 {
        let (position, count) = (log.next_position(), (number % 4) as u32);
        let address = log.append(Append::consuming(1, 0, position, count), &vec![1; 9000]).unwrap();
        holders.extend((0..count).map(|_| address));
        log.append(Append::answering(2, 0, position, count), &vec![2; 4000]).unwrap();
    }
    assert_eq!(log.segments().len(), 3);
    for reopened in [false, true] {
        for (position, address) in holders.iter().enumerate() {
            assert_eq!(log.seek(position as u64).unwrap(), Some(*address), "{position}, reopened {reopened}");
        }
        assert_eq!(log.seek(holders.len() as u64).unwrap(), None);
        drop(log);
        log = open(&disk, Options { segment_bytes: 3 << 20, archive: None }).unwrap();
    }
}

#[test]
fn a_reader_meets_no_frame_at_a_wrong_address() {
    let disk = Faulty::new(1);
    let (log, _) = filled(&disk, archived(), 10);
    for address in [1, 8, 64, 303, 912 + 8, 2736 - 8] {
        let mut reader = log.reader(Address(address), Until::Durable).unwrap();
        assert!(matches!(reader.next(), Err(Error::NotAFrame { address: named }) if named.0 == address));
        let storage = Arc::new(disk.clone());
        let mut reader = Reader::open(storage, &data(), None, Address(address)).unwrap();
        assert!(matches!(reader.next(), Err(Error::NotAFrame { address: named }) if named.0 == address));
    }
}
