//! Hashes of text: cryptographic ones by name, and the 32- and 64-bit ones of PostgreSQL's `hashtext`.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Digest as _;

use crate::error::ErrorCode;

/// A cryptographic hash function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Md5,
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

const NAMES: [(&str, Algorithm); 6] = [
    ("md5", Algorithm::Md5),
    ("sha1", Algorithm::Sha1),
    ("sha224", Algorithm::Sha224),
    ("sha256", Algorithm::Sha256),
    ("sha384", Algorithm::Sha384),
    ("sha512", Algorithm::Sha512),
];

impl Algorithm {
    /// The function of this name, in any case.
    pub(crate) fn named(name: &str) -> Option<Self> {
        NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, algorithm)| *algorithm)
    }

    /// All names, for messages.
    pub(crate) fn names() -> String {
        NAMES.map(|(name, _)| name).join(", ")
    }

    /// Appends the hash of `data` in hexadecimal.
    pub(crate) fn hash(self, data: &[u8], out: &mut String) {
        match self {
            Self::Md5 => write_hex(out, &md5::Md5::digest(data)),
            Self::Sha1 => write_hex(out, &sha1::Sha1::digest(data)),
            Self::Sha224 => write_hex(out, &sha2::Sha224::digest(data)),
            Self::Sha256 => write_hex(out, &sha2::Sha256::digest(data)),
            Self::Sha384 => write_hex(out, &sha2::Sha384::digest(data)),
            Self::Sha512 => write_hex(out, &sha2::Sha512::digest(data)),
        }
    }

    /// Appends the keyed hash (RFC 2104) of `data` in hexadecimal.
    pub(crate) fn keyed(self, data: &[u8], key: &[u8], out: &mut String) {
        macro_rules! keyed {
            ($hash:ty) => {{
                let mut hmac = Hmac::<$hash>::new_from_slice(key).expect("a key may have any length");
                hmac.update(data);
                write_hex(out, &hmac.finalize().into_bytes());
            }};
        }
        match self {
            Self::Md5 => keyed!(md5::Md5),
            Self::Sha1 => keyed!(sha1::Sha1),
            Self::Sha224 => keyed!(sha2::Sha224),
            Self::Sha256 => keyed!(sha2::Sha256),
            Self::Sha384 => keyed!(sha2::Sha384),
            Self::Sha512 => keyed!(sha2::Sha512),
        }
    }
}

/// The function that a text names, or the row's error.
pub(crate) fn algorithm(name: &str) -> Result<Algorithm, ErrorCode> {
    Algorithm::named(name).ok_or(ErrorCode::InvalidArgument)
}

/// Appends bytes in hexadecimal, lower case.
pub(crate) fn write_hex(out: &mut String, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.reserve(2 * bytes.len());
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            out.push(char::from(DIGITS[usize::from(digit)]));
        }
    }
}

/// PostgreSQL's hash of bytes: Bob Jenkins' lookup3 (2006, public domain), of which `hashtext` returns the last word and
/// `hashtextextended`, with a seed, the last two.
pub(crate) fn lookup3(bytes: &[u8], seed: u64) -> u64 {
    let start = 0x9e37_79b9_u32.wrapping_add(bytes.len() as u32).wrapping_add(3_923_095);
    let mut words = [start; 3];
    if seed != 0 {
        words[0] = words[0].wrapping_add((seed >> 32) as u32);
        words[1] = words[1].wrapping_add(seed as u32);
        mix(&mut words);
    }
    let (blocks, rest) = bytes.as_chunks::<12>();
    for block in blocks {
        for (word, bytes) in words.iter_mut().zip(block.as_chunks::<4>().0) {
            *word = word.wrapping_add(u32::from_le_bytes(*bytes));
        }
        mix(&mut words);
    }
    for (place, byte) in rest.iter().enumerate() {
        // The lowest byte of the last word belongs to the length.
        let shift = if place < 8 { place % 4 } else { place - 7 };
        let word = &mut words[place / 4];
        *word = word.wrapping_add(u32::from(*byte) << (8 * shift));
    }
    finish(&mut words);
    u64::from(words[1]) << 32 | u64::from(words[2])
}

fn mix(words: &mut [u32; 3]) {
    let [a, b, c] = words;
    let round = |a: &mut u32, b: u32, c: &mut u32, turn: u32| {
        *a = a.wrapping_sub(*c) ^ c.rotate_left(turn);
        *c = c.wrapping_add(b);
    };
    round(a, *b, c, 4);
    round(b, *c, a, 6);
    round(c, *a, b, 8);
    round(a, *b, c, 16);
    round(b, *c, a, 19);
    round(c, *a, b, 4);
}

fn finish(words: &mut [u32; 3]) {
    let [a, b, c] = words;
    let round = |a: &mut u32, b: u32, turn: u32| *a = (*a ^ b).wrapping_sub(b.rotate_left(turn));
    round(c, *b, 14);
    round(a, *c, 11);
    round(b, *a, 25);
    round(c, *b, 16);
    round(a, *c, 4);
    round(b, *a, 14);
    round(c, *b, 24);
}
