//! What the writer, the syncer and the readers of one process share.

use std::sync::{
    Arc, Mutex, MutexGuard, OnceLock,
    atomic::{AtomicU64, Ordering},
};

use storage::{File, Storage};

use crate::{
    Address, Error, Result, Syncer,
    chain::{Chain, Places},
    mark::{Mark, MarkFile},
    recovery::Tail,
};

/// The shared part of an open log.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) storage: Arc<dyn Storage>,
    pub(crate) places: Places,
    pub(crate) generation: u32,
    chain: Mutex<Chain>,
    tail: Mutex<Tail>,
    publisher: Mutex<Publisher>,
    durable: AtomicU64,
    poison: OnceLock<String>,
}

/// Whoever holds it syncs; syncs take turns.
#[derive(Debug)]
pub(crate) struct Publisher {
    marks: MarkFile,
    published: Address,
    closed: bool,
}

impl Shared {
    pub(crate) fn new(
        storage: Arc<dyn Storage>,
        places: Places,
        generation: u32,
        chain: Chain,
        tail: Tail,
        marks: MarkFile,
    ) -> Self {
        let durable = tail.end;
        Self {
            storage,
            places,
            generation,
            chain: Mutex::new(chain),
            tail: Mutex::new(tail),
            publisher: Mutex::new(Publisher { marks, published: durable, closed: false }),
            durable: AtomicU64::new(durable.0),
            poison: OnceLock::new(),
        }
    }

    pub(crate) fn chain(&self) -> MutexGuard<'_, Chain> {
        self.chain.lock().expect("no thread panics while it holds the list of segments")
    }

    pub(crate) fn tail(&self) -> MutexGuard<'_, Tail> {
        self.tail.lock().expect("no thread panics while it holds the log's end")
    }

    fn publisher(&self) -> MutexGuard<'_, Publisher> {
        self.publisher.lock().expect("no thread panics while it syncs")
    }

    /// Refuses after a failed sync.
    pub(crate) fn check(&self) -> Result<()> {
        match self.poison.get() {
            Some(reason) => Err(Error::Poisoned { reason: reason.clone() }),
            None => Ok(()),
        }
    }

    /// Ends the log's life in this process, since nothing is known about its unsynced bytes.
    pub(crate) fn poison(&self, error: &storage::Error) -> Error {
        let reason = self.poison.get_or_init(|| error.to_string());
        Error::Poisoned { reason: reason.clone() }
    }

    /// Ends what outlives the log: a syncer that is late must not publish over the next opening.
    pub(crate) fn close(&self) {
        self.publisher().closed = true;
    }

    /// Refuses after the end of the log's life.
    pub(crate) fn check_open(&self) -> Result<()> {
        self.check_publisher(&self.publisher())
    }

    /// One fdatasync of the newest segment, if it has unsynced frames; what is in the others was synced before they
    /// were left.
    pub(crate) fn sync_for(&self, purpose: &'static str) -> Result<Address> {
        let mut publisher = self.publisher();
        let (file, end) = self.tail_file();
        if end > self.durable() {
            self.sync_file(&publisher, &*file, purpose)?;
            self.durable.store(end.0, Ordering::Release);
        }
        self.check_publisher(&publisher)?;
        if end > publisher.published {
            publisher.marks.publish(Mark { address: end, generation: self.generation })?;
            publisher.published = end;
        }
        Ok(end)
    }

    /// Makes it durable that the bytes of a refused frame were cut off, so that it never comes back.
    pub(crate) fn sync_undone(&self) -> Result<()> {
        let publisher = self.publisher();
        self.sync_file(&publisher, &*self.tail_file().0, "undone write")
    }

    fn sync_file(&self, publisher: &Publisher, file: &dyn File, purpose: &'static str) -> Result<()> {
        self.check_publisher(publisher)?;
        file.sync_data(purpose).map_err(|error| self.poison(&error))
    }

    fn check_publisher(&self, publisher: &Publisher) -> Result<()> {
        if publisher.closed { Err(Error::Closed) } else { self.check() }
    }

    /// Lets a new segment take the place of the newest, which is synced.
    pub(crate) fn replace_tail(&self, tail: Tail) {
        let first = tail.first;
        let mut chain = self.chain();
        let last = chain.segments.last_mut().expect("there is always a segment being written");
        assert!(last.first < first && self.durable() == first, "a segment is durable before it is left");
        last.end = Some(first);
        chain.segments.push(crate::recovery::active(&tail, self.generation));
        *self.tail() = tail;
    }

    /// A frame at or before the one that holds `position`, if the newest segment is still the one that starts at
    /// `first`, and the log's end.
    pub(crate) fn seek_tail(&self, first: Address, position: u64) -> Option<(Option<Address>, Address)> {
        let tail = self.tail();
        (tail.first == first).then(|| (tail.index.before(position), tail.end))
    }

    /// The newest segment's file and end.
    pub(crate) fn tail_file(&self) -> (Arc<dyn File>, Address) {
        let tail = self.tail();
        (Arc::clone(&tail.file), tail.end)
    }
}

impl Syncer for Shared {
    fn sync(&self) -> Result<Address> {
        self.sync_for("frames")
    }

    fn durable(&self) -> Address {
        Address(self.durable.load(Ordering::Acquire))
    }
}
