//! Buffered reading of a segment, so that small frames do not cost a system call each.

use storage::File;

/// A part of a file in memory.
#[derive(Debug)]
pub(crate) struct Window {
    bytes: Vec<u8>,
    start: u64,
    filled: usize,
    capacity: usize,
}

impl Window {
    /// A window that reads `capacity` bytes at a time.
    pub(crate) fn new(capacity: usize) -> Self {
        Self { bytes: Vec::new(), start: 0, filled: 0, capacity }
    }

    /// Forgets what was read: the file is another one now.
    pub(crate) fn clear(&mut self) {
        self.filled = 0;
    }

    /// The `len` bytes at `offset`, or fewer at the file's end or at `limit`. Nothing at or above `limit` is read or
    /// remembered, since it may still change.
    pub(crate) fn get(
        &mut self,
        file: &dyn File,
        offset: u64,
        len: usize,
        limit: u64,
    ) -> storage::Result<&[u8]> {
        let left = limit.saturating_sub(offset);
        let len = len.min(usize::try_from(left).unwrap_or(usize::MAX));
        let inside = offset >= self.start && offset + len as u64 <= self.start + self.filled as u64;
        if !inside {
            self.fill(file, offset, len, left)?;
        }
        let from = (offset - self.start) as usize;
        Ok(&self.bytes[from..self.filled.min(from + len)])
    }

    fn fill(&mut self, file: &dyn File, offset: u64, len: usize, left: u64) -> storage::Result<()> {
        let want = len.max(self.capacity.min(usize::try_from(left).unwrap_or(usize::MAX)));
        if self.bytes.len() < want {
            self.bytes.resize(want, 0);
        } else if self.bytes.len() > 4 * self.capacity && want <= self.capacity {
            // One large frame does not keep its memory for ever.
            self.bytes.truncate(self.capacity);
            self.bytes.shrink_to_fit();
        }
        self.filled = 0;
        self.filled = file.read_at(offset, &mut self.bytes[..want])?;
        self.start = offset;
        Ok(())
    }
}
