//! The definitions in force at each epoch, which change is allowed, and what it costs.

mod apply;
pub mod cost;
mod folder;
mod prepare;

use std::{collections::BTreeMap, sync::Arc};

use sql::{Change, Definitions, Key};
use types::{Epoch, Position};

pub use apply::{ApplyError, BlobSource};
pub use folder::{Conflict, FolderPlan, Since};
pub use prepare::Proposal;
pub use sql::definition::BlobHash;

/// The hash that a file's content is known by.
pub fn hash(content: &[u8]) -> BlobHash {
    BlobHash::of(content)
}

/// All definitions so far, by epoch, as the control log made them.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    epochs: BTreeMap<Epoch, Arc<Definitions>>,
    pending: Option<Pending>,
    owned: BTreeMap<Key, Ownership>,
    history: Vec<Activation>,
    abandoned: Vec<Abandoned>,
}

/// A change that waits for its activation.
#[derive(Clone, Debug)]
pub(crate) struct Pending {
    pub change: u64,
    pub definitions: Arc<Definitions>,
    pub changes: Vec<Change>,
    /// What becomes of the names that its statements give.
    pub owned: BTreeMap<Key, Option<Ownership>>,
}

/// Who made a definition as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ownership {
    /// The folder made it once, and may change or drop it.
    pub folder: bool,
    /// The text and file contents that the folder last applied.
    pub applied: Option<Applied>,
    /// A statement has changed it since.
    pub changed_since: bool,
}

/// What the folder applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Applied {
    pub text: String,
    pub blobs: BTreeMap<String, String>,
}

/// An epoch and when it came into force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activation {
    /// The epoch.
    pub epoch: Epoch,
    /// Events after this position carry it.
    pub position: Position,
    /// Number of the change.
    pub change: u64,
    /// What it changed.
    pub changes: Vec<Change>,
}

/// A change that never came into force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Abandoned {
    /// Where it was given up.
    pub position: Position,
    /// Number of the change.
    pub change: u64,
    /// Why, for people.
    pub reason: String,
}

impl Catalog {
    /// The epoch in force; 0 before the first change.
    pub fn epoch(&self) -> Epoch {
        self.epochs.last_key_value().map_or(0, |(epoch, _)| *epoch)
    }

    /// The definitions of an epoch; none for one that is not there.
    pub fn at(&self, epoch: Epoch) -> Option<Arc<Definitions>> {
        self.epochs.get(&epoch).cloned()
    }

    /// The definitions in force.
    pub fn current(&self) -> Arc<Definitions> {
        self.epochs.last_key_value().map_or_else(Arc::default, |(_, definitions)| Arc::clone(definitions))
    }

    /// A change that is defined and not in force yet.
    pub fn pending(&self) -> Option<(u64, Arc<Definitions>)> {
        self.pending.as_ref().map(|pending| (pending.change, Arc::clone(&pending.definitions)))
    }

    /// Every epoch's coming into force, oldest first.
    pub fn history(&self) -> &[Activation] {
        &self.history
    }

    /// Every change that was defined and given up, oldest first.
    pub fn abandoned(&self) -> &[Abandoned] {
        &self.abandoned
    }
}

#[cfg(test)]
mod tests;
