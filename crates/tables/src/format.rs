//! The frame around the manifest's bytes: what it is, its version, its length and its checksum.

const MAGIC: [u8; 8] = *b"MITRATBL";
/// The version that this build writes and reads.
pub const VERSION: u32 = 1;
/// Magic, version, checksum, length.
const HEADER_BYTES: usize = 24;

/// Why bytes are no manifest.
#[derive(Debug, PartialEq, Eq)]
pub enum Flaw {
    /// Of another version.
    Version(u32),
    /// Damaged.
    Bytes(String),
}

/// The bytes of a file with this body.
pub fn seal(body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER_BYTES + body.len());
    bytes.extend(MAGIC);
    bytes.extend(VERSION.to_le_bytes());
    bytes.extend(crc32c::crc32c(body).to_le_bytes());
    bytes.extend((body.len() as u64).to_le_bytes());
    bytes.extend(body);
    bytes
}

/// The body of a file.
pub fn open(bytes: &[u8]) -> Result<&[u8], Flaw> {
    let flaw = |reason: &str| Err(Flaw::Bytes(reason.to_owned()));
    let Some((header, body)) = bytes.split_at_checked(HEADER_BYTES) else { return flaw("it is cut off") };
    let number = |from: usize| {
        u32::from_le_bytes(header[from..from + 4].try_into().expect("four bytes are four bytes"))
    };
    if header[..8] != MAGIC {
        return flaw("it does not begin as a manifest does");
    }
    if number(8) != VERSION {
        return Err(Flaw::Version(number(8)));
    }
    let len = u64::from_le_bytes(header[16..].try_into().expect("eight bytes are eight bytes"));
    if len != body.len() as u64 {
        return flaw("its length is not what it says");
    }
    if number(12) != crc32c::crc32c(body) {
        return flaw("its checksum does not fit its bytes");
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flipped_bit_and_every_cut_is_noticed() {
        let sealed = seal(b"{\"next\":7}");
        assert_eq!(open(&sealed), Ok(&b"{\"next\":7}"[..]));
        for len in 0..sealed.len() {
            assert!(open(&sealed[..len]).is_err(), "cut at {len}");
        }
        for bit in 0..sealed.len() * 8 {
            let mut damaged = sealed.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(open(&damaged).is_err(), "bit {bit}");
        }
        let mut newer = sealed;
        newer[8] = 9;
        assert_eq!(open(&newer), Err(Flaw::Version(9)));
    }
}
