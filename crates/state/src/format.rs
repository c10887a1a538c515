//! The layout of a checkpoint, `checkpoints/<position, 20 digits>.ckpt`. Integers are little-endian.
//!
//! | header | bytes | section's header | bytes | trailer | bytes |
//! |---|---|---|---|---|---|
//! | magic `MITRACKP` | 0..8 | magic `MSEC` | 0..4 | magic `MEND` | 0..4 |
//! | format version | 8..12 | name's bytes | 4..8 | count of sections | 4..8 |
//! | fingerprint's bytes | 12..16 | section's bytes | 8..16 | file's bytes | 8..16 |
//! | position | 16..24 | CRC-32C of name and section | 16..20 | CRC-32C of the sections' CRCs | 16..20 |
//! | address | 24..32 | zeros | 20..28 | zeros | 20..28 |
//! | CRC-32C of the fingerprint | 32..36 | CRC-32C of 0..28 | 28..32 | CRC-32C of 0..28 | 28..32 |
//! | zeros | 36..60 | | | | |
//! | CRC-32C of 0..60 | 60..64 | | | | |
//!
//! The header is followed by the fingerprint; each section's header by its name and its bytes. Magic, version and the
//! place of the header's checksum stay the same in every version.

use crate::Stamp;

/// The version that this program writes and reads.
pub const VERSION: u32 = 1;
/// Bytes of a fingerprint at most.
pub const FINGERPRINT_BYTES_MAX: usize = 64 << 10;
/// Bytes of a section's name at most.
pub const NAME_BYTES_MAX: usize = 1024;
/// Sections of a checkpoint at most.
pub const SECTIONS_MAX: usize = 1 << 20;

pub(crate) const HEADER_BYTES: usize = 64;
pub(crate) const PART_BYTES: usize = 32;
const MAGIC: &[u8; 8] = b"MITRACKP";
const SECTION_MAGIC: &[u8; 4] = b"MSEC";
const TRAILER_MAGIC: &[u8; 4] = b"MEND";

/// The first bytes of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) stamp: Stamp,
    pub(crate) fingerprint_len: usize,
    pub(crate) fingerprint_crc: u32,
}

impl Header {
    pub(crate) fn encode(&self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[..8].copy_from_slice(MAGIC);
        bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
        bytes[12..16].copy_from_slice(&(self.fingerprint_len as u32).to_le_bytes());
        bytes[16..24].copy_from_slice(&self.stamp.position.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.stamp.address.to_le_bytes());
        bytes[32..36].copy_from_slice(&self.fingerprint_crc.to_le_bytes());
        seal(&mut bytes);
        bytes
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, String> {
        if bytes.len() < HEADER_BYTES || bytes[..8] != *MAGIC {
            return Err("it does not start as a checkpoint does".to_owned());
        }
        check(bytes, "header")?;
        let version = u32_at(bytes, 8);
        if version != VERSION {
            return Err(format!("it has format version {version}, and this program reads {VERSION}"));
        }
        let stamp = Stamp { position: u64_at(bytes, 16), address: u64_at(bytes, 24) };
        let fingerprint_len = u32_at(bytes, 12) as usize;
        bounded("fingerprint", fingerprint_len, FINGERPRINT_BYTES_MAX)?;
        Ok(Self { stamp, fingerprint_len, fingerprint_crc: u32_at(bytes, 32) })
    }
}

/// What is between two sections, or after the last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Section { name_len: usize, len: u64, crc: u32 },
    Trailer { sections: u32, file_len: u64, crc: u32 },
}

impl Part {
    pub(crate) fn encode(&self) -> [u8; PART_BYTES] {
        let (magic, number, len, crc) = match *self {
            Self::Section { name_len, len, crc } => (SECTION_MAGIC, name_len as u32, len, crc),
            Self::Trailer { sections, file_len, crc } => (TRAILER_MAGIC, sections, file_len, crc),
        };
        let mut bytes = [0; PART_BYTES];
        bytes[..4].copy_from_slice(magic);
        bytes[4..8].copy_from_slice(&number.to_le_bytes());
        bytes[8..16].copy_from_slice(&len.to_le_bytes());
        bytes[16..20].copy_from_slice(&crc.to_le_bytes());
        seal(&mut bytes);
        bytes
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, String> {
        if bytes.len() < PART_BYTES {
            return Err("it ends in the middle".to_owned());
        }
        check(bytes, "section's header")?;
        let (number, len, crc) = (u32_at(bytes, 4), u64_at(bytes, 8), u32_at(bytes, 16));
        if bytes[..4] == *SECTION_MAGIC {
            bounded("section's name", number as usize, NAME_BYTES_MAX)?;
            Ok(Self::Section { name_len: number as usize, len, crc })
        } else if bytes[..4] == *TRAILER_MAGIC {
            Ok(Self::Trailer { sections: number, file_len: len, crc })
        } else {
            Err("there is neither a section nor the end".to_owned())
        }
    }
}

/// Adds one section's checksum to that of all before.
pub(crate) fn chain(all: u32, section: u32) -> u32 {
    crc32c::crc32c_append(all, &section.to_le_bytes())
}

fn seal(bytes: &mut [u8]) {
    let (content, checksum) = bytes.split_at_mut(bytes.len() - 4);
    checksum.copy_from_slice(&crc32c::crc32c(content).to_le_bytes());
}

fn check(bytes: &[u8], what: &str) -> Result<(), String> {
    let (content, _) = bytes.split_at(bytes.len() - 4);
    if crc32c::crc32c(content) == u32_at(bytes, content.len()) {
        Ok(())
    } else {
        Err(format!("the checksum of a {what} is wrong"))
    }
}

fn bounded(what: &str, len: usize, max: usize) -> Result<(), String> {
    if len <= max { Ok(()) } else { Err(format!("a {what} has {len} bytes, {max} at most")) }
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"))
}
