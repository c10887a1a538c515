//! Whether the next bytes of a segment are the frame that belongs there.

use storage::File;

use crate::{
    Address, Frame,
    format::{Flaw, HEADER_BYTES, RawHeader},
    window::Window,
};

/// What the frames so far say about the next one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected {
    pub(crate) address: Address,
    /// The next position, once a frame or a segment told it.
    pub(crate) position: Option<u64>,
    pub(crate) generation: u32,
}

impl Expected {
    /// Checks a frame's header, whose checksum is right, against the frames before, and moves on behind it.
    pub(crate) fn follow(&mut self, header: &RawHeader) -> Result<(), Flaw> {
        let wrong = |what: String| Err(Flaw::Sequence(what));
        let RawHeader { public, address, mark, .. } = header;
        if *address != self.address {
            return wrong(format!("a frame of address {address} is at {}", self.address));
        }
        if *mark > *address {
            return wrong(format!("the frame claims to follow the durable mark {mark}"));
        }
        if public.generation < self.generation {
            return wrong(format!("generation {} follows {}", public.generation, self.generation));
        }
        let end = public.position.saturating_add(u64::from(public.count));
        match self.position {
            Some(position) if public.consumes && public.position != position => {
                return wrong(format!("position {} follows where {position} should", public.position));
            }
            Some(position) if !public.consumes && end > position => {
                return wrong(format!("positions up to {end} are answered, and the next is {position}"));
            }
            _ => {}
        }
        if public.consumes {
            self.position = Some(end);
        }
        self.generation = public.generation;
        self.address = header.next();
        Ok(())
    }
}

/// A segment's file, and where its frames are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    pub(crate) file: &'a dyn File,
    /// The segment's first address.
    pub(crate) first: Address,
    /// No frame ends above this.
    pub(crate) limit: Address,
}

impl Place<'_> {
    /// The byte of the file at which the frame of this address starts.
    pub(crate) fn offset(&self, address: Address) -> u64 {
        offset(self.first, address)
    }

    /// The header at `address`, with its own checksum right.
    pub(crate) fn header(
        &self,
        window: &mut Window,
        address: Address,
    ) -> storage::Result<Result<RawHeader, Flaw>> {
        let bytes = window.get(self.file, self.offset(address), HEADER_BYTES, self.offset(self.limit))?;
        let header = RawHeader::decode(bytes);
        Ok(header.and_then(|header| {
            let left = self.limit.0 - address.0;
            let bytes = header.frame_bytes();
            if bytes > left { Err(Flaw::Overrun { bytes, left }) } else { Ok(header) }
        }))
    }

    /// The frame at `expected.address`, checked in full; its payload goes to `frame` if there is one.
    pub(crate) fn frame(
        &self,
        window: &mut Window,
        expected: &mut Expected,
        frame: Option<&mut Frame>,
    ) -> storage::Result<Result<RawHeader, Flaw>> {
        let address = expected.address;
        let header = match self.header(window, address)? {
            Ok(header) => header,
            Err(flaw) => return Ok(Err(flaw)),
        };
        let bytes = header.frame_bytes() as usize;
        let stored = window.get(self.file, self.offset(address), bytes, self.offset(self.limit))?;
        if stored.len() < bytes {
            return Ok(Err(Flaw::Overrun { bytes: bytes as u64, left: stored.len() as u64 }));
        }
        let body = &stored[HEADER_BYTES..];
        if crc32c::crc32c(body) != header.payload_crc {
            return Ok(Err(Flaw::PayloadChecksum));
        }
        if let Err(flaw) = expected.follow(&header) {
            return Ok(Err(flaw));
        }
        if let Some(frame) = frame {
            frame.address = header.address;
            frame.header = header.public;
            frame.next = header.next();
            frame.payload.clear();
            frame.payload.extend_from_slice(&body[..header.payload_len as usize]);
        }
        Ok(Ok(header))
    }
}

/// The byte of a segment's file at which the frame of `address` starts.
pub(crate) fn offset(first: Address, address: Address) -> u64 {
    HEADER_BYTES as u64 + address.0 - first.0
}
