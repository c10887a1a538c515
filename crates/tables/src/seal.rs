//! A commit: the rows in memory go to files, and one manifest names the files and the place of the log up to which they hold
//! everything.

use std::sync::Arc;

use types::{Micros, Position};

use crate::{
    Result,
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

impl Tables {
    /// Whether as many rows are in memory as may be.
    pub(crate) fn is_full(&self) -> bool {
        let inner = self.inner();
        let rows: usize = inner.relations.values().map(super::relation::Relation::rows_in_memory).sum();
        rows >= ROWS_IN_MEMORY_MAX || inner.bytes_in_memory >= BYTES_IN_MEMORY_MAX
    }

    /// Commits everything up to `cut`. After an error nothing has changed, but for the disk, where either state may be found.
    pub(crate) fn seal(&self, cut: Cut) -> Result<()> {
        let work = self.inner().prepare(cut.clock);
        let mut written = Vec::with_capacity(work.len());
        for work in work {
            let (key, parts) = (work.key.clone(), work.parts.len());
            written.push((key, parts, Arc::new(self.write(work)?)));
        }
        // The names of all files, those of reference tables too, before the manifest that needs them.
        self.options.storage.sync_directory(&self.directory, "tables' segments names")?;
        let manifest = self.inner().to_manifest(cut, &written);
        self.manifest.write(&manifest)?;
        let retired = {
            let mut inner = self.inner();
            for (key, parts, segment) in written {
                let relation =
                    inner.relations.get_mut(&key).expect("only the follower, who commits, drops tables");
                relation.parts.drain(..parts);
                relation.segments.push(segment);
            }
            inner.sealed = cut.last;
            inner.bytes_in_memory = 0;
            self.changed(&mut inner);
            std::mem::take(&mut inner.retired)
        };
        retired.iter().for_each(|segment| segment.doom());
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

    fn to_manifest(&self, cut: Cut, written: &[((Kind, String), usize, Arc<Segment>)]) -> Manifest {
        let entry = |relation: &super::relation::Relation| {
            let new = written.iter().filter(|(key, ..)| *key == (relation.kind, relation.name.clone()));
            let segments = relation.segments.iter().chain(new.map(|(_, _, segment)| segment));
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
