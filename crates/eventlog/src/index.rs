//! A sparse index from positions to addresses, so that a seek reads a few headers and not a segment.

use std::ops::ControlFlow;

use crate::{
    Address,
    check::Place,
    format::{Flaw, RawHeader},
    window::Window,
};

/// Bytes of the log between two entries: a seek reads headers over this distance at most, plus one frame.
const STRIDE_BYTES: u64 = 256 << 10;

/// Places in one segment, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Index {
    /// The next position before the frame, and the frame's address.
    entries: Vec<(u64, Address)>,
}

impl Index {
    /// Tells of the frame at `address`, before which `next_position` was the next one.
    pub(crate) fn push(&mut self, next_position: u64, address: Address) {
        let far = |&(_, last): &(u64, Address)| address.0 - last.0 >= STRIDE_BYTES;
        if self.entries.last().is_none_or(far) {
            self.entries.push((next_position, address));
        }
    }

    /// A frame at or before the one that holds `position`, and not far from it; none if the segment is empty.
    pub(crate) fn before(&self, position: u64) -> Option<Address> {
        let after = self.entries.partition_point(|(next, _)| *next <= position);
        self.entries.get(after.saturating_sub(1)).map(|(_, address)| *address)
    }
}

/// Visits headers from the frame at `from` on. The error is the first bad one's place and flaw.
pub(crate) fn scan<T>(
    place: &Place<'_>,
    window: &mut Window,
    from: Address,
    mut visit: impl FnMut(&RawHeader) -> ControlFlow<T>,
) -> storage::Result<Result<Option<T>, (Address, Flaw)>> {
    let mut address = from;
    while address < place.limit {
        let header = match place.header(window, address)? {
            Ok(header) if header.address == address => header,
            Ok(header) => {
                let flaw = Flaw::Sequence(format!("a frame of address {} is at {address}", header.address));
                return Ok(Err((address, flaw)));
            }
            Err(flaw) => return Ok(Err((address, flaw))),
        };
        if let ControlFlow::Break(found) = visit(&header) {
            return Ok(Ok(Some(found)));
        }
        address = header.next();
    }
    Ok(Ok(None))
}
