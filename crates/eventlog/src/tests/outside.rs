//! A second process that has only the directory.

use std::{path::PathBuf, sync::Arc};

use storage::{Disk, Faulty, Storage};

use super::{append, content, data, open, options, replace};
use crate::{Address, EmbeddedLog, Error, Frames as _, Log, Options, Reader};

fn outside(disk: &Faulty, archive: Option<&str>, from: u64) -> crate::Result<Reader> {
    Reader::open(Arc::new(disk.clone()), &data(), archive.map(str::as_ref), Address(from))
}

#[test]
fn it_stops_at_the_published_mark_and_follows_it_over_segments() {
    for archive in [None, Some("/archive")] {
        let disk = Faulty::new(1);
        let options = Options { segment_bytes: 1000, archive: archive.map(PathBuf::from) };
        let mut log = open(&disk, options).unwrap();
        let mut reader = outside(&disk, archive, 0).unwrap();
        assert_eq!(reader.next().unwrap(), None);
        for round in 0..40_u8 {
            append(&mut log, &[round; 200]).unwrap();
            let rolled = log.segments().last().unwrap().first;
            if rolled < reader.cursor() || rolled == Address(0) {
                assert_eq!(reader.next().unwrap(), None, "round {round} is not durable");
            }
            log.syncer().sync().unwrap();
            assert_eq!(reader.next().unwrap().unwrap().payload, [round; 200]);
            assert_eq!(reader.next().unwrap(), None);
            assert_eq!(reader.cursor(), log.end());
            if round % 7 == 0 {
                log.embedded_history().archive().unwrap();
                log.embedded_history().release(log.end()).unwrap();
            }
        }
        let cursor = reader.cursor();
        append(&mut log, b"last").unwrap();
        log.close().unwrap();
        let mut resumed = outside(&disk, archive, cursor.0).unwrap();
        assert_eq!(resumed.next().unwrap().unwrap().payload, b"last");
        assert_eq!(resumed.next().unwrap(), None, "the closing mark is the log's own");
    }
}

#[test]
fn what_was_released_without_an_archive_is_gone_by_name() {
    let disk = Faulty::new(1);
    let mut log = open(&disk, options(1000)).unwrap();
    let mut slow = outside(&disk, None, 0).unwrap();
    for round in 0..10 {
        append(&mut log, &[round; 200]).unwrap();
    }
    log.syncer().sync().unwrap();
    slow.next().unwrap().unwrap();
    log.embedded_history().release(log.end()).unwrap();
    let start = log.history().start();
    let gone = |result: crate::Result<()>| match result {
        Err(Error::Gone { start: named, .. }) => assert_eq!(named, start),
        other => panic!("{other:?}"),
    };
    gone(outside(&disk, None, 0).map(drop));
    // The slow one has its segment open, and is told at its end.
    slow.next().unwrap().unwrap();
    slow.next().unwrap().unwrap();
    gone(slow.next().map(drop));
}

#[test]
fn a_directory_without_a_log_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let error = Reader::open(Arc::new(Disk), directory.path(), None, Address(0)).map(drop).unwrap_err();
    let named = directory.path().join("log/durable");
    assert!(matches!(&error, Error::Storage(storage::Error::NotFound { path }) if *path == named), "{error}");
}

#[test]
fn a_torn_mark_leaves_the_one_before() {
    let disk = Faulty::new(1);
    let mut log = open(&disk, options(1 << 20)).unwrap();
    let mark = data().join("log/durable");
    let mut before = log.end();
    for _ in 0..4 {
        append(&mut log, b"frame").unwrap();
        let published = content(&disk, &mark);
        log.syncer().sync().unwrap();
        let now = content(&disk, &mark);
        let changed = (0..now.len()).find(|at| now.get(*at) != published.get(*at)).unwrap();
        let mut torn = now.clone();
        torn[changed] ^= 0xff;
        replace(&disk, &mark, &torn);
        let mut reader = outside(&disk, None, 0).unwrap();
        while reader.next().unwrap().is_some() {}
        assert_eq!(reader.cursor(), before);
        replace(&disk, &mark, &now);
        before = log.end();
    }
}

#[test]
fn it_writes_nothing_and_needs_no_lock() {
    let directory = tempfile::tempdir().unwrap();
    let storage: Arc<dyn Storage> = Arc::new(Disk);
    let mut log = EmbeddedLog::open(Arc::clone(&storage), directory.path(), options(1 << 20)).unwrap();
    append(&mut log, b"frame").unwrap();
    log.syncer().sync().unwrap();
    let names = storage.list(&directory.path().join("log")).unwrap();
    let mut reader = Reader::open(Arc::clone(&storage), directory.path(), None, Address(0)).unwrap();
    assert_eq!(reader.next().unwrap().unwrap().payload, b"frame");
    append(&mut log, b"more").unwrap();
    log.syncer().sync().unwrap();
    assert_eq!(reader.next().unwrap().unwrap().payload, b"more");
    assert_eq!(storage.list(&directory.path().join("log")).unwrap(), names);
}

#[test]
fn it_follows_a_writer_that_rolls_archives_and_releases_meanwhile() {
    const FRAMES: u64 = 3_000;
    let directory = tempfile::tempdir().unwrap();
    let (data, archive) = (directory.path().join("data"), directory.path().join("archive"));
    let storage: Arc<dyn Storage> = Arc::new(Disk);
    let options = Options { segment_bytes: 20_000, archive: Some(archive.clone()) };
    let mut log = EmbeddedLog::open(Arc::clone(&storage), &data, options).unwrap();
    let mut reader = Reader::open(storage, &data, Some(&archive), Address(0)).unwrap();
    std::thread::scope(|scope| {
        let writing = scope.spawn(move || {
            for number in 0..FRAMES {
                append(&mut log, &number.to_le_bytes().repeat(1 + number as usize % 40)).unwrap();
                if number % 50 == 49 {
                    log.syncer().sync().unwrap();
                    log.embedded_history().archive().unwrap();
                    log.embedded_history().release(log.end()).unwrap();
                }
            }
            log.close().unwrap();
        });
        let mut number = 0;
        loop {
            let last_round = writing.is_finished();
            while let Some(frame) = reader.next().unwrap() {
                let expected = (number as u64).to_le_bytes().repeat(1 + number % 40);
                assert_eq!((frame.header.position, frame.payload), (number as u64, expected));
                number += 1;
            }
            if last_round {
                break;
            }
            std::thread::yield_now();
        }
        assert_eq!(number as u64, FRAMES);
    });
}
