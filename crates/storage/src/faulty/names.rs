//! The names of a simulated disk: as a process sees them, and as the platter holds them.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use super::{random::Random, world::InodeNumber};
use crate::parent;

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Node {
    Directory,
    File(InodeNumber),
}

/// A change of one directory that is not yet on the platter.
#[derive(Debug)]
enum Change {
    Link {
        path: PathBuf,
        node: Node,
    },
    Unlink {
        path: PathBuf,
    },
    /// Within one directory, so that it happens in one step.
    Rename {
        from: PathBuf,
        to: PathBuf,
        node: Node,
    },
}

impl Change {
    fn path(&self) -> &Path {
        match self {
            Self::Link { path, .. } | Self::Unlink { path } | Self::Rename { to: path, .. } => path,
        }
    }

    fn apply(&self, names: &mut BTreeMap<PathBuf, Node>) {
        match self {
            Self::Link { path, node } => {
                names.insert(path.clone(), *node);
            }
            Self::Unlink { path } => {
                names.remove(path);
            }
            Self::Rename { from, to, node } => {
                names.remove(from);
                names.insert(to.clone(), *node);
            }
        }
    }
}

/// All names.
#[derive(Debug, Default)]
pub(super) struct Names {
    live: BTreeMap<PathBuf, Node>,
    durable: BTreeMap<PathBuf, Node>,
    pending: Vec<Change>,
}

impl Names {
    pub(super) fn get(&self, path: &Path) -> Option<Node> {
        if is_root(path) { Some(Node::Directory) } else { self.live.get(path).copied() }
    }

    /// The files that have a name.
    pub(super) fn files(&self) -> impl Iterator<Item = InodeNumber> {
        self.live.values().filter_map(|node| match node {
            Node::File(inode) => Some(*inode),
            Node::Directory => None,
        })
    }

    pub(super) fn link(&mut self, path: &Path, node: Node) {
        self.change(Change::Link { path: path.to_path_buf(), node });
    }

    pub(super) fn unlink(&mut self, path: &Path) {
        self.change(Change::Unlink { path: path.to_path_buf() });
    }

    pub(super) fn rename(&mut self, from: &Path, to: &Path, node: Node) {
        let (from, to) = (from.to_path_buf(), to.to_path_buf());
        if from.parent() == to.parent() {
            self.change(Change::Rename { from, to, node });
        } else {
            self.change(Change::Link { path: to, node });
            self.change(Change::Unlink { path: from });
        }
    }

    fn change(&mut self, change: Change) {
        change.apply(&mut self.live);
        self.pending.push(change);
    }

    pub(super) fn list(&self, directory: &Path) -> Vec<String> {
        let inside = self.live.keys().filter(|path| parent(path).as_deref() == Some(directory));
        let mut names: Vec<String> =
            inside.filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())).collect();
        names.sort_unstable();
        names
    }

    pub(super) fn sync(&mut self, directory: &Path) {
        let durable = &mut self.durable;
        self.pending.retain(|change| {
            let synced = parent(change.path()).as_deref() == Some(directory);
            if synced {
                change.apply(durable);
            }
            !synced
        });
    }

    /// A power cut: what survives becomes the whole truth; what is in a lost directory is lost with it.
    pub(super) fn cut_power(&mut self, random: &mut Random) {
        settle(&mut self.durable, &self.pending, random);
        self.pending.clear();
        let mut reached = BTreeMap::new();
        // A parent sorts before what it holds.
        for (path, node) in &self.durable {
            let parent = parent(path).expect("only the root has no parent, and it has no entry");
            if is_root(&parent) || reached.get(&parent) == Some(&Node::Directory) {
                reached.insert(path.clone(), *node);
            }
        }
        self.live.clone_from(&reached);
        self.durable = reached;
    }
}

fn settle(durable: &mut BTreeMap<PathBuf, Node>, pending: &[Change], random: &mut Random) {
    let survivors = random.survivors(pending.len());
    for (change, kept) in pending.iter().zip(survivors.kept) {
        if kept {
            change.apply(durable);
        }
    }
}

fn is_root(path: &Path) -> bool {
    path == Path::new("/") || path == Path::new(".")
}
