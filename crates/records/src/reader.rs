//! A payload read from front to back, with every step checked against what is left and what may be taken.

use crate::{DECODED_BYTES_MAX, Error, Fault};

/// Bytes of a 128-bit number in groups of seven bits.
const VARINT_BYTES_MAX: u32 = 19;

/// The unread rest of a payload.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    payload: &'static str,
    bytes: &'a [u8],
    at: usize,
    budget: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(payload: &'static str, bytes: &'a [u8]) -> Self {
        Self { payload, bytes, at: 0, budget: DECODED_BYTES_MAX }
    }

    pub(crate) fn at(&self) -> usize {
        self.at
    }

    pub(crate) fn damaged(&self, fault: Fault) -> Error {
        Error::Damaged { payload: self.payload, offset: self.at, fault }
    }

    /// Counts memory before it is taken.
    pub(crate) fn claim(&mut self, rows: usize, width: usize) -> Result<(), Error> {
        let claimed = rows.saturating_mul(width);
        let Some(left) = self.budget.checked_sub(claimed) else {
            let found = (DECODED_BYTES_MAX - self.budget).saturating_add(claimed) as u64;
            return Err(self.limit("the decoded size in bytes", found, DECODED_BYTES_MAX));
        };
        self.budget = left;
        Ok(())
    }

    pub(crate) fn limit(&self, what: &'static str, found: u64, limit: usize) -> Error {
        self.damaged(Fault::Limit { what, found, limit: limit as u64 })
    }

    pub(crate) fn tag(&self, what: &'static str, found: u8) -> Error {
        self.damaged(Fault::Tag { what, found })
    }

    /// Reads the format's version, the first byte.
    pub(crate) fn version(&mut self, known: u8) -> Result<(), Error> {
        self.version_among(&[known]).map(drop)
    }

    /// As [`Self::version`], of a format that has several; the newest stands last.
    pub(crate) fn version_among(&mut self, known: &[u8]) -> Result<u8, Error> {
        let found = self.byte()?;
        if !known.contains(&found) {
            let known = known.last().copied().unwrap_or_default();
            return Err(Error::Version { payload: self.payload, found, known });
        }
        Ok(found)
    }

    #[inline]
    pub(crate) fn take(&mut self, len: usize) -> Result<&'a [u8], Error> {
        let left = self.bytes.len() - self.at;
        if len > left {
            return Err(self.damaged(Fault::Truncated { needed: len, left }));
        }
        let taken = &self.bytes[self.at..self.at + len];
        self.at += len;
        Ok(taken)
    }

    #[inline]
    pub(crate) fn byte(&mut self) -> Result<u8, Error> {
        Ok(self.take(1)?[0])
    }

    /// Reads an unsigned number of at most 128 bits, seven bits a byte, the lowest first.
    pub(crate) fn unsigned(&mut self) -> Result<u128, Error> {
        let mut value: u128 = 0;
        for group in 0..VARINT_BYTES_MAX {
            let byte = self.byte()?;
            let bits = u128::from(byte & 0x7f);
            if group == VARINT_BYTES_MAX - 1 && bits > 3 {
                break;
            }
            value |= bits << (7 * group);
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(self.damaged(Fault::Range))
    }

    /// Reads a signed number, its sign in the lowest bit.
    pub(crate) fn signed(&mut self) -> Result<i128, Error> {
        let value = self.unsigned()?;
        Ok((value >> 1) as i128 ^ -((value & 1) as i128))
    }

    /// Reads a count of at most `limit`.
    pub(crate) fn count(&mut self, what: &'static str, limit: usize) -> Result<usize, Error> {
        let found = self.unsigned()?;
        match usize::try_from(found) {
            Ok(count) if count <= limit => Ok(count),
            _ => Err(self.limit(what, u64::try_from(found).unwrap_or(u64::MAX), limit)),
        }
    }

    /// Reads `len` bytes of UTF-8.
    pub(crate) fn text(&mut self, len: usize) -> Result<&'a str, Error> {
        let bytes = self.take(len)?;
        std::str::from_utf8(bytes).map_err(|_| self.damaged(Fault::Text))
    }

    /// Reads a length and as many bytes of UTF-8.
    pub(crate) fn name(&mut self) -> Result<&'a str, Error> {
        let len = self.count("the length of a name", self.bytes.len())?;
        self.text(len)
    }

    /// Checks that nothing follows.
    pub(crate) fn finish(&self) -> Result<(), Error> {
        match self.bytes.len() - self.at {
            0 => Ok(()),
            bytes => Err(self.damaged(Fault::Trailing { bytes })),
        }
    }
}
