//! The last bytes of a log, cut and garbled at every place: a torn tail goes, and nothing else.

use storage::{Faulty, Stop};

use super::{append, content, data, open, options, payloads, replace, segment};
use crate::{
    Address, Append, Error, Log, Recovery,
    format::{HEADER_BYTES, Stamp, encode_frame},
};

const SEGMENT_BYTES: u64 = 1 << 20;

/// A killed log: frames that a mark proves durable, then `tail` frames that were only written, and the length of the
/// file before those.
fn killed(tail: usize) -> (Faulty, Vec<Vec<u8>>, usize) {
    let disk = Faulty::new(1);
    let mut log = open(&disk, options(SEGMENT_BYTES)).unwrap();
    let mut all = Vec::new();
    for number in 0..3_u8 {
        all.push(vec![number; 20 + usize::from(number)]);
        append(&mut log, all.last().unwrap()).unwrap();
    }
    log.syncer().sync().unwrap();
    let durable = content(&disk, &segment(0)).len();
    for number in 0..tail {
        all.push(vec![100 + number as u8; 13 + number]);
        append(&mut log, all.last().unwrap()).unwrap();
    }
    drop(log);
    disk.stop(Stop::Kill);
    disk.restart();
    (disk, all, durable)
}

/// Opens the log, checks that it stands up to the `kept`-th frame and works, and returns the recovery's report.
fn recovered(disk: &Faulty, all: &[Vec<u8>], kept: usize) -> Recovery {
    let mut log = open(disk, options(SEGMENT_BYTES)).unwrap();
    let report = log.recovery().clone();
    assert_eq!(payloads(&log).unwrap(), all[..kept]);
    assert_eq!(log.next_position(), kept as u64);
    append(&mut log, b"after").unwrap();
    log.syncer().sync().unwrap();
    drop(log);
    let log = open(disk, options(SEGMENT_BYTES)).unwrap();
    assert_eq!(payloads(&log).unwrap().len(), kept + 1);
    report
}

/// Where each frame ends in the file.
fn frame_ends(all: &[Vec<u8>]) -> Vec<usize> {
    let mut end = HEADER_BYTES;
    let ends = all.iter().map(|payload| {
        end += (HEADER_BYTES + payload.len()).next_multiple_of(8);
        end
    });
    ends.collect()
}

#[test]
fn a_tail_cut_at_any_byte_is_truncated_to_the_last_whole_frame() {
    let (disk, all, durable) = killed(3);
    let (whole, mark) = (content(&disk, &segment(0)), content(&disk, &data().join("log/durable")));
    let ends = frame_ends(&all);
    assert_eq!(ends.last(), Some(&whole.len()));
    for len in durable..=whole.len() {
        replace(&disk, &segment(0), &whole[..len]);
        replace(&disk, &data().join("log/durable"), &mark);
        let kept = ends.iter().filter(|end| **end <= len).count();
        let report = recovered(&disk, &all, kept);
        assert_eq!(report.truncated_bytes, (len - ends[kept - 1]) as u64, "cut at {len}");
        assert_eq!(report.truncated_reason.is_some(), len != ends[kept - 1]);
    }
}

#[test]
fn a_tail_garbled_at_any_byte_is_truncated_to_the_frame_before() {
    let (disk, all, durable) = killed(3);
    let (whole, mark) = (content(&disk, &segment(0)), content(&disk, &data().join("log/durable")));
    let ends = frame_ends(&all);
    for at in durable..whole.len() {
        for mask in [1, 0x80, 0xff] {
            let mut garbled = whole.clone();
            garbled[at] ^= mask;
            replace(&disk, &segment(0), &garbled);
            replace(&disk, &data().join("log/durable"), &mark);
            let kept = ends.iter().filter(|end| **end <= at).count();
            let report = recovered(&disk, &all, kept);
            assert_eq!(report.truncated_bytes, (whole.len() - ends[kept - 1]) as u64, "garbled at {at}");
        }
    }
}

#[test]
fn zeros_and_noise_after_the_last_frame_are_cut_off() {
    for garbage in
        [vec![0; 5000], (0..5000_u32).map(|place| (place * 7) as u8).collect(), b"MFRM".repeat(300)]
    {
        let (disk, all, _) = killed(1);
        let mut bytes = content(&disk, &segment(0));
        bytes.extend_from_slice(&garbage);
        replace(&disk, &segment(0), &bytes);
        assert_eq!(recovered(&disk, &all, 4).truncated_bytes, garbage.len() as u64);
    }
}

/// Damages the durable part at every byte and expects each to be named, by `with` the published mark or without.
fn damage_is_named(disk: &Faulty, all: &[Vec<u8>], durable: usize, mark: Option<&[u8]>) {
    let whole = content(disk, &segment(0));
    let ends = frame_ends(all);
    for at in 0..durable {
        let mut garbled = whole.clone();
        garbled[at] ^= 0x10;
        replace(disk, &segment(0), &garbled);
        replace(disk, &data().join("log/durable"), mark.unwrap_or_default());
        let started = if at < HEADER_BYTES {
            0
        } else {
            ends.iter().rev().copied().find(|end| *end <= at).unwrap_or(HEADER_BYTES)
        };
        match open(disk, options(SEGMENT_BYTES)) {
            Err(Error::Corrupt { segment: named, offset, reason }) => {
                assert_eq!((named, offset), (segment(0), started as u64), "garbled at {at}: {reason}");
            }
            other => panic!("garbled at {at}: {other:?}"),
        }
        assert_eq!(content(disk, &segment(0)), garbled, "what is corrupt is left as it is");
    }
}

#[test]
fn damage_below_the_published_mark_is_corruption() {
    let (disk, all, durable) = killed(0);
    let mark = content(&disk, &data().join("log/durable"));
    damage_is_named(&disk, &all, durable, Some(&mark));
}

#[test]
fn damage_below_a_later_frames_mark_is_corruption_without_the_published_one() {
    let (disk, all, durable) = killed(2);
    damage_is_named(&disk, &all, durable, None);
}

#[test]
fn damage_before_a_closing_mark_is_corruption_without_the_published_one() {
    let (disk, all, durable) = killed(0);
    open(&disk, options(SEGMENT_BYTES)).unwrap().close().unwrap();
    damage_is_named(&disk, &all, durable, None);
}

#[test]
fn a_log_that_ends_before_its_mark_is_corrupt() {
    let (disk, _, durable) = killed(0);
    let whole = content(&disk, &segment(0));
    for len in [durable - 1, durable - 90, HEADER_BYTES + 5, HEADER_BYTES, 10, 0] {
        replace(&disk, &segment(0), &whole[..len]);
        let error = open(&disk, options(SEGMENT_BYTES)).unwrap_err();
        assert!(matches!(error, Error::Corrupt { .. }), "cut to {len}: {error}");
    }
    storage::Storage::remove(&disk, &segment(0)).unwrap();
    let error = open(&disk, options(SEGMENT_BYTES)).unwrap_err();
    assert!(matches!(error, Error::NoSegment { .. }), "{error}");
}

#[test]
fn a_closed_log_says_so_until_something_follows() {
    let (disk, all, _) = killed(0);
    let log = open(&disk, options(SEGMENT_BYTES)).unwrap();
    assert!(!log.recovery().closed);
    log.close().unwrap();
    let mut log = open(&disk, options(SEGMENT_BYTES)).unwrap();
    assert!(log.recovery().closed);
    assert_eq!(payloads(&log).unwrap(), all, "the closing mark is not served");
    append(&mut log, b"more").unwrap();
    log.syncer().sync().unwrap();
    drop(log);
    assert!(!open(&disk, options(SEGMENT_BYTES)).unwrap().recovery().closed);
}

#[test]
fn bytes_that_look_like_frames_inside_a_payload_prove_nothing() {
    let disk = Faulty::new(2);
    let mut log = open(&disk, options(SEGMENT_BYTES)).unwrap();
    append(&mut log, b"first").unwrap();
    let place = log.syncer().sync().unwrap();
    // The payload is a frame for the very place at which it will be, that claims a later durable mark.
    let address = Address(place.0 + HEADER_BYTES as u64);
    let stamp = Stamp { address, mark: address, generation: 1, closing: true };
    let mut forged = Vec::new();
    encode_frame(Append::answering(0, 0, 0, 0), stamp, b"forged", &mut forged);
    forged.push(0);
    append(&mut log, &forged).unwrap();
    drop(log);
    let last = content(&disk, &segment(0)).len() as u64 - 8;
    disk.flip(&segment(0), last, 1).unwrap();
    let log = open(&disk, options(SEGMENT_BYTES)).unwrap();
    assert_eq!(payloads(&log).unwrap(), [b"first".to_vec()]);
}
