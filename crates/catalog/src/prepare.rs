//! A change checked before anything of it is logged.

use std::{cell::RefCell, collections::BTreeMap, sync::Arc};

use records::control;
use sql::{Change, Definitions, Files, Key, Kind, Statement, definition::BlobHash, timelines::Timelines};

use crate::{Catalog, hash};

/// A change that would be allowed.
#[derive(Debug)]
pub struct Proposal {
    /// The definitions after it.
    pub definitions: Definitions,
    /// What it does, by definition.
    pub changes: Vec<Summary>,
    /// The statements as they go to the log.
    pub records: Vec<control::Statement>,
    /// Contents of the files that they name.
    pub blobs: Vec<(BlobHash, Arc<[u8]>)>,
}

/// One definition's change, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary(pub Change);

impl std::fmt::Display for Summary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.0.action, self.0.key)
    }
}

/// Remembers every file that was read.
struct Recording<'a> {
    files: &'a dyn Files,
    read: RefCell<BTreeMap<String, Arc<[u8]>>>,
}

impl Files for Recording<'_> {
    fn read(&self, path: &str) -> Result<Arc<[u8]>, String> {
        let known = self.read.borrow().get(path).cloned();
        if let Some(content) = known {
            return Ok(content);
        }
        let content = self.files.read(path)?;
        self.read.borrow_mut().insert(path.to_owned(), Arc::clone(&content));
        Ok(content)
    }

    fn may_write(&self, path: &str) -> Result<(), String> {
        self.files.may_write(path)
    }
}

/// Views of decisions share their timelines: two that are right by themselves may need each other's values first.
fn check_circles(definitions: &Definitions, statements: &[Statement]) -> Result<(), Vec<sql::Error>> {
    let mut timelines = Timelines::default();
    let mut seen: Vec<&str> = Vec::new();
    for view in definitions.decisions.values().filter_map(|decision| definitions.views.get(&decision.view)) {
        if timelines.add(&view.slots, &view.stream).is_ok() {
            seen.push(&view.name);
            continue;
        }
        let message = format!(
            "view {} and view {} put each other's windows over stream {} into a circle: each needs a value of the other one first",
            view.name,
            seen.join(" or view "),
            view.stream
        );
        let help = "write PARTITION BY key, 1 in one of the windows: a key of its own gives it a timeline of its own";
        let key = Key::new(Kind::View, &view.name);
        let named = statements.iter().find(|statement| statement.key() == key).or(statements.first());
        let statement = named.or(definitions.statements.get(&key).map(Arc::as_ref));
        return Err(statement.into_iter().map(|statement| statement.refuse(&message, help)).collect());
    }
    Ok(())
}

impl Catalog {
    /// Checks statements against the definitions in force.
    ///
    /// # Errors
    /// All errors, ordered by their place.
    pub fn prepare(&self, statements: &[Statement], files: &dyn Files) -> Result<Proposal, Vec<sql::Error>> {
        let recording = Recording { files, read: RefCell::default() };
        let (definitions, changes) = self.current().changed(statements, &recording)?;
        check_circles(&definitions, statements)?;
        let read = recording.read.into_inner();
        let hashes: BTreeMap<&String, BlobHash> =
            read.iter().map(|(path, content)| (path, hash(content))).collect();
        let record = |statement: &Statement| {
            let named = statement.file().into_iter().filter_map(|path| {
                let hash = hashes.get(&path.to_owned())?;
                Some((path.to_owned(), hash.0.clone()))
            });
            control::Statement {
                text: statement.text.clone(),
                file: Some(statement.path.clone()),
                line: statement.line,
                blobs: named.collect(),
            }
        };
        let records = statements.iter().map(record).collect();
        let blobs = read.iter().map(|(path, content)| (hashes[path].clone(), Arc::clone(content))).collect();
        Ok(Proposal { definitions, changes: changes.into_iter().map(Summary).collect(), records, blobs })
    }
}
