//! The control log replayed: each record read again from its source text.

use std::{collections::BTreeMap, sync::Arc};

use records::control::{Control, Origin, Statement};
use sql::{Definitions, Files, Source};
use types::{Epoch, Position};

use crate::{Abandoned, Activation, Catalog, Ownership, Pending, folder::applied};

/// Reads a file's content by its hash.
pub type BlobSource<'a> = &'a dyn Fn(&str) -> Result<Arc<[u8]>, String>;

/// Why a control record does not fit the ones before it.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// Its statements no longer parse or bind.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Statements(Vec<sql::Error>),
    /// A record's text is not exactly one statement.
    #[error("change {change} holds a text of {found} statements where one belongs: {text}")]
    Text {
        /// The change.
        change: u64,
        /// How many statements the text has.
        found: usize,
        /// The text.
        text: String,
    },
    /// An end of a change that is not pending.
    #[error("change {0} is activated or abandoned and was not defined before")]
    Unknown(u64),
    /// An activation with an epoch that is not the next one.
    #[error("change {change} is activated as epoch {epoch}, the next one is {next}")]
    Epoch {
        /// The change.
        change: u64,
        /// As recorded.
        epoch: Epoch,
        /// As counted.
        next: Epoch,
    },
}

/// The files of one record's statements.
struct RecordedFiles<'a> {
    hashes: BTreeMap<&'a str, &'a str>,
    blobs: BlobSource<'a>,
}

impl Files for RecordedFiles<'_> {
    fn read(&self, path: &str) -> Result<Arc<[u8]>, String> {
        let hash = self.hashes.get(path).ok_or("the control record does not hold its hash")?;
        (self.blobs)(hash)
    }
}

impl Catalog {
    /// Takes the control record at `position`.
    ///
    /// # Errors
    /// See [`ApplyError`]; the catalog stays as it was.
    pub fn apply(
        &mut self,
        position: Position,
        control: &Control,
        blobs: BlobSource<'_>,
    ) -> Result<(), ApplyError> {
        match control {
            Control::Define { change, origin, statements, .. } => {
                self.define(*change, *origin, statements, blobs)
            }
            Control::Activate { change, epoch, .. } => self.activate(position, *change, *epoch),
            Control::Abandon { change, reason, .. } => self.abandon(position, *change, reason),
        }
    }

    fn define(
        &mut self,
        change: u64,
        origin: Origin,
        statements: &[Statement],
        blobs: BlobSource<'_>,
    ) -> Result<(), ApplyError> {
        let mut parsed = Vec::with_capacity(statements.len());
        let mut hashes = BTreeMap::new();
        for statement in statements {
            let path = statement.file.clone().unwrap_or_else(|| "statement".to_owned());
            let source = Source { path, text: statement.text.clone() };
            let (mut found, errors) = sql::parse_recorded(&source, statement.line);
            if !errors.is_empty() {
                return Err(ApplyError::Statements(errors));
            }
            let (Some(only), true) = (found.pop(), found.is_empty()) else {
                let text = statement.text.clone();
                return Err(ApplyError::Text { change, found: found.len(), text });
            };
            parsed.push(if origin == Origin::Project { only.or_replace() } else { only });
            hashes.extend(statement.blobs.iter().map(|(path, hash)| (path.as_str(), hash.as_str())));
        }
        let files = RecordedFiles { hashes, blobs };
        // An earlier build took them, and what it took binds for ever.
        let changed = self.current().changed_with(&parsed, &files, &|_| true);
        let (definitions, changes) = changed.map_err(ApplyError::Statements)?;
        let owned = self.ownership(origin, &parsed, &definitions);
        self.pending = Some(Pending { change, definitions: Arc::new(definitions), changes, owned });
        Ok(())
    }

    fn activate(&mut self, position: Position, change: u64, epoch: Epoch) -> Result<(), ApplyError> {
        let next = self.epoch() + 1;
        if self.pending.as_ref().is_some_and(|pending| pending.change == change) && epoch != next {
            return Err(ApplyError::Epoch { change, epoch, next });
        }
        let pending = self.pending.take_if(|pending| pending.change == change);
        let pending = pending.ok_or(ApplyError::Unknown(change))?;
        self.epochs.insert(epoch, pending.definitions);
        for (key, ownership) in pending.owned {
            match ownership {
                Some(ownership) => drop(self.owned.insert(key, ownership)),
                None => drop(self.owned.remove(&key)),
            }
        }
        self.history.push(Activation { epoch, position, change, changes: pending.changes });
        Ok(())
    }

    fn abandon(&mut self, position: Position, change: u64, reason: &str) -> Result<(), ApplyError> {
        self.pending.take_if(|pending| pending.change == change).ok_or(ApplyError::Unknown(change))?;
        self.abandoned.push(Abandoned { position, change, reason: reason.to_owned() });
        Ok(())
    }

    /// Who owns what the statements change, once they are in force.
    fn ownership(
        &self,
        origin: Origin,
        parsed: &[sql::Statement],
        after: &Definitions,
    ) -> BTreeMap<sql::Key, Option<Ownership>> {
        let mut changed = BTreeMap::new();
        for key in parsed.iter().map(sql::Statement::key) {
            let applied = applied(after, &key);
            let of_folder = self.owned.get(&key).filter(|before| before.folder);
            let owned = match (origin, of_folder) {
                (Origin::Project, _) => applied.map(|applied| Ownership {
                    folder: true,
                    applied: Some(applied),
                    changed_since: false,
                }),
                // A statement that says again what the folder says leaves nothing to disagree about.
                (Origin::Statement, Some(before)) => {
                    Some(Ownership { changed_since: applied != before.applied, ..before.clone() })
                }
                (Origin::Statement, None) => {
                    applied.map(|_| Ownership { folder: false, applied: None, changed_since: false })
                }
            };
            changed.insert(key, owned);
        }
        changed
    }
}
