//! All checkpoints of a data directory: which to start from, and which to keep.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard},
};

use storage::Storage;

use crate::{Checkpoint, Result, Stamp, Writer, checkpoint::Refusal};

const EXTENSION: &str = ".ckpt";
const TEMPORARY: &str = ".tmp";
const DIGITS: usize = 20;

/// The directory `checkpoints` of a data directory. One process uses it at a time: whoever holds the log's lock.
#[derive(Debug)]
pub struct Checkpoints {
    storage: Arc<dyn Storage>,
    directory: PathBuf,
    /// Those that were checked in full by this process, so that pruning does not read them again.
    good: Mutex<BTreeMap<u64, Stamp>>,
}

/// The newest checkpoint that can be used.
#[derive(Debug, Default)]
pub struct Newest {
    /// None if there is none: the log is read from its start.
    pub checkpoint: Option<Checkpoint>,
    /// Newer ones that cannot be used, newest first. They are left as they are.
    pub skipped: Vec<Skipped>,
}

/// A checkpoint that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub reason: String,
}

/// What [`Checkpoints::prune`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Checkpoints removed.
    pub removed: usize,
    /// The oldest that is kept and good: the log is needed from its address on. None if there is none at all, and then
    /// the whole log is needed.
    pub oldest: Option<Stamp>,
}

impl Checkpoints {
    /// The checkpoints in `directory`, the data directory, which exists. What an interrupted one left is removed.
    ///
    /// # Errors
    /// Those of the storage.
    pub fn open(storage: Arc<dyn Storage>, directory: &Path) -> Result<Self> {
        let checkpoints = directory.join("checkpoints");
        storage.create_directory(&checkpoints)?;
        storage.sync_directory(directory, "checkpoint directory name")?;
        for name in storage.list(&checkpoints)? {
            if name.ends_with(TEMPORARY) {
                storage.remove(&checkpoints.join(name))?;
            }
        }
        // A process may have died between a checkpoint's rename and its sync: what is found from now on is durable.
        storage.sync_directory(&checkpoints, "recovered checkpoint names")?;
        Ok(Self { storage, directory: checkpoints, good: Mutex::default() })
    }

    /// The checkpoints of a data directory that another process may be using, to read only; none when there are none.
    pub fn existing(storage: Arc<dyn Storage>, directory: &Path) -> Self {
        Self { storage, directory: directory.join("checkpoints"), good: Mutex::default() }
    }

    fn good(&self) -> MutexGuard<'_, BTreeMap<u64, Stamp>> {
        self.good.lock().expect("no thread panics while it holds the list of checkpoints")
    }

    /// Begins a checkpoint of the state before `position`, from which the log goes on at `address`. `fingerprint` is
    /// whatever must be equal for the state to be of use: the caller compares it. One of the same position is replaced.
    ///
    /// # Errors
    /// [`crate::Error::TooLong`], [`crate::Error::Full`], and those of the storage.
    pub fn begin(&self, position: u64, address: u64, fingerprint: &[u8]) -> Result<Writer> {
        self.good().remove(&position);
        let (storage, directory) = (Arc::clone(&self.storage), self.directory.clone());
        Writer::begin(storage, directory, self.path(position), Stamp { position, address }, fingerprint)
    }

    /// The newest checkpoint whose every byte is as it was written.
    ///
    /// # Errors
    /// Those of listing the directory; a checkpoint that cannot be read is skipped.
    pub fn newest(&self) -> Result<Newest> {
        self.newest_before(u64::MAX)
    }

    /// As [`Checkpoints::newest`], among those of a position below `before`: for who cannot use a newer one.
    ///
    /// # Errors
    /// As [`Checkpoints::newest`].
    pub fn newest_before(&self, before: u64) -> Result<Newest> {
        let mut newest = Newest::default();
        for position in self.positions()?.into_iter().rev().filter(|position| *position < before) {
            match self.check(position) {
                Ok(checkpoint) => {
                    newest.checkpoint = Some(checkpoint);
                    break;
                }
                Err(skipped) => newest.skipped.push(skipped),
            }
        }
        Ok(newest)
    }

    /// Removes what is older than the newest `keep` good checkpoints; at least one is kept.
    ///
    /// # Errors
    /// Those of the storage.
    pub fn prune(&self, keep: usize) -> Result<Pruned> {
        let mut pruned = Pruned::default();
        let mut kept = 0;
        for position in self.positions()?.into_iter().rev() {
            if kept >= keep.max(1) {
                // If the removal is lost with the power, there is one more to skip or to use.
                self.storage.remove(&self.path(position))?;
                self.good().remove(&position);
                pruned.removed += 1;
                continue;
            }
            let known = self.good().get(&position).copied();
            if let Some(stamp) = known.or_else(|| Some(self.check(position).ok()?.stamp())) {
                kept += 1;
                pruned.oldest = Some(stamp);
            }
        }
        Ok(pruned)
    }

    /// Opens a checkpoint and checks it in full.
    fn check(&self, position: u64) -> Result<Checkpoint, Skipped> {
        let path = self.path(position);
        match Checkpoint::open(&*self.storage, path.clone(), position) {
            Ok(checkpoint) => {
                self.good().insert(position, checkpoint.stamp());
                Ok(checkpoint)
            }
            Err(Refusal::Damaged(reason)) => Err(Skipped { path, reason }),
            Err(Refusal::Unreadable(error)) => Err(Skipped { path, reason: error.to_string() }),
        }
    }

    fn positions(&self) -> Result<Vec<u64>> {
        Ok(self.storage.list(&self.directory)?.iter().filter_map(|name| parse(name)).collect())
    }

    fn path(&self, position: u64) -> PathBuf {
        self.directory.join(format!("{position:020}{EXTENSION}"))
    }
}

fn parse(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(EXTENSION)?;
    let valid = digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit());
    if valid { digits.parse().ok() } else { None }
}
