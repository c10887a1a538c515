//! The index of keys: which positions may hold the event with a key. It recognises repeats and finds events by id.
//!
//! Recent keys are in memory; older ones in sorted files that are never changed ("runs"), each with a Bloom filter and the
//! first key of each page in memory. The log is the truth: the index can be rebuilt from it, and as it keeps hashes of
//! keys, the caller looks into the log whether a candidate has the key that it asked for.

mod bloom;
mod merge;
mod run;
mod table;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use storage::Storage;
use types::{Micros, Position};
use xxhash_rust::xxh3::xxh3_64_with_seed;

pub use self::merge::{Merge, Merged};
use self::{
    run::{Run, Span},
    table::Table,
};

/// Runs whose merged size is at most this many keys are merged while flushing; larger ones by [`Merge`].
const INLINE_KEYS_MAX: u64 = 1 << 18;

/// Why the index cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Files.
    #[error(transparent)]
    Storage(#[from] storage::Error),
    /// A file that is not what was written.
    #[error("{}: {what}; remove the file, and the next start rebuilds it from the log", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
}

/// A place where the event with a key may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its position.
    pub position: Position,
    /// Hash of its content.
    pub content: u64,
}

/// A key in the index.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry {
    hash: u64,
    position: Position,
    content: u64,
}

/// All keys of a log.
#[derive(Debug)]
pub struct Index {
    storage: Arc<dyn Storage>,
    directory: PathBuf,
    recent: Table,
    /// Arrivals of the recent keys, the earliest and the latest.
    arrived: Option<(Micros, Micros)>,
    /// By ascending position, without gap or overlap.
    runs: Vec<Arc<Run>>,
    covered: Position,
    damaged: Vec<Error>,
    /// Files that the next flush makes superfluous.
    stale: Vec<(PathBuf, Span)>,
}

impl Index {
    /// Opens the index in `directory`, making it when it is absent. The caller then inserts what is in the log from
    /// [`Index::covered`] on.
    ///
    /// # Errors
    /// Those of the storage. A damaged file is none: see [`Index::damaged`].
    pub fn open(storage: Arc<dyn Storage>, directory: &Path) -> Result<Self, Error> {
        storage.create_directories(directory, "the index of keys")?;
        let mut runs: Vec<Arc<Run>> = Vec::new();
        let (mut damaged, mut stale) = (Vec::new(), Vec::new());
        let mut covered = 0;
        for (name, span) in run::names(&*storage, directory)? {
            let path = directory.join(name);
            // Of two that start alike the longer one comes first: the others were merged into it.
            if span.end <= covered {
                storage.remove(&path)?;
                continue;
            }
            // What comes after a gap is rebuilt from the log.
            if span.first == covered {
                match Run::open(&*storage, &path, span) {
                    Ok(run) => {
                        covered = span.end;
                        runs.push(Arc::new(run));
                        continue;
                    }
                    Err(error @ Error::Damaged { .. }) => damaged.push(error),
                    Err(error) => return Err(error),
                }
            }
            stale.push((path, span));
        }
        let directory = directory.to_path_buf();
        Ok(Self {
            storage,
            directory,
            recent: Table::default(),
            arrived: None,
            runs,
            covered,
            damaged,
            stale,
        })
    }

    /// Events before this position are in files.
    pub fn covered(&self) -> Position {
        self.covered
    }

    /// Files that were passed over, and why; what they held is rebuilt from the log.
    pub fn damaged(&self) -> &[Error] {
        &self.damaged
    }

    /// Adds an event. One before [`Index::covered`] is there already.
    pub fn insert(&mut self, stream: u64, key: &[u8], position: Position, content: u64, arrived: Micros) {
        if position < self.covered {
            return;
        }
        let (earliest, latest) = self.arrived.unwrap_or((arrived, arrived));
        self.arrived = Some((earliest.min(arrived), latest.max(arrived)));
        self.recent.insert(Entry { hash: key_hash(stream, key), position, content });
    }

    /// Every place where the event may be, by ascending position.
    ///
    /// # Errors
    /// Those of the files.
    pub fn find(&self, stream: u64, key: &[u8]) -> Result<Vec<Candidate>, Error> {
        self.find_since(stream, key, Micros::MIN)
    }

    /// As [`Index::find`], but files in which everything arrived before `since` are passed over.
    ///
    /// # Errors
    /// Those of the files.
    pub fn find_since(&self, stream: u64, key: &[u8], since: Micros) -> Result<Vec<Candidate>, Error> {
        let hash = key_hash(stream, key);
        let mut found = Vec::new();
        for run in &self.runs {
            if run.latest() >= since {
                run.find(hash, &mut found)?;
            }
        }
        self.recent.find(hash, &mut found);
        found.sort_unstable_by_key(|candidate: &Candidate| candidate.position);
        Ok(found)
    }

    /// Number of keys in memory and in files.
    pub fn len(&self) -> u64 {
        self.recent.len() as u64 + self.runs.iter().map(|run| run.len()).sum::<u64>()
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of memory that the index takes.
    pub fn bytes(&self) -> usize {
        self.recent.bytes() + self.runs.iter().map(|run| run.bytes()).sum::<usize>()
    }

    /// Writes the recent keys to a file that covers the log up to `end`, which the log must be durable up to: an
    /// index that knew of positions that a crash takes back would hide the events that get them next.
    ///
    /// # Errors
    /// Those of the storage; the keys are then still in memory.
    ///
    /// # Panics
    /// When a key at or after `end` was inserted.
    pub fn flush(&mut self, end: Position) -> Result<(), Error> {
        assert!(
            self.recent.last_position().is_none_or(|last| last < end),
            "the index is flushed at the log's end"
        );
        if end <= self.covered {
            return Ok(());
        }
        let span = Span { first: self.covered, end };
        let entries = self.recent.sorted();
        let arrived = self.arrived.unwrap_or((Micros::MAX, Micros::MIN));
        let mut writer =
            run::Writer::create(&*self.storage, &self.directory, span, entries.len() as u64, arrived)?;
        for entry in &entries {
            writer.push(*entry)?;
        }
        self.runs.push(Arc::new(writer.finish()?));
        self.covered = end;
        self.recent.clear();
        self.arrived = None;
        self.remove_stale()?;
        while let Some(merge) = self.merge_due().filter(|merge| merge.keys() <= INLINE_KEYS_MAX) {
            let merged = merge.run()?;
            self.install(merged)?;
        }
        Ok(())
    }

    /// Removes the files that the runs replace.
    fn remove_stale(&mut self) -> Result<(), Error> {
        let covered = self.covered;
        let (gone, kept) =
            std::mem::take(&mut self.stale).into_iter().partition(|(_, span)| span.end <= covered);
        self.stale = kept;
        let gone: Vec<(PathBuf, Span)> = gone;
        for (path, _) in gone {
            if self.runs.iter().all(|run| run.path() != path) {
                self.storage.remove(&path)?;
            }
        }
        Ok(())
    }

    /// Files that are better one, if there are: merge them on any thread and [`Index::install`] the result. Without
    /// it a look-up gets slower with every flush.
    pub fn merge_due(&self) -> Option<Merge> {
        Merge::due(&self.storage, &self.directory, &self.runs)
    }

    /// Puts a merged file in the place of its parts.
    ///
    /// # Errors
    /// Those of the storage while it removes the parts, which then stay until the next start.
    pub fn install(&mut self, merged: Merged) -> Result<(), Error> {
        let Merged { run, parts } = merged;
        let start = self.runs.iter().position(|run| Arc::ptr_eq(run, &parts[0]));
        let start = start.expect("the parts of a merge stay until it is installed");
        self.runs.splice(start..start + parts.len(), [Arc::new(run)]);
        for part in &parts {
            self.storage.remove(part.path())?;
        }
        Ok(())
    }
}

/// The hash by which the index finds a key. Keys of different streams do not meet.
pub fn key_hash(stream: u64, key: &[u8]) -> u64 {
    xxh3_64_with_seed(key, stream)
}

#[cfg(test)]
mod tests;
