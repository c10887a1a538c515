//! What is left of a log after a stop: which bytes stand, which were torn, and which are corrupt.

use std::{path::Path, sync::Arc};

use storage::{File, Storage};

use crate::{
    Address, Error, Result,
    chain::{Chain, Headless, Places, Segment, corrupt},
    check::{Expected, Place, offset},
    format::{ALIGNMENT, FRAME_MAGIC, Flaw, HEADER_BYTES, RawHeader, SegmentHeader},
    index::Index,
    mark::Mark,
    window::Window,
};

/// Bytes that recovery reads or writes at a time.
const CHUNK_BYTES: usize = 1 << 20;

/// What opening the log found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovery {
    /// Whether the log was closed properly before.
    pub closed: bool,
    /// Bytes of a torn tail that were cut off: none of them was ever durable.
    pub truncated_bytes: u64,
    /// What was wrong with the first of them.
    pub truncated_reason: Option<String>,
    /// Whether a segment whose creation was interrupted was made again.
    pub recreated_segment: bool,
}

/// The newest segment, ready to be appended to.
#[derive(Debug)]
pub(crate) struct Tail {
    pub(crate) file: Arc<dyn File>,
    pub(crate) first: Address,
    pub(crate) end: Address,
    pub(crate) next_position: u64,
    pub(crate) index: Index,
}

/// A segment read through.
pub(crate) struct Scan {
    pub(crate) end: Address,
    next_position: u64,
    generation: u32,
    mark: Address,
    closed: bool,
    index: Index,
    pub(crate) flaw: Option<Flaw>,
}

/// What recovery hands to the log.
pub(crate) struct Recovered {
    pub(crate) chain: Chain,
    pub(crate) tail: Tail,
    /// The highest generation that left a trace.
    pub(crate) generation: u32,
    pub(crate) report: Recovery,
}

/// Finds the end of the log, and makes everything before it durable. The caller holds the lock.
pub(crate) fn recover(storage: &dyn Storage, places: &Places, mark: Option<Mark>) -> Result<Recovered> {
    let (mut chain, headless) = Chain::discover(storage, places, &Chain::default())?;
    let marked = mark.map_or(Address(0), |mark| mark.address);
    let mut report = Recovery::default();
    if let Some(headless) = headless {
        let segment = recreate(storage, places, &chain, &headless, mark)?;
        chain.segments.push(segment);
        report.recreated_segment = true;
    }
    let Some(segment) = chain.segments.last().copied() else {
        if marked > Address(0) {
            let reason = format!("the durable mark is at address {marked}");
            return Err(Error::NoSegment { directory: places.log.clone(), reason });
        }
        let generation = mark.map_or(0, |mark| mark.generation);
        let tail = create_segment(storage, places, Address(0), 0, generation + 1)?;
        chain.segments.push(active(&tail, generation + 1));
        return Ok(Recovered { chain, tail, generation, report });
    };
    if !segment.local {
        let reason = "the archive has segments".to_owned();
        return Err(Error::NoSegment { directory: places.log.clone(), reason });
    }
    let path = places.local(segment.first);
    let file = storage.open(&path)?;
    let len = file.len()?;
    let scan = scan(&*file, &segment, Address(segment.first.0 + len - HEADER_BYTES as u64))?;
    judge(&*file, &path, &segment, &scan, len, marked)?;
    if let Some(flaw) = &scan.flaw {
        let stands = offset(segment.first, scan.end);
        report.truncated_bytes = len - stands;
        report.truncated_reason = Some(flaw.to_string());
    }
    report.closed = scan.closed && scan.flaw.is_none();
    let proven = marked.max(scan.mark).max(segment.first);
    settle(&*file, &segment, proven, scan.end)?;
    storage.sync_directory(&places.log, "recovered segment names")?;
    let generation = scan.generation.max(mark.map_or(0, |mark| mark.generation));
    let Scan { end, next_position, index, .. } = scan;
    let tail = Tail { file, first: segment.first, end, next_position, index };
    Ok(Recovered { chain, tail, generation, report })
}

/// The entry of a segment that was just made.
pub(crate) fn active(tail: &Tail, generation: u32) -> Segment {
    let first_position = tail.next_position;
    Segment { first: tail.first, end: None, first_position, generation, local: true, archived: false }
}

/// Makes an empty segment, durable with its name before anything relies on it.
pub(crate) fn create_segment(
    storage: &dyn Storage,
    places: &Places,
    first: Address,
    first_position: u64,
    generation: u32,
) -> Result<Tail> {
    let file = storage.create(&places.local(first))?;
    file.write_at(0, &SegmentHeader { generation, first, first_position }.encode())?;
    file.sync_data("segment header")?;
    storage.sync_directory(&places.log, "segment names")?;
    Ok(Tail { file, first, end: first, next_position: first_position, index: Index::default() })
}

/// Makes the newest segment again, if its creation was interrupted.
fn recreate(
    storage: &dyn Storage,
    places: &Places,
    chain: &Chain,
    headless: &Headless,
    mark: Option<Mark>,
) -> Result<Segment> {
    let first = headless.first;
    let path = places.local(first);
    let file = storage.open_to_read(&path)?;
    let mut last_mark = None;
    hunt(&*file, first, first, file.len()?, &mut |header| last_mark = last_mark.max(Some(header.mark)))?;
    // A header is durable before the first frame is written.
    if last_mark.is_some() || mark.is_some_and(|mark| mark.address > first) {
        return Err(corrupt(path, 0, headless.flaw.clone()));
    }
    let marked = mark.map_or(0, |mark| mark.generation);
    let (next_position, generation) = match chain.segments.last() {
        Some(before) => {
            let (file, path) = places.open(storage, before)?;
            let before = Segment { end: Some(first), ..*before };
            let scan = scan(&*file, &before, first)?;
            match scan.flaw {
                Some(flaw) => return Err(corrupt(path, offset(before.first, scan.end), flaw)),
                None => (scan.next_position, scan.generation.max(marked)),
            }
        }
        None if first == Address(0) => (0, marked),
        None => return Err(corrupt(path, 0, headless.flaw.clone())),
    };
    let tail = create_segment(storage, places, first, next_position, generation)?;
    Ok(active(&tail, generation))
}

/// Reads a segment through, up to `limit` or the first flaw.
pub(crate) fn scan(file: &dyn File, segment: &Segment, limit: Address) -> Result<Scan> {
    let place = Place { file, first: segment.first, limit };
    let mut window = Window::new(CHUNK_BYTES);
    let mut expected = Expected {
        address: segment.first,
        position: Some(segment.first_position),
        generation: segment.generation,
    };
    let mut scan = Scan {
        end: segment.first,
        next_position: segment.first_position,
        generation: segment.generation,
        mark: Address(0),
        closed: false,
        index: Index::default(),
        flaw: None,
    };
    while scan.end < limit {
        match place.frame(&mut window, &mut expected, None)? {
            Ok(header) => {
                scan.index.push(scan.next_position, scan.end);
                scan.closed = header.closing;
                scan.mark = scan.mark.max(header.mark);
            }
            Err(flaw) => {
                scan.flaw = Some(flaw);
                break;
            }
        }
        scan.end = expected.address;
        scan.next_position = expected.position.expect("it was known at the segment's start");
        scan.generation = expected.generation;
    }
    Ok(scan)
}

/// Tells corruption from a torn tail: what a mark proves to have been durable cannot have been torn.
fn judge(
    file: &dyn File,
    path: &Path,
    segment: &Segment,
    scan: &Scan,
    len: u64,
    marked: Address,
) -> Result<()> {
    let at = offset(segment.first, scan.end);
    let mut proven = marked;
    let Some(flaw) = &scan.flaw else {
        if marked > scan.end {
            let reason = format!("the log ends at address {}, and was durable up to {marked}", scan.end);
            return Err(corrupt(path.to_path_buf(), at, Flaw::Sequence(reason)));
        }
        return Ok(());
    };
    if !flaw.may_be_torn() {
        return Err(corrupt(path.to_path_buf(), at, flaw.clone()));
    }
    let after = after_flaw(file, segment.first, scan.end)?;
    hunt(file, segment.first, after, len, &mut |header| proven = proven.max(header.mark))?;
    if proven > scan.end {
        let reason = format!("{flaw}, and it was durable up to address {proven}");
        return Err(corrupt(path.to_path_buf(), at, Flaw::Sequence(reason)));
    }
    Ok(())
}

/// Where to look for frames after a bad one: behind its payload, which may hold anything, if its header stands.
fn after_flaw(file: &dyn File, first: Address, bad: Address) -> Result<Address> {
    let mut bytes = [0; HEADER_BYTES];
    let read = file.read_at(offset(first, bad), &mut bytes)?;
    match RawHeader::decode(&bytes[..read]) {
        Ok(header) if header.address == bad => Ok(header.next()),
        _ => Ok(Address(bad.0 + ALIGNMENT as u64)),
    }
}

/// Visits every valid header of its own place from `from` on, whatever is between.
fn hunt(
    file: &dyn File,
    first: Address,
    from: Address,
    len: u64,
    visit: &mut dyn FnMut(&RawHeader),
) -> Result<()> {
    let mut window = Window::new(CHUNK_BYTES);
    let mut at = offset(first, from);
    while at + HEADER_BYTES as u64 <= len {
        let bytes = window.get(file, at, CHUNK_BYTES, len)?;
        if bytes.len() < HEADER_BYTES {
            return Ok(());
        }
        let mut inside = 0;
        while let Some(candidate) = bytes.get(inside..inside + HEADER_BYTES) {
            if candidate[..4] == FRAME_MAGIC
                && let Ok(header) = RawHeader::decode(candidate)
                && header.address.0 + HEADER_BYTES as u64 == first.0 + at + inside as u64
            {
                visit(&header);
            }
            inside += ALIGNMENT;
        }
        at += inside as u64;
    }
    Ok(())
}

/// Cuts off what is after `end`, and makes the frames that were only in the operating system's cache durable. They are
/// written again first: if the sync of a former process failed, its bytes count as clean although they are not on the
/// device.
fn settle(file: &dyn File, segment: &Segment, proven: Address, end: Address) -> Result<()> {
    let mut buffer = Vec::new();
    // The segment's header too, if nothing after it was ever durable.
    let mut at = if proven > segment.first { offset(segment.first, proven.min(end)) } else { 0 };
    let end = offset(segment.first, end);
    while at < end {
        buffer.resize(CHUNK_BYTES.min((end - at) as usize), 0);
        let read = file.read_at(at, &mut buffer)?;
        assert!(read > 0, "the frames were read a moment ago, and the lock keeps others out");
        file.write_at(at, &buffer[..read])?;
        at += read as u64;
    }
    // The length too: a write that was cut off again may still be on the device.
    file.set_len(end)?;
    Ok(file.sync_data("recovered tail")?)
}
