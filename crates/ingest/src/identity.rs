//! The index of keys: which positions may hold the event with a key. It recognises repeats and finds events by id.
//!
//! Recent keys are in memory; older ones in sorted files that are never changed ("runs"), each with a Bloom filter and the
//! first key of each page in memory. The log is the truth: the index can be rebuilt from it, and as it keeps hashes of
//! keys, the caller looks into the log whether a candidate has the key that it asked for.

mod bloom;
mod flush;
mod leftovers;
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

use self::{
    flush::Frozen,
    run::{Run, Span},
    table::Table,
};
pub use self::{
    flush::{Flush, Flushed},
    leftovers::Leftovers,
    merge::{Merge, Merged},
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
    /// Keys on their way to a file.
    frozen: Option<Arc<Frozen>>,
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
            frozen: None,
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
        self.find_in_memory(hash, &mut found);
        found.sort_unstable_by_key(|candidate: &Candidate| candidate.position);
        Ok(found)
    }

    /// As [`Index::find`], in two steps: the second one reads the files, and does without the index.
    pub fn look_up(&self, stream: u64, key: &[u8]) -> LookUp {
        let hash = key_hash(stream, key);
        let mut found = Vec::new();
        self.find_in_memory(hash, &mut found);
        LookUp { hash, runs: self.runs.clone(), found }
    }

    fn find_in_memory(&self, hash: u64, found: &mut Vec<Candidate>) {
        if let Some(frozen) = &self.frozen {
            frozen.table.find(hash, found);
        }
        self.recent.find(hash, found);
    }

    /// Number of keys in memory and in files.
    pub fn len(&self) -> u64 {
        let frozen = self.frozen.as_ref().map_or(0, |frozen| frozen.table.len());
        (self.recent.len() + frozen) as u64 + self.runs.iter().map(|run| run.len()).sum::<u64>()
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of memory that the index takes.
    pub fn bytes(&self) -> usize {
        let frozen = self.frozen.as_ref().map_or(0, |frozen| frozen.table.bytes());
        self.recent.bytes() + frozen + self.runs.iter().map(|run| run.bytes()).sum::<usize>()
    }

    /// Writes the recent keys to a file that covers the log up to `end`, which the log must be durable up to: an
    /// index that knew of positions that a crash takes back would hide the events that get them next.
    ///
    /// # Errors
    /// Those of the storage; the keys are then still in memory.
    ///
    /// # Panics
    /// As [`Index::freeze`].
    pub fn flush(&mut self, end: Position) -> Result<(), Error> {
        let Some(flush) = self.freeze(end) else { return Ok(()) };
        match flush.run() {
            Ok(flushed) => self.flushed(flushed)?.remove()?,
            Err(error) => {
                self.thaw();
                return Err(error);
            }
        }
        while let Some(merge) = self.merge_due().filter(|merge| merge.keys() <= INLINE_KEYS_MAX) {
            let merged = merge.run()?;
            self.install(merged).remove()?;
        }
        Ok(())
    }

    /// The recent keys as a file to be written, on any thread, once the log is durable up to `end`. They are found
    /// meanwhile; then comes [`Index::flushed`] or [`Index::thaw`]. `None` when the files cover the log up to there.
    ///
    /// # Panics
    /// When a key at or after `end` was inserted, or other keys are on their way.
    pub fn freeze(&mut self, end: Position) -> Option<Flush> {
        assert!(
            self.recent.last_position().is_none_or(|last| last < end),
            "the index is flushed at the log's end"
        );
        assert!(self.frozen.is_none(), "one flush ends before the next begins");
        if end <= self.covered {
            return None;
        }
        let frozen = Arc::new(Frozen {
            table: std::mem::take(&mut self.recent),
            arrived: self.arrived.take().unwrap_or((Micros::MAX, Micros::MIN)),
            span: Span { first: self.covered, end },
        });
        self.frozen = Some(Arc::clone(&frozen));
        Some(Flush::new(Arc::clone(&self.storage), self.directory.clone(), frozen))
    }

    /// Puts a file in the place of the keys that it was written from.
    ///
    /// # Errors
    /// Those of the storage while it removes files that are not needed any more; they stay until the next start.
    pub fn flushed(&mut self, flushed: Flushed) -> Result<Leftovers, Error> {
        self.covered = flushed.run.span().end;
        self.runs.push(Arc::new(flushed.run));
        self.remove_stale()?;
        Ok(Leftovers::keys(self.frozen.take()))
    }

    /// Takes the keys back of which no file was written.
    pub fn thaw(&mut self) {
        let Some(frozen) = self.frozen.take() else { return };
        frozen.table.entries().for_each(|entry| self.recent.insert(entry));
        let (earliest, latest) = self.arrived.unwrap_or((Micros::MAX, Micros::MIN));
        let arrived = (earliest.min(frozen.arrived.0), latest.max(frozen.arrived.1));
        self.arrived = (arrived.0 <= arrived.1).then_some(arrived);
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

    /// Puts a merged file in the place of its parts, which are left over.
    pub fn install(&mut self, merged: Merged) -> Leftovers {
        let Merged { run, parts } = merged;
        let start = self.runs.iter().position(|run| Arc::ptr_eq(run, &parts[0]));
        let start = start.expect("the parts of a merge stay until it is installed");
        self.runs.splice(start..start + parts.len(), [Arc::new(run)]);
        Leftovers::files(Arc::clone(&self.storage), parts)
    }
}

/// A look-up that has asked the keys in memory, and not the files yet.
#[derive(Debug)]
pub struct LookUp {
    hash: u64,
    runs: Vec<Arc<Run>>,
    found: Vec<Candidate>,
}

impl LookUp {
    /// Every place where the event may be, by ascending position.
    ///
    /// # Errors
    /// Those of the files.
    pub fn find(self) -> Result<Vec<Candidate>, Error> {
        let Self { hash, runs, mut found } = self;
        runs.iter().try_for_each(|run| run.find(hash, &mut found))?;
        found.sort_unstable_by_key(|candidate| candidate.position);
        Ok(found)
    }
}

/// The hash by which the index finds a key. Keys of different streams do not meet.
pub fn key_hash(stream: u64, key: &[u8]) -> u64 {
    xxh3_64_with_seed(key, stream)
}

#[cfg(test)]
mod tests;
