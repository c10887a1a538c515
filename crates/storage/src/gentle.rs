//! Large files that nobody waits for, written on the disk that others wait for.
//!
//! What a thread writes is gathered by the operating system, and goes to the disk at once when the file is synced. A sync of
//! the log that comes meanwhile waits for all of it: of a large checkpoint, a quarter of a second. So a gentle file is synced
//! a piece at a time, and the disk is left to others for a while after each.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Instant,
};

use crate::{File, Result};

/// Bytes of a piece.
const PIECE_BYTES: u64 = 1 << 20;

/// The disk is left to others for this many times as long as a piece took.
const REST: u32 = 3;

/// A file of which little is under way to the disk at any time. Whoever writes it waits: it is for threads of their own.
#[derive(Debug)]
pub struct Gentle {
    file: Arc<dyn File>,
    purpose: &'static str,
    /// Bytes written since the last piece was synced.
    written: AtomicU64,
}

impl Gentle {
    /// Writes `file` gently; `purpose` is that of the syncs of its pieces, see [`File::sync_data`].
    pub fn new(file: Arc<dyn File>, purpose: &'static str) -> Self {
        Self { file, purpose, written: AtomicU64::new(0) }
    }
}

impl File for Gentle {
    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<usize> {
        self.file.read_at(offset, into)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> Result<()> {
        let mut offset = offset;
        for piece in bytes.chunks(PIECE_BYTES as usize) {
            self.file.write_at(offset, piece)?;
            offset += piece.len() as u64;
            let written = self.written.fetch_add(piece.len() as u64, Ordering::Relaxed) + piece.len() as u64;
            if written >= PIECE_BYTES {
                self.written.store(0, Ordering::Relaxed);
                let started = Instant::now();
                self.file.sync_data(self.purpose)?;
                thread::sleep(started.elapsed() * REST);
            }
        }
        Ok(())
    }

    fn len(&self) -> Result<u64> {
        self.file.len()
    }

    fn set_len(&self, len: u64) -> Result<()> {
        self.file.set_len(len)
    }

    fn sync_data(&self, purpose: &'static str) -> Result<()> {
        self.file.sync_data(purpose)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{Faulty, Storage as _};

    /// A file that knows how many of its bytes were written since it was last synced, at most.
    #[derive(Debug)]
    struct Watched {
        file: Arc<dyn File>,
        unsynced: AtomicU64,
        largest: Arc<AtomicU64>,
    }

    impl File for Watched {
        fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<usize> {
            self.file.read_at(offset, into)
        }

        fn write_at(&self, offset: u64, bytes: &[u8]) -> Result<()> {
            let unsynced = self.unsynced.fetch_add(bytes.len() as u64, Ordering::Relaxed);
            self.largest.fetch_max(unsynced + bytes.len() as u64, Ordering::Relaxed);
            self.file.write_at(offset, bytes)
        }

        fn len(&self) -> Result<u64> {
            self.file.len()
        }

        fn set_len(&self, len: u64) -> Result<()> {
            self.file.set_len(len)
        }

        fn sync_data(&self, purpose: &'static str) -> Result<()> {
            self.unsynced.store(0, Ordering::Relaxed);
            self.file.sync_data(purpose)
        }
    }

    #[test]
    fn little_is_under_way_to_the_disk_and_nothing_is_lost() {
        let path = Path::new("/file");
        let disk = Faulty::new(1);
        let largest = Arc::<AtomicU64>::default();
        let file = disk.create(path).unwrap();
        let watched = Watched { file, unsynced: AtomicU64::new(0), largest: Arc::clone(&largest) };
        let gentle = Gentle::new(Arc::new(watched), "piece");
        let bytes: Vec<u8> = (0..5_000_000_u32).map(|byte| byte as u8).collect();
        let mut offset = 0;
        for len in [100, 3_000_000, 1_500_000, 499_900] {
            gentle.write_at(offset as u64, &bytes[offset..offset + len]).unwrap();
            offset += len;
        }
        assert!(largest.load(Ordering::Relaxed) < 2 * PIECE_BYTES, "{largest:?}");
        let mut written = vec![0; bytes.len() + 1];
        assert_eq!(disk.open(path).unwrap().read_at(0, &mut written).unwrap(), bytes.len());
        assert!(written[..bytes.len()] == bytes);
    }
}
