//! A disk in memory that loses, tears, reorders, refuses and fills up by seed, so that durability is tested and not
//! hoped for.
//!
//! It keeps what a running process sees apart from what the platter holds. A power cut leaves of everything unsynced
//! whatever the seed says that POSIX allows: nothing, a prefix with its last write torn at any byte, any subset of the
//! writes or of their sectors, or all. A file's bytes and its name are durable separately. The same seed and the same
//! calls give the same faults.

mod bytes;
mod names;
mod random;
mod world;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard},
};

use self::world::{InodeNumber, World};
use crate::{File, Lock, Result, Storage};

/// How a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The process dies: everything it wrote is in the operating system's cache and stays.
    Kill,
    /// The power goes: what was not synced is lost or torn.
    Power,
}

/// The faulty disk; clones share it. After a stop every call fails until [`Faulty::restart`], and handles and locks
/// from before stay dead.
#[derive(Clone, Debug)]
pub struct Faulty {
    world: Arc<Mutex<World>>,
}

impl Faulty {
    /// An empty disk with a root directory, whose faults follow from `seed`.
    pub fn new(seed: u64) -> Self {
        Self { world: Arc::new(Mutex::new(World::new(seed))) }
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().expect("no thread panics while it holds the simulated disk")
    }

    /// Stops now.
    pub fn stop(&self, stop: Stop) {
        self.world().stop(stop);
    }

    /// Stops in the middle of the `operations`-th changing call from now, counted from 0: it fails, and may or may not
    /// have happened.
    pub fn stop_after(&self, operations: u64, stop: Stop) {
        let mut world = self.world();
        world.plan.stop_at = Some((world.operations + operations, stop));
    }

    /// Whether it is stopped.
    pub fn is_stopped(&self) -> bool {
        self.world().stopped
    }

    /// Starts again after a stop, with all planned faults forgotten except the skipped purposes and the capacity.
    pub fn restart(&self) {
        self.world().restart();
    }

    /// Whether a file can have a second name; of three seeds, one has a disk on which it cannot.
    pub fn allow_links(&self, has_links: bool) {
        self.world().has_links = has_links;
    }

    /// Changing calls so far: creates, writes, cuts, syncs, links, renames and removes.
    pub fn operations(&self) -> u64 {
        self.world().operations
    }

    /// Lets the `nth` write from now fail, counted from 0, with a prefix of its bytes written.
    pub fn fail_write(&self, nth: u64) {
        let mut world = self.world();
        world.plan.fail_write = Some(world.writes + nth);
    }

    /// Lets the `nth` sync from now fail, counted from 0. As on Linux, a file's bytes stay readable, count as clean, and
    /// a later sync that succeeds does not write them; a directory's names wait for the next sync.
    pub fn fail_sync(&self, nth: u64) {
        let mut world = self.world();
        world.plan.fail_sync = Some(world.syncs + nth);
    }

    /// Lets the `nth` sync from now, counted from 0, say that it succeeded and do nothing.
    pub fn skip_sync(&self, nth: u64) {
        let mut world = self.world();
        world.plan.skip_sync = Some(world.syncs + nth);
    }

    /// Lets every sync for this purpose say that it succeeded and do nothing.
    pub fn skip_purpose(&self, purpose: &'static str) {
        self.world().plan.skip_purpose = Some(purpose);
    }

    /// Limits the bytes of all files together; none lifts the limit.
    pub fn limit(&self, bytes: Option<u64>) {
        self.world().plan.capacity = bytes;
    }

    /// Bytes of all files together.
    pub fn used(&self) -> u64 {
        self.world().used()
    }

    /// How many syncs there were, by purpose.
    pub fn syncs(&self) -> BTreeMap<&'static str, u64> {
        self.world().purposes.clone()
    }

    /// Flips the bits of `mask` in the byte at `offset`, on the platter too, as a failing disk does.
    pub fn flip(&self, path: &Path, offset: u64, mask: u8) -> Result<()> {
        self.world().flip(path, offset, mask)
    }

    fn handle(&self, path: &Path, inode: InodeNumber, boot: u64, writable: bool) -> Arc<dyn File> {
        Arc::new(Handle { disk: self.clone(), path: path.to_path_buf(), inode, boot, writable })
    }
}

impl Storage for Faulty {
    fn open(&self, path: &Path) -> Result<Arc<dyn File>> {
        let (inode, boot) = self.world().find(path)?;
        Ok(self.handle(path, inode, boot, true))
    }

    fn open_to_read(&self, path: &Path) -> Result<Arc<dyn File>> {
        let (inode, boot) = self.world().find(path)?;
        Ok(self.handle(path, inode, boot, false))
    }

    fn create(&self, path: &Path) -> Result<Arc<dyn File>> {
        let (inode, boot) = self.world().create(path)?;
        Ok(self.handle(path, inode, boot, true))
    }

    fn rename(&self, from: &Path, to: &Path) -> Result<()> {
        self.world().rename(from, to)
    }

    fn link(&self, from: &Path, to: &Path) -> Result<bool> {
        self.world().add_name(from, to)
    }

    fn remove(&self, path: &Path) -> Result<()> {
        self.world().remove(path)
    }

    fn list(&self, directory: &Path) -> Result<Vec<String>> {
        self.world().list(directory)
    }

    fn create_directory(&self, path: &Path) -> Result<()> {
        self.world().create_directory(path)
    }

    fn sync_directory(&self, path: &Path, purpose: &'static str) -> Result<()> {
        self.world().sync_directory(path, purpose)
    }

    fn exists(&self, path: &Path) -> Result<bool> {
        self.world().exists(path)
    }

    fn lock(&self, path: &Path) -> Result<Lock> {
        let boot = self.world().lock(path)?;
        Ok(Lock::new(path, Held { disk: self.clone(), path: path.to_path_buf(), boot }))
    }
}

#[derive(Debug)]
struct Handle {
    disk: Faulty,
    path: PathBuf,
    inode: InodeNumber,
    boot: u64,
    writable: bool,
}

impl File for Handle {
    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<usize> {
        self.disk.world().read(&self.path, self.inode, self.boot, offset, into)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> Result<()> {
        assert!(self.writable, "{} was opened to read only", self.path.display());
        self.disk.world().write(&self.path, self.inode, self.boot, offset, bytes)
    }

    fn len(&self) -> Result<u64> {
        self.disk.world().len(&self.path, self.inode, self.boot)
    }

    fn set_len(&self, len: u64) -> Result<()> {
        assert!(self.writable, "{} was opened to read only", self.path.display());
        self.disk.world().set_len(&self.path, self.inode, self.boot, len)
    }

    fn sync_data(&self, purpose: &'static str) -> Result<()> {
        self.disk.world().sync_data(&self.path, self.inode, self.boot, purpose)
    }
}

struct Held {
    disk: Faulty,
    path: PathBuf,
    boot: u64,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.disk.world().unlock(&self.path, self.boot);
    }
}

#[cfg(test)]
mod tests;
