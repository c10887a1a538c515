//! The layout of the log's files, so that other programs can read them. Integers are little-endian.
//!
//! `log/<first address, 20 digits>.seg`, and the same name in the archive: a segment header, then frames, each padded
//! with zeros to 8 bytes. A frame's address is the segment's first address plus its offset after the segment header.
//!
//! | segment header | bytes | frame header | bytes |
//! |---|---|---|---|
//! | magic `MITRALOG` | 0..8 | magic `MFRM` | 0..4 |
//! | format version | 8..12 | format version | 4..6 |
//! | generation | 12..16 | kind | 6 |
//! | first address | 16..24 | flags: 1 consumes, 2 closing mark | 7 |
//! | first position | 24..32 | payload's bytes | 8..12 |
//! | zeros | 32..60 | CRC-32C of payload and padding | 12..16 |
//! | CRC-32C of 0..60 | 60..64 | own address | 16..24 |
//! | | | first position | 24..32 |
//! | | | durable mark when written | 32..40 |
//! | | | count of positions | 40..44 |
//! | | | epoch | 44..48 |
//! | | | generation | 48..52 |
//! | | | zeros | 52..60 |
//! | | | CRC-32C of 0..60 | 60..64 |
//!
//! `log/durable`: two slots at bytes 0 and 512, written in turn; the valid one with the higher mark counts. A slot is
//! magic `MITRAMRK`, format version (8..12), generation (12..16), durable mark (16..24), zeros, CRC-32C at 60..64.
//!
//! Magic, version and the place of the checksum stay the same in every version.

use crate::{Address, Append, FrameHeader, PAYLOAD_BYTES_MAX};

/// The version that this program writes and reads, of every file.
pub const VERSION: u32 = 1;
/// Bytes of each kind of header.
pub const HEADER_BYTES: usize = 64;
/// Frames start at multiples of this.
pub const ALIGNMENT: usize = 8;

const CHECKSUM_AT: usize = 60;
pub(crate) const FRAME_MAGIC: [u8; 4] = *b"MFRM";
pub(crate) const SEGMENT_MAGIC: [u8; 8] = *b"MITRALOG";
const CONSUMES: u8 = 1;
const CLOSING: u8 = 2;

/// Why bytes are not what they should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Flaw {
    #[error("{0} bytes are left, and a header has 64")]
    Short(u64),
    #[error("there is no magic")]
    Magic,
    #[error("the header's checksum is wrong")]
    HeaderChecksum,
    #[error("a frame of {bytes} bytes does not fit into the {left} that are left")]
    Overrun { bytes: u64, left: u64 },
    #[error("the payload's checksum is wrong")]
    PayloadChecksum,
    /// The checksum is right: nothing was torn.
    #[error("format version {0}")]
    Version(u32),
    /// The checksum is right: nothing was torn.
    #[error("{0}")]
    Sequence(String),
}

impl Flaw {
    /// Whether an interrupted write can leave it.
    pub(crate) fn may_be_torn(&self) -> bool {
        !matches!(self, Self::Version(_) | Self::Sequence(_))
    }
}

/// A frame's header with what only the log needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RawHeader {
    pub(crate) public: FrameHeader,
    pub(crate) closing: bool,
    pub(crate) payload_len: u32,
    pub(crate) payload_crc: u32,
    pub(crate) address: Address,
    pub(crate) mark: Address,
}

impl RawHeader {
    /// The whole frame.
    pub(crate) fn frame_bytes(&self) -> u64 {
        frame_bytes(self.payload_len as usize)
    }

    pub(crate) fn next(&self) -> Address {
        Address(self.address.0 + self.frame_bytes())
    }

    /// Whether the frame holds `position`.
    pub(crate) fn holds(&self, position: u64) -> bool {
        let FrameHeader { consumes, position: first, count, .. } = self.public;
        consumes && first <= position && position - first < u64::from(count)
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, Flaw> {
        let bytes: &[u8; HEADER_BYTES] = bytes.try_into().map_err(|_| Flaw::Short(bytes.len() as u64))?;
        if bytes[..4] != FRAME_MAGIC {
            return Err(Flaw::Magic);
        }
        check(bytes)?;
        let version = u32::from(u16::from_le_bytes([bytes[4], bytes[5]]));
        if version != VERSION {
            return Err(Flaw::Version(version));
        }
        let flags = bytes[7];
        let header = Self {
            public: FrameHeader {
                kind: bytes[6],
                epoch: u32_at(bytes, 44),
                generation: u32_at(bytes, 48),
                position: u64_at(bytes, 24),
                count: u32_at(bytes, 40),
                consumes: flags & CONSUMES != 0,
            },
            closing: flags & CLOSING != 0,
            payload_len: u32_at(bytes, 8),
            payload_crc: u32_at(bytes, 12),
            address: Address(u64_at(bytes, 16)),
            mark: Address(u64_at(bytes, 32)),
        };
        if header.payload_len as usize > PAYLOAD_BYTES_MAX || flags & !(CONSUMES | CLOSING) != 0 {
            return Err(Flaw::Sequence("the header is valid and says what no program writes".to_owned()));
        }
        Ok(header)
    }
}

/// Bytes that a frame takes in its segment.
pub(crate) fn frame_bytes(payload_len: usize) -> u64 {
    (HEADER_BYTES + payload_len).next_multiple_of(ALIGNMENT) as u64
}

/// What the log adds to what the caller says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stamp {
    pub(crate) address: Address,
    pub(crate) mark: Address,
    pub(crate) generation: u32,
    pub(crate) closing: bool,
}

/// Replaces `frame` with the bytes of a frame.
pub(crate) fn encode_frame(append: Append, stamp: Stamp, payload: &[u8], frame: &mut Vec<u8>) {
    assert!(payload.len() <= PAYLOAD_BYTES_MAX, "the caller refuses what is too large");
    frame.clear();
    frame.resize(HEADER_BYTES, 0);
    frame.extend_from_slice(payload);
    frame.resize(frame.len().next_multiple_of(ALIGNMENT), 0);
    let payload_crc = crc32c::crc32c(&frame[HEADER_BYTES..]);
    let header: &mut [u8; HEADER_BYTES] =
        frame.first_chunk_mut().expect("the frame was made with room for its header");
    header[..4].copy_from_slice(&FRAME_MAGIC);
    header[4..6].copy_from_slice(&(VERSION as u16).to_le_bytes());
    header[6] = append.kind;
    header[7] = u8::from(append.consumes) * CONSUMES + u8::from(stamp.closing) * CLOSING;
    header[8..12].copy_from_slice(&(payload.len() as u32).to_le_bytes());
    header[12..16].copy_from_slice(&payload_crc.to_le_bytes());
    header[16..24].copy_from_slice(&stamp.address.0.to_le_bytes());
    header[24..32].copy_from_slice(&append.position.to_le_bytes());
    header[32..40].copy_from_slice(&stamp.mark.0.to_le_bytes());
    header[40..44].copy_from_slice(&append.count.to_le_bytes());
    header[44..48].copy_from_slice(&append.epoch.to_le_bytes());
    header[48..52].copy_from_slice(&stamp.generation.to_le_bytes());
    seal(header);
}

/// A segment's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SegmentHeader {
    pub(crate) generation: u32,
    pub(crate) first: Address,
    pub(crate) first_position: u64,
}

impl SegmentHeader {
    pub(crate) fn encode(&self) -> [u8; HEADER_BYTES] {
        let mut bytes = begin(SEGMENT_MAGIC, self.generation);
        bytes[16..24].copy_from_slice(&self.first.0.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.first_position.to_le_bytes());
        seal(&mut bytes);
        bytes
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, Flaw> {
        let bytes = open(bytes, SEGMENT_MAGIC)?;
        Ok(Self {
            generation: u32_at(bytes, 12),
            first: Address(u64_at(bytes, 16)),
            first_position: u64_at(bytes, 24),
        })
    }
}

/// A header with its magic, the version and a number.
pub(crate) fn begin(magic: [u8; 8], number: u32) -> [u8; HEADER_BYTES] {
    let mut bytes = [0; HEADER_BYTES];
    bytes[..8].copy_from_slice(&magic);
    bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
    bytes[12..16].copy_from_slice(&number.to_le_bytes());
    bytes
}

/// Adds the checksum to a header.
pub(crate) fn seal(bytes: &mut [u8; HEADER_BYTES]) {
    let crc = crc32c::crc32c(&bytes[..CHECKSUM_AT]);
    bytes[CHECKSUM_AT..].copy_from_slice(&crc.to_le_bytes());
}

/// Checks a header that `begin` and `seal` made.
pub(crate) fn open(bytes: &[u8], magic: [u8; 8]) -> Result<&[u8; HEADER_BYTES], Flaw> {
    let bytes: &[u8; HEADER_BYTES] = bytes.try_into().map_err(|_| Flaw::Short(bytes.len() as u64))?;
    if bytes[..8] != magic {
        return Err(Flaw::Magic);
    }
    check(bytes)?;
    match u32_at(bytes, 8) {
        VERSION => Ok(bytes),
        version => Err(Flaw::Version(version)),
    }
}

fn check(bytes: &[u8; HEADER_BYTES]) -> Result<(), Flaw> {
    let expected = u32_at(bytes, CHECKSUM_AT);
    if crc32c::crc32c(&bytes[..CHECKSUM_AT]) == expected { Ok(()) } else { Err(Flaw::HeaderChecksum) }
}

pub(crate) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}

pub(crate) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"))
}
