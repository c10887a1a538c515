//! A commit: the rows in memory go to files, and one manifest names the files and the place of the log up to which they hold
//! everything. It can be written while the follower goes on, so that what is new is seen at once.

use std::sync::Arc;

use eventlog::{Address, Cursors};
use types::{Micros, Position};

use crate::{
    READER, Result,
    layout::{Kind, Stored},
    manifest::{LastFrame, Manifest, RelationEntry},
    open::Part,
    retention,
    segment::Segment,
    store::{Inner, Tables},
};

/// Rows in memory, over all tables, before they go to files.
pub const ROWS_IN_MEMORY_MAX: usize = 131_072;
/// Bytes of their frames, likewise; decoded they take a few times as much.
pub const BYTES_IN_MEMORY_MAX: u64 = 32 << 20;

/// Up to where a commit goes.
#[derive(Clone, Copy, Debug)]
pub struct Cut {
    /// The last frame.
    pub last: Option<LastFrame>,
    /// The position after it.
    pub next_position: Position,
    /// The log's clock there.
    pub clock: Option<Micros>,
}

/// Rows of one table on their way to a file.
struct Work {
    key: (Kind, String),
    number: u64,
    stored: Vec<Stored>,
    parts: Vec<Part>,
}

/// A file that was written, and of how many parts in memory it takes the place.
struct Written {
    key: (Kind, String),
    parts: usize,
    segment: Arc<Segment>,
}

/// A commit that has begun: what goes to files is settled, and the follower may go on while it is written.
pub struct Commit {
    tables: Arc<Tables>,
    cut: Cut,
    work: Vec<Work>,
    /// Bytes of the frames whose rows it writes.
    bytes: u64,
}

impl Commit {
    /// Writes the files and the manifest. After an error nothing has changed, but for the disk, where either state may be found.
    ///
    /// # Errors
    /// [`storage::Error::Full`] is worth another commit once there is space; any other ends the follower.
    pub fn write(mut self) -> Result<()> {
        let work = std::mem::take(&mut self.work);
        let tables = &*self.tables;
        let mut written = Vec::with_capacity(work.len());
        for work in work {
            let (key, parts) = (work.key.clone(), work.parts.len());
            written.push(Written { key, parts, segment: Arc::new(tables.write(work)?) });
        }
        // The names of all files before the manifest that needs them.
        tables.options.storage.sync_directory(&tables.directory, "tables' segments names")?;
        // What is retired later is named by this manifest still.
        let (manifest, retired) = {
            let mut inner = tables.inner();
            (inner.to_manifest(self.cut, &written), std::mem::take(&mut inner.retired))
        };
        if let Err(error) = tables.manifest.write(&manifest) {
            tables.inner().retired.extend(retired);
            return Err(error);
        }
        {
            let mut inner = tables.inner();
            for Written { key, parts, segment } in written {
                let relation =
                    inner.relations.get_mut(&key).expect("tables that have files of rows are never dropped");
                relation.parts.drain(..parts);
                relation.segments.push(segment);
            }
            inner.sealed = self.cut.last;
            inner.bytes_in_memory -= self.bytes;
            tables.changed(&mut inner);
        }
        retired.iter().for_each(|segment| segment.doom());
        tables.register()
    }
}

impl Drop for Commit {
    fn drop(&mut self) {
        self.tables.inner().is_committing = false;
    }
}

impl Tables {
    /// Whether so many times the rows are in memory that a commit should write.
    pub(crate) fn is_full(&self, times: usize) -> bool {
        let inner = self.inner();
        let rows: usize = inner.relations.values().map(super::relation::Relation::rows_in_memory).sum();
        rows >= times * ROWS_IN_MEMORY_MAX || inner.bytes_in_memory >= times as u64 * BYTES_IN_MEMORY_MAX
    }

    /// Begins to commit everything up to `cut`; none while another commit has not ended.
    pub(crate) fn begin(self: &Arc<Self>, cut: Cut) -> Option<Commit> {
        let mut inner = self.inner();
        if std::mem::replace(&mut inner.is_committing, true) {
            return None;
        }
        let (work, bytes) = (inner.prepare(cut.clock), inner.bytes_in_memory);
        Some(Commit { tables: Arc::clone(self), cut, work, bytes })
    }

    /// Tells the log from where on it is still needed: the frame that tells this log from another included.
    pub(crate) fn register(&self) -> Result<()> {
        let cursors = Cursors::open(Arc::clone(&self.options.storage), &self.options.data)?;
        let sealed = self.inner().sealed;
        cursors.set(READER, Address(sealed.map_or(0, |last| last.address)))?;
        Ok(())
    }

    fn write(&self, work: Work) -> Result<Segment> {
        let is_used = |stored: &&Stored| {
            work.parts.iter().any(|part| part.batch.column_by_name(&stored.stored).is_some())
        };
        let fields = work.stored.iter().filter(is_used).map(Stored::field).collect();
        let first = work.parts[0].span;
        let span = work.parts[1..].iter().fold(first, |span, part| span.and(part.span));
        let batches = work.parts.iter().map(|part| Ok(part.batch.clone()));
        Segment::write(&self.options.storage, &self.directory, work.number, fields, Some(span), batches)
    }
}

impl Inner {
    /// Settles the rows in memory, lets old ones go, and says what is to be written.
    fn prepare(&mut self, clock: Option<Micros>) -> Vec<Work> {
        let mut all = Vec::new();
        for (key, relation) in &mut self.relations {
            relation.settle();
            if let Some(clock) = clock {
                self.retired.extend(retention::expire(relation, clock));
            }
            if relation.parts.is_empty() {
                continue;
            }
            let number = self.next_segment;
            self.next_segment += 1;
            let (key, stored, parts) = (key.clone(), relation.stored.clone(), relation.parts.clone());
            all.push(Work { key, number, stored, parts });
        }
        all
    }

    fn to_manifest(&self, cut: Cut, written: &[Written]) -> Manifest {
        let entry = |relation: &super::relation::Relation| {
            let new = written.iter().filter(|new| new.key.0 == relation.kind && new.key.1 == relation.name);
            let segments = relation.segments.iter().chain(new.map(|new| &new.segment));
            RelationEntry {
                kind: relation.kind,
                name: relation.name.clone(),
                hot: relation.hot,
                stored: relation.stored.clone(),
                segments: segments.map(|segment| segment.entry().clone()).collect(),
            }
        };
        // A record after the cut is read again.
        let controls = self.controls.iter().filter(|entry| entry.position < cut.next_position);
        Manifest {
            last: cut.last,
            clock: cut.clock,
            next_position: cut.next_position,
            controls: controls.cloned().collect(),
            next_segment: self.next_segment,
            relations: self.relations.values().map(entry).collect(),
        }
    }
}
