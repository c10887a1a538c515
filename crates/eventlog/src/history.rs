//! The embedded log as a kept history: seeking, archiving and releasing its segments, from any thread.

use std::{
    collections::BTreeMap,
    ops::ControlFlow,
    sync::{Arc, Mutex},
};

use crate::{
    Address, Cursors, Frame, Frames, History, Reader, Result, Segment, Until,
    chain::{corrupt, file_name},
    check::{Place, offset},
    format::RawHeader,
    index::{self, Index},
    recovery,
    shared::Shared,
    window::Window,
};

/// Indexes of sealed segments kept in memory at most, each a few kilobytes.
const INDEXES_MAX: usize = 1024;
/// Bytes that a header scan reads at a time.
const SCAN_BYTES: usize = 64 << 10;
const TEMPORARY: &str = ".tmp";

/// What [`EmbeddedHistory::release`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Released {
    /// Local segment files removed.
    pub segments: usize,
    /// Bytes that they took.
    pub bytes: u64,
}

/// The history of an open embedded log.
#[derive(Debug)]
pub struct EmbeddedHistory {
    shared: Arc<Shared>,
    indexes: Mutex<BTreeMap<Address, Arc<Index>>>,
    /// Archiving and releasing take turns.
    upkeep: Mutex<()>,
}

impl EmbeddedHistory {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, indexes: Mutex::default(), upkeep: Mutex::new(()) }
    }

    /// Archives every sealed segment that is not yet, verified frame by frame, and returns how many. On the log's own file
    /// system a segment gets a second name, since it is durable and nobody writes it any more; to another one it is copied,
    /// and a copy has its name only once it is durable. Does nothing without an archive.
    ///
    /// # Errors
    /// [`Error::Corrupt`] for a damaged segment, [`Error::Full`], and those of the storage; what was archived stays.
    pub fn archive(&self) -> Result<usize> {
        let _turn = self.upkeep.lock().expect("no thread panics while it archives");
        self.shared.check_open()?;
        if self.shared.places.archive.is_none() {
            return Ok(0);
        }
        self.remove_temporary()?;
        let waiting: Vec<Segment> = self.segments().into_iter().filter(|segment| !segment.archived).collect();
        let mut count = 0;
        for segment in waiting {
            let Some(end) = segment.end else { continue };
            self.archive_segment(&segment, end)?;
            let mut chain = self.shared.chain();
            let place = chain.place(segment.first).expect("only this turn removes segments");
            chain.segments[place].archived = true;
            count += 1;
        }
        Ok(count)
    }

    /// What an interrupted turn left.
    fn remove_temporary(&self) -> Result<()> {
        let archive =
            self.shared.places.archive.as_ref().expect("the caller checked that there is an archive");
        for name in self.shared.storage.list(archive)? {
            if name.ends_with(TEMPORARY) {
                self.shared.storage.remove(&archive.join(name))?;
            }
        }
        Ok(())
    }

    fn archive_segment(&self, segment: &Segment, end: Address) -> Result<()> {
        let Shared { storage, places, generation, .. } = &*self.shared;
        let archive = places.archive.as_ref().expect("the caller checked that there is an archive");
        let temporary = archive.join(format!("{}.{generation}{TEMPORARY}", file_name(segment.first)));
        let local = places.local(segment.first);
        // A second name must never be opened to write, which a copy over it would be: what an interrupted turn left is gone.
        let is_linked = storage.link(&local, &temporary)?;
        let archived =
            if is_linked { storage.open_to_read(&temporary)? } else { storage.copy(&local, &temporary)? };
        let scan = recovery::scan(&*archived, segment, end)?;
        if let Some(flaw) = scan.flaw {
            return Err(corrupt(local, offset(segment.first, scan.end), flaw));
        }
        if !is_linked {
            archived.sync_data("archived segment")?;
        }
        storage.rename(&temporary, &archive.join(file_name(segment.first)))?;
        storage.sync_directory(archive, "archived segment's name")?;
        Ok(())
    }

    /// Reads everything durable that is kept, and returns where that ends. Opening checks the newest segment only.
    ///
    /// # Errors
    /// [`crate::Error::Corrupt`] with the first damaged file, and those of the storage.
    pub fn verify(&self) -> Result<Address> {
        let (mut reader, mut frame) = (self.reader(self.start(), Until::Durable)?, Frame::default());
        while reader.read(&mut frame)? {}
        Ok(reader.cursor())
    }

    /// Removes local files of sealed segments that end at or before `below`. With an archive, only of archived ones,
    /// which are then read from there; without one, the history itself goes, and none that a registered reader needs.
    ///
    /// # Errors
    /// Those of the storage, and of reading the registered readers' cursors.
    pub fn release(&self, below: Address) -> Result<Released> {
        let _turn = self.upkeep.lock().expect("no thread panics while it releases");
        self.shared.check_open()?;
        let Shared { storage, places, .. } = &*self.shared;
        let archived_only = places.archive.is_some();
        let kept_from = if archived_only {
            below
        } else {
            let cursors = Cursors::open(Arc::clone(storage), &places.data)?.all()?;
            cursors.into_values().fold(below, Address::min)
        };
        let mut released = Released::default();
        for segment in self.segments() {
            let Some(end) = segment.end.filter(|end| *end <= kept_from) else { break };
            if !segment.local || (archived_only && !segment.archived) {
                continue;
            }
            storage.remove(&places.local(segment.first))?;
            if !archived_only {
                // One after the other, so that a power cut leaves no hole.
                storage.sync_directory(&places.log, "released segment's name")?;
            }
            released.segments += 1;
            released.bytes += offset(segment.first, end);
            self.forget(&segment, archived_only);
        }
        Ok(released)
    }

    fn forget(&self, segment: &Segment, archived: bool) {
        let mut chain = self.shared.chain();
        let place = chain.place(segment.first).expect("only this turn removes segments");
        if archived {
            chain.segments[place].local = false;
        } else {
            chain.segments.remove(place);
        }
    }

    /// The index of a sealed segment, made at its first use.
    fn index(&self, segment: &Segment, end: Address) -> Result<Arc<Index>> {
        let known = |indexes: &BTreeMap<Address, Arc<Index>>| indexes.get(&segment.first).cloned();
        let locked = || self.indexes.lock().expect("no thread panics while it looks up an index");
        if let Some(index) = known(&locked()) {
            return Ok(index);
        }
        let mut index = Index::default();
        let mut next_position = segment.first_position;
        self.scan(segment, segment.first, end, |header| {
            index.push(next_position, header.address);
            if header.public.consumes {
                next_position = header.public.position + u64::from(header.public.count);
            }
            ControlFlow::<()>::Continue(())
        })?;
        let index = Arc::new(index);
        let mut indexes = locked();
        if indexes.len() >= INDEXES_MAX {
            indexes.clear();
        }
        indexes.insert(segment.first, Arc::clone(&index));
        Ok(index)
    }

    fn scan<T>(
        &self,
        segment: &Segment,
        from: Address,
        limit: Address,
        visit: impl FnMut(&RawHeader) -> ControlFlow<T>,
    ) -> Result<Option<T>> {
        let (file, path) = self.shared.places.open(&*self.shared.storage, segment)?;
        let place = Place { file: &*file, first: segment.first, limit };
        let scanned = index::scan(&place, &mut Window::new(SCAN_BYTES), from, visit)?;
        scanned.map_err(|(address, flaw)| corrupt(path, offset(segment.first, address), flaw))
    }

    /// Where to look for `position`, and where its segment ends.
    fn near(&self, segment: &Segment, position: u64) -> Result<Option<(Option<Address>, Address)>> {
        match segment.end {
            Some(end) => Ok(Some((self.index(segment, end)?.before(position), end))),
            None => Ok(self.shared.seek_tail(segment.first, position)),
        }
    }
}

impl History for EmbeddedHistory {
    fn start(&self) -> Address {
        self.shared.chain().start().expect("there is always a segment being written")
    }

    fn reader(&self, from: Address, until: Until) -> Result<Box<dyn Frames>> {
        Ok(Box::new(Reader::inside(Arc::clone(&self.shared), from, until)?))
    }

    fn seek(&self, position: u64) -> Result<Option<Address>> {
        loop {
            let segment = self.shared.chain().with_position(position);
            let Some(segment) = segment else { return Ok(None) };
            // None if the newest segment was left meanwhile: look again.
            let Some((near, end)) = self.near(&segment, position)? else { continue };
            let Some(near) = near else { return Ok(None) };
            let found = self.scan(&segment, near, end, |header| match header {
                header if header.holds(position) => ControlFlow::Break(Some(header.address)),
                header if header.public.consumes && header.public.position > position => {
                    ControlFlow::Break(None)
                }
                _ => ControlFlow::Continue(()),
            })?;
            return Ok(found.flatten());
        }
    }

    fn segments(&self) -> Vec<Segment> {
        self.shared.chain().segments.clone()
    }
}
