//! The simulated disk behind its lock: names, files, planned faults, and what happens at each call.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::{Path, PathBuf},
};

use super::{
    Stop,
    bytes::Inode,
    names::{Names, Node},
    random::Random,
};
use crate::{Error, Result, parent};

pub(super) type InodeNumber = usize;

/// The process id that a simulated lock names.
const SIMULATED_PID: u32 = 1;

/// One seed in so many has a disk without second names for files.
const SEEDS_BY_LINKS: u64 = 3;

/// The faults to come.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) stop_at: Option<(u64, Stop)>,
    pub(super) fail_write: Option<u64>,
    pub(super) fail_sync: Option<u64>,
    pub(super) skip_sync: Option<u64>,
    pub(super) skip_purpose: Option<&'static str>,
    pub(super) capacity: Option<u64>,
}

#[derive(Debug)]
pub(super) struct World {
    random: Random,
    names: Names,
    inodes: Vec<Inode>,
    /// Locks by path, with the boot in which they were taken.
    locks: BTreeMap<PathBuf, u64>,
    boot: u64,
    pub(super) has_links: bool,
    pub(super) stopped: bool,
    pub(super) plan: Plan,
    pub(super) operations: u64,
    pub(super) writes: u64,
    pub(super) syncs: u64,
    pub(super) purposes: BTreeMap<&'static str, u64>,
}

/// What becomes of a sync.
enum Sync {
    Done,
    Skipped,
    Lost,
}

impl World {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            random: Random::new(seed),
            names: Names::default(),
            inodes: Vec::new(),
            locks: BTreeMap::new(),
            boot: 0,
            has_links: !seed.is_multiple_of(SEEDS_BY_LINKS),
            stopped: false,
            plan: Plan::default(),
            operations: 0,
            writes: 0,
            syncs: 0,
            purposes: BTreeMap::new(),
        }
    }

    pub(super) fn stop(&mut self, stop: Stop) {
        self.stopped = true;
        self.boot += 1;
        self.locks.clear();
        if stop == Stop::Power {
            self.names.cut_power(&mut self.random);
            for inode in &mut self.inodes {
                inode.cut_power(&mut self.random);
            }
        }
    }

    pub(super) fn restart(&mut self) {
        self.stopped = false;
        self.plan =
            Plan { skip_purpose: self.plan.skip_purpose, capacity: self.plan.capacity, ..Plan::default() };
    }

    pub(super) fn used(&self) -> u64 {
        // A file with two names is there once.
        let inodes: BTreeSet<InodeNumber> = self.names.files().collect();
        inodes.into_iter().map(|inode| self.inodes[inode].len()).sum()
    }

    pub(super) fn flip(&mut self, path: &Path, offset: u64, mask: u8) -> Result<()> {
        let inode = self.inode(path)?;
        self.inodes[inode].flip(offset, mask);
        Ok(())
    }

    /// Refuses calls while stopped, and through handles from before a stop.
    fn running(&self, path: &Path, boot: u64) -> Result<()> {
        if self.stopped || boot != self.boot {
            return Err(failed(path, "reach it", "the simulated machine stopped"));
        }
        Ok(())
    }

    /// Counts a changing call; says whether the machine stops during it, which `end` then does.
    fn operation(&mut self, path: &Path, boot: u64) -> Result<Option<Stop>> {
        self.running(path, boot)?;
        let number = self.operations;
        self.operations += 1;
        Ok(self.plan.stop_at.filter(|(at, _)| *at == number).map(|(_, stop)| stop))
    }

    /// Ends a call during which the machine stops.
    fn end(&mut self, path: &Path, stop: Option<Stop>) -> Result<()> {
        match stop {
            None => Ok(()),
            Some(stop) => {
                self.stop(stop);
                self.running(path, self.boot)
            }
        }
    }

    fn inode(&self, path: &Path) -> Result<InodeNumber> {
        match self.names.get(path) {
            Some(Node::File(inode)) => Ok(inode),
            Some(Node::Directory) => Err(failed(path, "open it", "it is a directory")),
            None => Err(Error::NotFound { path: path.to_path_buf() }),
        }
    }

    /// Refuses a name in a directory that does not exist.
    fn placed(&self, path: &Path) -> Result<()> {
        match parent(path).and_then(|parent| self.names.get(&parent)) {
            Some(Node::Directory) => Ok(()),
            _ => Err(Error::NotFound { path: path.to_path_buf() }),
        }
    }

    pub(super) fn find(&self, path: &Path) -> Result<(InodeNumber, u64)> {
        self.running(path, self.boot)?;
        Ok((self.inode(path)?, self.boot))
    }

    pub(super) fn exists(&self, path: &Path) -> Result<bool> {
        self.running(path, self.boot)?;
        Ok(self.names.get(path).is_some())
    }

    pub(super) fn list(&self, directory: &Path) -> Result<Vec<String>> {
        self.running(directory, self.boot)?;
        match self.names.get(directory) {
            Some(Node::Directory) => Ok(self.names.list(directory)),
            _ => Err(Error::NotFound { path: directory.to_path_buf() }),
        }
    }

    pub(super) fn create(&mut self, path: &Path) -> Result<(InodeNumber, u64)> {
        let boot = self.boot;
        let stop = self.operation(path, boot)?;
        self.placed(path)?;
        let inode = match self.names.get(path) {
            Some(_) => {
                let inode = self.inode(path)?;
                self.inodes[inode].set_len(0);
                inode
            }
            None => {
                self.inodes.push(Inode::default());
                self.names.link(path, Node::File(self.inodes.len() - 1));
                self.inodes.len() - 1
            }
        };
        self.end(path, stop)?;
        Ok((inode, boot))
    }

    pub(super) fn create_directory(&mut self, path: &Path) -> Result<()> {
        let stop = self.operation(path, self.boot)?;
        self.placed(path)?;
        match self.names.get(path) {
            Some(Node::Directory) => {}
            Some(Node::File(_)) => return Err(failed(path, "create the directory", "a file has its name")),
            None => self.names.link(path, Node::Directory),
        }
        self.end(path, stop)
    }

    pub(super) fn rename(&mut self, from: &Path, to: &Path) -> Result<()> {
        let stop = self.operation(from, self.boot)?;
        let inode = self.inode(from)?;
        self.placed(to)?;
        self.names.rename(from, to, Node::File(inode));
        self.end(from, stop)
    }

    pub(super) fn add_name(&mut self, from: &Path, to: &Path) -> Result<bool> {
        let stop = self.operation(to, self.boot)?;
        let inode = self.inode(from)?;
        self.placed(to)?;
        if self.names.get(to).is_some() {
            return Err(failed(to, "link it", "something has its name"));
        }
        if self.has_links {
            self.names.link(to, Node::File(inode));
        }
        self.end(to, stop)?;
        Ok(self.has_links)
    }

    pub(super) fn remove(&mut self, path: &Path) -> Result<()> {
        let stop = self.operation(path, self.boot)?;
        self.inode(path)?;
        self.names.unlink(path);
        self.end(path, stop)
    }

    pub(super) fn lock(&mut self, path: &Path) -> Result<u64> {
        self.running(path, self.boot)?;
        self.placed(path)?;
        if self.locks.contains_key(path) {
            return Err(Error::Locked { path: path.to_path_buf(), pid: Some(SIMULATED_PID) });
        }
        self.locks.insert(path.to_path_buf(), self.boot);
        Ok(self.boot)
    }

    pub(super) fn unlock(&mut self, path: &Path, boot: u64) {
        if self.locks.get(path) == Some(&boot) {
            self.locks.remove(path);
        }
    }

    pub(super) fn read(
        &self,
        path: &Path,
        inode: InodeNumber,
        boot: u64,
        offset: u64,
        into: &mut [u8],
    ) -> Result<usize> {
        self.running(path, boot)?;
        Ok(self.inodes[inode].read(offset, into))
    }

    pub(super) fn len(&self, path: &Path, inode: InodeNumber, boot: u64) -> Result<u64> {
        self.running(path, boot)?;
        Ok(self.inodes[inode].len())
    }

    pub(super) fn write(
        &mut self,
        path: &Path,
        inode: InodeNumber,
        boot: u64,
        offset: u64,
        bytes: &[u8],
    ) -> Result<()> {
        let stop = self.operation(path, boot)?;
        let number = self.writes;
        self.writes += 1;
        if self.plan.fail_write == Some(number) {
            let written = self.random.below(bytes.len() as u64 + 1) as usize;
            self.inodes[inode].write(offset, &bytes[..written]);
            return Err(failed(path, "write it", "a planned fault"));
        }
        let fits = self.fits(inode, offset, bytes.len());
        self.inodes[inode].write(offset, &bytes[..fits]);
        if fits < bytes.len() {
            return Err(Error::Full { path: path.to_path_buf() });
        }
        self.end(path, stop)
    }

    /// How many of `len` bytes at `offset` have room.
    fn fits(&self, inode: InodeNumber, offset: u64, len: usize) -> usize {
        let Some(capacity) = self.plan.capacity else { return len };
        let has = self.inodes[inode].len();
        let end_max = has + capacity.saturating_sub(self.used());
        (end_max.saturating_sub(offset) as usize).min(len)
    }

    pub(super) fn set_len(&mut self, path: &Path, inode: InodeNumber, boot: u64, len: u64) -> Result<()> {
        let stop = self.operation(path, boot)?;
        self.inodes[inode].set_len(len);
        self.end(path, stop)
    }

    pub(super) fn sync_data(
        &mut self,
        path: &Path,
        inode: InodeNumber,
        boot: u64,
        purpose: &'static str,
    ) -> Result<()> {
        let stop = self.operation(path, boot)?;
        match self.sync(purpose, stop) {
            Sync::Done => self.inodes[inode].sync(),
            Sync::Skipped => {}
            Sync::Lost => {
                self.inodes[inode].lose_pending(&mut self.random);
                return Err(failed(path, &format!("sync {purpose}"), "a planned fault"));
            }
        }
        self.end(path, stop)
    }

    pub(super) fn sync_directory(&mut self, path: &Path, purpose: &'static str) -> Result<()> {
        let stop = self.operation(path, self.boot)?;
        if self.names.get(path) != Some(Node::Directory) {
            return Err(Error::NotFound { path: path.to_path_buf() });
        }
        match self.sync(purpose, stop) {
            Sync::Done => self.names.sync(path),
            Sync::Skipped => {}
            // Names are in the file system's journal, which forgets nothing: a later sync can succeed.
            Sync::Lost => {
                return Err(failed(path, &format!("sync {purpose}"), "a planned fault"));
            }
        }
        self.end(path, stop)
    }

    fn sync(&mut self, purpose: &'static str, stop: Option<Stop>) -> Sync {
        let number = self.syncs;
        self.syncs += 1;
        *self.purposes.entry(purpose).or_default() += 1;
        if self.plan.fail_sync == Some(number) {
            return Sync::Lost;
        }
        // A sync during which the machine stops has either happened or not.
        let skipped = self.plan.skip_sync == Some(number)
            || self.plan.skip_purpose == Some(purpose)
            || (stop.is_some() && self.random.coin());
        if skipped { Sync::Skipped } else { Sync::Done }
    }
}

fn failed(path: &Path, action: &str, reason: &'static str) -> Error {
    Error::Failed { path: path.to_path_buf(), action: action.to_owned(), reason: io::Error::other(reason) }
}
