//! The embedded log: one writer, segments in files.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use storage::{Lock, Storage};

use crate::{
    Address, Append, EmbeddedHistory, Error, History, Log, PAYLOAD_BYTES_MAX, Recovery, Result, Syncer,
    chain::Places,
    check::offset,
    format::{Stamp, encode_frame, frame_bytes},
    mark::{Mark, MarkFile},
    recovery::{create_segment, recover},
    shared::Shared,
};

/// The frame buffer keeps at most this much memory between frames.
const BUFFER_BYTES_KEPT: usize = 16 << 20;

/// How a log is kept.
#[derive(Clone, Debug)]
pub struct Options {
    /// Bytes of a segment; only a single larger frame makes a larger one.
    pub segment_bytes: u64,
    /// Where sealed segments are copied to, by [`EmbeddedHistory::archive`].
    pub archive: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self { segment_bytes: 128 << 20, archive: None }
    }
}

/// A log in a data directory that this process has locked. Dropping it is what a crash is; see [`Log::close`].
#[derive(Debug)]
pub struct EmbeddedLog {
    shared: Arc<Shared>,
    history: Arc<EmbeddedHistory>,
    segment_bytes: u64,
    recovery: Recovery,
    end: Address,
    next_position: u64,
    /// The first address of the newest segment.
    first: Address,
    /// A segment could not be made: no frame may go into the one before, since its successor's file may exist.
    roll_failed: bool,
    frame: Vec<u8>,
    _lock: Lock,
}

impl EmbeddedLog {
    /// Opens the log in `directory`, which is created if it is missing, and recovers what is there. The newest segment
    /// is read in full; of a sealed one the header and the length are checked, and each frame when it is read, see
    /// [`EmbeddedHistory::verify`].
    ///
    /// # Errors
    /// [`storage::Error::Locked`] if another process has it, [`Error::Corrupt`] if what was durable is damaged,
    /// [`Error::Version`] if another version of the program wrote it.
    pub fn open(storage: Arc<dyn Storage>, directory: &Path, options: Options) -> Result<Self> {
        let places = Places::new(directory, options.archive.as_deref());
        storage.create_directories(directory, "data directory name")?;
        let lock = storage.lock(&directory.join("lock"))?;
        storage.create_directory(&places.log)?;
        storage.sync_directory(directory, "log directory name")?;
        if let Some(archive) = &places.archive {
            storage.create_directories(archive, "archive directory name")?;
            // A process may have died between an archived segment's rename and its sync.
            storage.sync_directory(archive, "recovered archive names")?;
        }
        // Its name is made durable with those of the segments.
        let (mut marks, mark) = MarkFile::open_or_create(&*storage, &places.durable_mark())?;
        let recovered = recover(&*storage, &places, mark)?;
        let generation = recovered.generation.checked_add(1).expect("nobody opens a log four billion times");
        let tail = recovered.tail;
        for _ in 0..2 {
            marks.publish(Mark { address: tail.end, generation })?;
        }
        marks.sync()?;
        let (end, next_position, first) = (tail.end, tail.next_position, tail.first);
        let shared = Arc::new(Shared::new(storage, places, generation, recovered.chain, tail, marks));
        Ok(Self {
            history: Arc::new(EmbeddedHistory::new(Arc::clone(&shared))),
            shared,
            segment_bytes: options.segment_bytes,
            recovery: recovered.report,
            end,
            next_position,
            first,
            roll_failed: false,
            frame: Vec::new(),
            _lock: lock,
        })
    }

    /// What opening found.
    pub fn recovery(&self) -> &Recovery {
        &self.recovery
    }

    /// What is in the log, with what only the embedded one has: archiving and releasing segments.
    pub fn embedded_history(&self) -> Arc<EmbeddedHistory> {
        Arc::clone(&self.history)
    }

    /// Makes everything durable and leaves a durable mark that says so.
    ///
    /// # Errors
    /// Those of [`Log::append`] and [`Syncer::sync`].
    pub fn close(mut self) -> Result<()> {
        // The frames first: the mark must not survive what it vouches for.
        self.shared.sync()?;
        let append = Append::answering(0, 0, self.next_position, 0);
        self.write(append, &[], true)?;
        self.shared.sync_for("closing mark")?;
        Ok(())
    }

    fn validate(&self, append: &Append, payload: &[u8]) -> Result<()> {
        if payload.len() > PAYLOAD_BYTES_MAX {
            return Err(Error::TooLarge { bytes: payload.len(), max: PAYLOAD_BYTES_MAX });
        }
        let Append { position, count, consumes, .. } = *append;
        let next_position = self.next_position;
        if consumes && position != next_position {
            return Err(Error::Position { expected: next_position, found: position });
        }
        if !consumes && position.checked_add(u64::from(count)).is_none_or(|end| end > next_position) {
            return Err(Error::Answers { position, count, next_position });
        }
        Ok(())
    }

    fn write(&mut self, append: Append, payload: &[u8], closing: bool) -> Result<Address> {
        self.shared.check()?;
        let bytes = frame_bytes(payload.len());
        let in_segment = offset(self.first, self.end);
        let full = self.end > self.first && in_segment + bytes > self.segment_bytes;
        if full || self.roll_failed {
            self.roll()?;
        }
        let address = self.end;
        let stamp =
            Stamp { address, mark: self.shared.durable(), generation: self.shared.generation, closing };
        encode_frame(append, stamp, payload, &mut self.frame);
        assert_eq!(self.frame.len() as u64, bytes, "the frame has the length that was planned for");
        let (file, end) = self.shared.tail_file();
        assert_eq!(end, address, "only this writer moves the end");
        let at = offset(self.first, address);
        if let Err(error) = file.write_at(at, &self.frame) {
            // What was written of it must not stand before the next frame, nor come back after a power cut.
            file.set_len(at).map_err(|undo| self.shared.poison(&undo))?;
            self.shared.sync_undone()?;
            return Err(error.into());
        }
        let next = Address(address.0 + bytes);
        {
            let mut tail = self.shared.tail();
            tail.index.push(self.next_position, address);
            if append.consumes {
                self.next_position += u64::from(append.count);
            }
            tail.end = next;
            tail.next_position = self.next_position;
        }
        self.end = next;
        if self.frame.capacity() > BUFFER_BYTES_KEPT {
            self.frame.truncate(BUFFER_BYTES_KEPT);
            self.frame.shrink_to(BUFFER_BYTES_KEPT);
        }
        Ok(address)
    }

    /// Goes on in a new segment. The old one is durable before, so only the newest segment can be torn.
    fn roll(&mut self) -> Result<()> {
        self.shared.sync_for("sealed segment")?;
        self.roll_failed = true;
        let Shared { storage, places, generation, .. } = &*self.shared;
        let tail = create_segment(&**storage, places, self.end, self.next_position, *generation)
            .map_err(|error| self.poison_unless_full(error))?;
        self.shared.replace_tail(tail);
        self.roll_failed = false;
        self.first = self.end;
        Ok(())
    }

    /// A full disk passes; after any other failure while a segment is made nobody knows what is there.
    fn poison_unless_full(&self, error: Error) -> Error {
        match error {
            Error::Storage(error) => self.shared.poison(&error),
            full => full,
        }
    }
}

impl Drop for EmbeddedLog {
    fn drop(&mut self) {
        self.shared.close();
    }
}

impl Log for EmbeddedLog {
    fn append(&mut self, append: Append, payload: &[u8]) -> Result<Address> {
        self.validate(&append, payload)?;
        self.write(append, payload, false)
    }

    fn end(&self) -> Address {
        self.end
    }

    fn next_position(&self) -> u64 {
        self.next_position
    }

    fn generation(&self) -> u32 {
        self.shared.generation
    }

    fn syncer(&self) -> Arc<dyn Syncer> {
        Arc::clone(&self.shared) as Arc<dyn Syncer>
    }

    fn history(&self) -> Arc<dyn History> {
        Arc::clone(&self.history) as Arc<dyn History>
    }

    fn close(self: Box<Self>) -> Result<()> {
        (*self).close()
    }
}
