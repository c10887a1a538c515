//! Full disks, failed writes and failed syncs, and files of other versions.

use std::sync::Arc;

use storage::{Faulty, Stop, Storage};

use super::{append, content, data, open, options, payloads, read_all, replace, segment};
use crate::{Address, Append, Cursors, Error, Log, PAYLOAD_BYTES_MAX, Until, format::seal};

#[test]
fn a_full_disk_stops_appending_until_there_is_room() {
    for segment_bytes in [1 << 20, 700] {
        let disk = Faulty::new(3);
        let mut log = open(&disk, options(segment_bytes)).unwrap();
        let mut kept = Vec::new();
        let mut refused = 0;
        for number in 0..200_u8 {
            // Room for a few more bytes each time: the disk fills up at every byte of a frame and of a new segment.
            disk.limit(Some(disk.used() + u64::from(number)));
            let payload = vec![number; 61];
            let end = log.end();
            match append(&mut log, &payload) {
                Ok(_) => kept.push(payload),
                Err(Error::Full { .. }) => {
                    refused += 1;
                    assert_eq!(log.end(), end);
                }
                Err(error) => panic!("{error}"),
            }
            disk.limit(None);
            if number % 3 == 0 {
                kept.push(b"there is room again".to_vec());
                append(&mut log, kept.last().unwrap()).unwrap();
            }
            if number % 50 == 49 {
                log.syncer().sync().unwrap();
                drop(log);
                disk.stop(if number > 100 { Stop::Power } else { Stop::Kill });
                disk.restart();
                log = open(&disk, options(segment_bytes)).unwrap();
                assert_eq!(payloads(&log).unwrap(), kept);
            }
        }
        assert!((100..200).contains(&refused), "{refused} of 200 were refused");
    }
}

#[test]
fn a_failed_write_is_undone() {
    for seed in 0..50 {
        let disk = Faulty::new(seed);
        let mut log = open(&disk, options(1 << 20)).unwrap();
        append(&mut log, b"before").unwrap();
        disk.fail_write(0);
        let error = append(&mut log, &[1; 500]).unwrap_err();
        assert!(matches!(error, Error::Storage(_)), "{error}");
        append(&mut log, b"after").unwrap();
        log.syncer().sync().unwrap();
        assert_eq!(payloads(&log).unwrap(), [b"before".to_vec(), b"after".to_vec()]);
        drop(log);
        let log = open(&disk, options(1 << 20)).unwrap();
        assert_eq!(log.recovery().truncated_bytes, 0);
        assert_eq!(payloads(&log).unwrap().len(), 2);
    }
}

#[test]
fn a_failed_sync_ends_the_log_for_good() {
    for seed in 0..50 {
        let disk = Faulty::new(seed);
        let mut log = open(&disk, options(1 << 20)).unwrap();
        append(&mut log, b"durable").unwrap();
        let durable = log.syncer().sync().unwrap();
        append(&mut log, b"unknown").unwrap();
        disk.fail_sync(0);
        let syncer = log.syncer();
        for result in [syncer.sync(), syncer.sync(), append(&mut log, b"more")] {
            match result {
                Err(Error::Poisoned { reason }) => assert!(reason.contains("cannot sync frames"), "{reason}"),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(syncer.durable(), durable);
        assert_eq!(payloads(&log).unwrap(), [b"durable".to_vec()], "reading goes on");
        assert!(matches!(log.close(), Err(Error::Poisoned { .. })));

        // The next process reads the bytes from the cache, where they count as clean. What it calls durable must be.
        let log = open(&disk, options(1 << 20)).unwrap();
        let found = payloads(&log).unwrap();
        drop(log);
        disk.stop(Stop::Power);
        disk.restart();
        assert_eq!(payloads(&open(&disk, options(1 << 20)).unwrap()).unwrap(), found);
    }
}

#[test]
fn a_failed_sync_while_a_segment_is_left_ends_the_log() {
    for nth in 0..3 {
        let disk = Faulty::new(nth);
        let mut log = open(&disk, options(700)).unwrap();
        append(&mut log, &[1; 300]).unwrap();
        append(&mut log, &[2; 200]).unwrap();
        disk.fail_sync(nth);
        for _ in 0..3 {
            let error = append(&mut log, &[3; 300]).unwrap_err();
            assert!(matches!(error, Error::Poisoned { .. }), "sync {nth}: {error}");
        }
        drop(log);
        let mut log = open(&disk, options(700)).unwrap();
        append(&mut log, &[4; 300]).unwrap();
        log.syncer().sync().unwrap();
        disk.stop(Stop::Power);
        disk.restart();
        drop(log);
        let log = open(&disk, options(700)).unwrap();
        assert_eq!(payloads(&log).unwrap(), [vec![1; 300], vec![2; 200], vec![4; 300]]);
    }
}

#[test]
fn the_largest_payload_fits_and_keeps_no_memory() {
    let disk = Faulty::new(1);
    let mut log = open(&disk, options(1 << 20)).unwrap();
    append(&mut log, b"small").unwrap();
    let large = vec![7; PAYLOAD_BYTES_MAX];
    append(&mut log, &large).unwrap();
    append(&mut log, b"small").unwrap();
    log.syncer().sync().unwrap();
    assert_eq!(log.segments().len(), 3, "a large frame has a segment of its own");
    let frames = read_all(&log, Address(0), Until::Durable).unwrap();
    assert!(frames[1].payload == large && frames[2].payload == b"small");
    let refused = log.append(Append::consuming(1, 0, 3, 1), &vec![0; PAYLOAD_BYTES_MAX + 1]).unwrap_err();
    let expected = "a payload of 67108865 bytes is too large, 67108864 at most; split the batch";
    assert_eq!(refused.to_string(), expected);
}

/// Sets the version of a header and makes its checksum right again.
fn with_version(bytes: &[u8], header_at: usize, version_at: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let header: &mut [u8; 64] = (&mut bytes[header_at..header_at + 64]).try_into().unwrap();
    header[version_at] = 9;
    seal(header);
    bytes
}

#[test]
fn files_of_another_version_are_refused_by_name() {
    let disk = Faulty::new(1);
    let mut log = open(&disk, options(1 << 20)).unwrap();
    append(&mut log, b"frame").unwrap();
    log.close().unwrap();
    let mark = data().join("log/durable");
    for (path, header_at, version_at) in [(segment(0), 0, 8), (segment(0), 64, 4), (mark, 0, 8)] {
        let whole = content(&disk, &path);
        replace(&disk, &path, &with_version(&whole, header_at, version_at));
        let error = open(&disk, options(1 << 20)).unwrap_err();
        let named = path.display();
        let expected =
            format!("{named}: format version 9, and this program reads 1; use the program that wrote it");
        assert_eq!(error.to_string(), expected);
        replace(&disk, &path, &whole);
    }
    open(&disk, options(1 << 20)).unwrap();
}

#[test]
fn a_valid_frame_out_of_sequence_is_corruption_and_not_a_torn_tail() {
    let disk = Faulty::new(1);
    let mut log = open(&disk, options(1 << 20)).unwrap();
    append(&mut log, b"frame").unwrap();
    drop(log);
    let whole = content(&disk, &segment(0));
    replace(&disk, &data().join("log/durable"), b"");
    // Position, own address, durable mark.
    for field in [24, 16, 32] {
        let mut bytes = whole.clone();
        let header: &mut [u8; 64] = (&mut bytes[64..128]).try_into().unwrap();
        header[field] = 8;
        seal(header);
        replace(&disk, &segment(0), &bytes);
        let error = open(&disk, options(1 << 20)).unwrap_err();
        assert!(matches!(error, Error::Corrupt { offset: 64, .. }), "field at {field}: {error}");
    }
}

#[test]
fn a_readers_name_is_checked_and_its_damaged_cursor_named() {
    let disk = Faulty::new(1);
    drop(open(&disk, options(1 << 20)).unwrap());
    let cursors = Cursors::open(Arc::new(disk.clone()), &data()).unwrap();
    for name in ["", "../lock", "A", "a.tmp", &"a".repeat(65)] {
        assert!(matches!(cursors.set(name, Address(0)), Err(Error::Name { .. })), "{name}");
    }
    cursors.set("lake-1", Address(8)).unwrap();
    cursors.set("lake-1", Address(16)).unwrap();
    assert_eq!(cursors.get("lake-1").unwrap(), Some(Address(16)));
    assert_eq!(cursors.all().unwrap(), [("lake-1".to_owned(), Address(16))].into());
    let path = data().join("readers/lake-1");
    disk.flip(&path, 16, 1).unwrap();
    assert!(matches!(cursors.all(), Err(Error::Corrupt { segment, .. }) if segment == path));
    cursors.remove("lake-1").unwrap();
    cursors.remove("lake-1").unwrap();
    assert_eq!(cursors.get("lake-1").unwrap(), None);
    assert!(disk.list(&data().join("readers")).unwrap().is_empty());
}
