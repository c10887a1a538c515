//! What any implementation of [`Log`] must do, so that nothing above it depends on which one runs.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use crate::{Address, Append, Error, Frame, Log, PAYLOAD_BYTES_MAX, Result, Syncer, Until};

/// Opens one log, again and again: after it was closed, or after it was dropped as a dying process drops it.
pub type Open = Box<dyn Fn() -> Result<Box<dyn Log>>>;

type Case = fn(&Open) -> Result<()>;

/// The cases by name.
pub const CASES: &[(&str, Case)] = &[
    ("a new log is empty", new_log),
    ("what is appended is read back", round_trip),
    ("nothing is read before it is durable", durable_before_visible),
    ("positions are consumed and answered", positions),
    ("a payload above the limit is refused", too_large),
    ("a seek finds the frame that holds a position", seek),
    ("a reader goes on from any cursor", cursors),
    ("an address after the end is refused", foreign_addresses),
    ("a closed log opens as it was", reopen_closed),
    ("a dropped log keeps what is durable", reopen_dropped),
    ("every opening has a higher generation", generations),
    ("a handle that outlives the log writes nothing", late_handles),
    ("one thread syncs and one reads while one appends", threads),
];

/// Runs every case on a log of its own, which `fresh` makes.
///
/// # Panics
/// With the name of the first case that fails.
pub fn check(fresh: &dyn Fn() -> Open) {
    for (name, case) in CASES {
        if let Err(error) = case(&fresh()) {
            panic!("{name}: {error}");
        }
    }
}

/// Bytes that differ from frame to frame.
fn payload(number: u64, len: usize) -> Vec<u8> {
    let mix = |place: usize| (number.wrapping_mul(31) + place as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (0..len).map(|place| (mix(place) >> 56) as u8).collect()
}

/// Appends `count` frames of one to three positions each, and answers to them; returns them as they must be read.
fn fill(log: &mut dyn Log, count: u64) -> Result<Vec<Frame>> {
    let mut frames = Vec::new();
    for number in 0..count {
        let (first, width) = (log.next_position(), (number % 3 + 1) as u32);
        let append = Append::consuming(number as u8, number as u32 / 4, first, width);
        frames.push(append_checked(log, append, payload(number, (number * 37 % 500) as usize))?);
        let append = Append::answering(255, number as u32 / 4, first, width);
        frames.push(append_checked(log, append, payload(number, 9))?);
    }
    Ok(frames)
}

fn append_checked(log: &mut dyn Log, append: Append, payload: Vec<u8>) -> Result<Frame> {
    let (before, next_position) = (log.end(), log.next_position());
    let address = log.append(append, &payload)?;
    assert!(address >= before && log.end() > address, "a frame takes a place of its own at the end");
    let grown = if append.consumes { u64::from(append.count) } else { 0 };
    assert_eq!(log.next_position(), next_position + grown);
    let Append { kind, epoch, position, count, consumes } = append;
    let header = crate::FrameHeader { kind, epoch, generation: log.generation(), position, count, consumes };
    Ok(Frame { address, header, payload, next: log.end() })
}

fn read_all(log: &dyn Log, from: Address, until: Until) -> Result<Vec<Frame>> {
    let mut reader = log.reader(from, until)?;
    let mut frames = Vec::new();
    while let Some(frame) = reader.next()? {
        assert_eq!(reader.cursor(), frame.next);
        frames.push(frame);
    }
    Ok(frames)
}

fn assert_frames(found: &[Frame], expected: &[Frame]) {
    assert_eq!(found.len(), expected.len(), "the number of frames");
    for (found, expected) in found.iter().zip(expected) {
        assert_eq!(found, expected);
    }
}

fn new_log(open: &Open) -> Result<()> {
    let log = open()?;
    assert_eq!(log.next_position(), 0);
    assert_eq!(log.seek(0)?, None);
    assert_eq!(log.history().start(), log.end());
    assert_eq!(log.syncer().durable(), log.end());
    assert_eq!(read_all(&*log, log.history().start(), Until::Appended)?, []);
    Ok(())
}

fn round_trip(open: &Open) -> Result<()> {
    let mut log = open()?;
    let mut expected = fill(&mut *log, 20)?;
    for (number, len) in [0, 1, 7, 8, 9, 63, 64, 65_536, 1_000_003].into_iter().enumerate() {
        let append = Append::consuming(number as u8, u32::MAX, log.next_position(), 1);
        expected.push(append_checked(&mut *log, append, payload(number as u64, len))?);
    }
    assert_eq!(log.syncer().sync()?, log.end());
    assert_frames(&read_all(&*log, log.history().start(), Until::Durable)?, &expected);
    // One frame's memory serves all.
    let (mut frame, mut reader) = (Frame::default(), log.reader(log.history().start(), Until::Durable)?);
    for expected in &expected {
        assert!(reader.read(&mut frame)?);
        assert_eq!(&frame, expected);
    }
    assert!(!reader.read(&mut frame)?);
    Ok(())
}

fn durable_before_visible(open: &Open) -> Result<()> {
    let mut log = open()?;
    let syncer = log.syncer();
    let mut reader = log.reader(log.end(), Until::Durable)?;
    for round in 1..=3 {
        let before = syncer.durable();
        let expected = fill(&mut *log, round)?;
        assert_eq!(syncer.durable(), before);
        assert_eq!(reader.next()?, None);
        assert_frames(&read_all(&*log, before, Until::Appended)?, &expected);
        assert_eq!(syncer.sync()?, log.end());
        assert_eq!(syncer.durable(), log.end());
        assert_eq!(syncer.sync()?, log.end(), "a sync of nothing is fine");
        for expected in expected {
            assert_eq!(reader.next()?, Some(expected));
        }
        assert_eq!(reader.next()?, None);
    }
    Ok(())
}

fn positions(open: &Open) -> Result<()> {
    let mut log = open()?;
    log.append(Append::consuming(1, 0, 0, 5), b"")?;
    let end = log.end();
    for position in [0, 4, 6, u64::MAX] {
        let refused = log.append(Append::consuming(1, 0, position, 1), b"");
        assert!(matches!(refused, Err(Error::Position { expected: 5, found }) if found == position));
    }
    for (position, count) in [(5, 1), (0, 6), (6, 0), (u64::MAX, 1)] {
        let refused = log.append(Append::answering(1, 0, position, count), b"");
        assert!(matches!(refused, Err(Error::Answers { next_position: 5, .. })));
    }
    assert_eq!((log.end(), log.next_position()), (end, 5), "a refused frame leaves no trace");
    log.append(Append::answering(1, 0, 0, 5), b"")?;
    log.append(Append::answering(1, 0, 5, 0), b"")?;
    log.append(Append::consuming(1, 0, 5, 0), b"")?;
    assert_eq!(log.next_position(), 5);
    Ok(())
}

fn too_large(open: &Open) -> Result<()> {
    let mut log = open()?;
    let refused = log.append(Append::consuming(1, 0, 0, 1), &vec![0; PAYLOAD_BYTES_MAX + 1]);
    assert!(
        matches!(refused, Err(Error::TooLarge { bytes, max: PAYLOAD_BYTES_MAX }) if bytes > PAYLOAD_BYTES_MAX)
    );
    assert_eq!(log.next_position(), 0);
    let expected = fill(&mut *log, 2)?;
    assert_frames(&read_all(&*log, log.history().start(), Until::Appended)?, &expected);
    Ok(())
}

fn seek(open: &Open) -> Result<()> {
    let mut log = open()?;
    let mut expected = fill(&mut *log, 200)?;
    log.syncer().sync()?;
    drop(log);
    let mut log = open()?;
    expected.extend(fill(&mut *log, 200)?);
    let holders = expected.iter().filter(|frame| frame.header.consumes);
    let mut position = 0;
    for frame in holders {
        for _ in 0..frame.header.count {
            assert_eq!(log.seek(position)?, Some(frame.address), "position {position}");
            position += 1;
        }
    }
    assert_eq!(position, log.next_position());
    assert_eq!(log.seek(position)?, None);
    assert_eq!(log.seek(u64::MAX)?, None);
    Ok(())
}

fn cursors(open: &Open) -> Result<()> {
    let mut log = open()?;
    let expected = fill(&mut *log, 30)?;
    log.syncer().sync()?;
    for (number, frame) in expected.iter().enumerate() {
        assert_frames(&read_all(&*log, frame.address, Until::Durable)?, &expected[number..]);
        assert_frames(&read_all(&*log, frame.next, Until::Durable)?, &expected[number + 1..]);
    }
    Ok(())
}

fn foreign_addresses(open: &Open) -> Result<()> {
    let mut log = open()?;
    fill(&mut *log, 3)?;
    let (end, address) = (log.end(), Address(log.end().0 + 8));
    let refused = log.reader(address, Until::Appended).map(drop);
    assert!(
        matches!(refused, Err(Error::Beyond { address: named, end: at }) if (named, at) == (address, end))
    );
    Ok(())
}

fn reopen_closed(open: &Open) -> Result<()> {
    let mut expected = Vec::new();
    for _ in 0..3 {
        let mut log = open()?;
        assert_frames(&read_all(&*log, log.history().start(), Until::Durable)?, &expected);
        let answered = expected.iter().filter(|frame: &&Frame| frame.header.consumes);
        assert_eq!(log.next_position(), answered.map(|frame| u64::from(frame.header.count)).sum::<u64>());
        expected.extend(fill(&mut *log, 5)?);
        log.close()?;
    }
    Ok(())
}

fn reopen_dropped(open: &Open) -> Result<()> {
    let mut log = open()?;
    let durable = fill(&mut *log, 5)?;
    log.syncer().sync()?;
    let mut all = durable.clone();
    all.extend(fill(&mut *log, 5)?);
    drop(log);
    let mut log = open()?;
    let found = read_all(&*log, log.history().start(), Until::Durable)?;
    assert!(found.len() >= durable.len());
    assert_frames(&found, &all[..found.len()]);
    assert_eq!(log.syncer().durable(), log.end(), "what is found is durable");
    all.truncate(found.len());
    all.extend(fill(&mut *log, 5)?);
    assert_frames(&read_all(&*log, log.history().start(), Until::Appended)?, &all);
    Ok(())
}

fn generations(open: &Open) -> Result<()> {
    let mut last = 0;
    for round in 0..6 {
        let mut log = open()?;
        assert!(log.generation() > last);
        last = log.generation();
        if round % 2 == 1 {
            fill(&mut *log, 1)?;
        }
        if round % 3 == 1 {
            log.close()?;
        }
    }
    Ok(())
}

fn late_handles(open: &Open) -> Result<()> {
    let mut log = open()?;
    let expected = fill(&mut *log, 2)?;
    let (syncer, history) = (log.syncer(), log.history());
    log.close()?;
    assert!(matches!(syncer.sync(), Err(Error::Closed)));
    let mut next = open()?;
    fill(&mut *next, 2)?;
    assert!(matches!(syncer.sync(), Err(Error::Closed)));
    let mut reader = history.reader(history.start(), Until::Durable)?;
    for expected in expected {
        assert_eq!(reader.next()?, Some(expected), "what was durable can still be read");
    }
    assert_eq!(reader.next()?, None);
    Ok(())
}

fn threads(open: &Open) -> Result<()> {
    const FRAMES: u64 = 2_000;
    let mut log = open()?;
    let (syncer, history) = (log.syncer(), log.history());
    let mut reader = history.reader(history.start(), Until::Durable)?;
    let written = AtomicBool::new(false);
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let frames = fill(&mut *log, FRAMES);
            written.store(true, Ordering::Release);
            frames.map(|frames| (log, frames))
        });
        let syncing = scope.spawn(|| sync_until(&*syncer, &written));
        let mut found = Vec::new();
        loop {
            let last_round = syncing.is_finished();
            while let Some(frame) = reader.next()? {
                assert!(frame.next <= syncer.durable(), "nothing is read before it is durable");
                found.push(frame);
            }
            if last_round {
                break;
            }
            thread::yield_now();
        }
        syncing.join().expect("the syncing thread does not panic")?;
        let (log, expected) = writer.join().expect("the writing thread does not panic")?;
        assert_eq!(syncer.durable(), log.end());
        assert_frames(&found, &expected);
        Ok(())
    })
}

/// Syncs until `done`, and once more after it.
fn sync_until(syncer: &dyn Syncer, done: &AtomicBool) -> Result<()> {
    let mut durable = syncer.durable();
    loop {
        let last_round = done.load(Ordering::Acquire);
        let synced = syncer.sync()?;
        assert!(synced >= durable, "the durable mark never goes back");
        durable = synced;
        if last_round {
            return Ok(());
        }
    }
}
