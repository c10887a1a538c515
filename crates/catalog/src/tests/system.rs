//! A running system in small: files, a control log, and the catalog that it makes.

use std::{cell::RefCell, collections::BTreeMap, sync::Arc};

use records::control::{Control, Origin};
use sql::{Files, Source};

use crate::{Catalog, FolderPlan};

pub const STREAM: &str =
    "CREATE STREAM payments (id TEXT PRIMARY KEY, at TIMESTAMPTZ, card TEXT, amount DECIMAL(18,2));";
pub const VIEW: &str = "CREATE VIEW features AS SELECT *, count(*) OVER (PARTITION BY card ORDER BY at RANGE INTERVAL '1 day' PRECEDING) AS n FROM payments;";
pub const DECISION: &str = "CREATE DECISION risk ON features OUTCOMES (approve, review, decline);";
pub const RULE: &str = "CREATE RULE fast ON risk WHEN n > 10 THEN review;";
pub const TABLE: &str = "CREATE TABLE merchants (id TEXT PRIMARY KEY, name TEXT) FROM file('merchants.csv');";

/// Files by path.
#[derive(Clone, Default)]
pub struct Folder(pub BTreeMap<String, String>);

impl Folder {
    pub fn with(files: &[(&str, &str)]) -> Self {
        Self(files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect())
    }

    fn sources(&self) -> Vec<Source> {
        let sql = self.0.iter().filter(|(path, _)| path.ends_with(".sql"));
        sql.map(|(path, text)| Source { path: path.clone(), text: text.clone() }).collect()
    }
}

impl Files for Folder {
    fn read(&self, path: &str) -> Result<Arc<[u8]>, String> {
        self.0.get(path).map(|text| Arc::from(text.as_bytes())).ok_or_else(|| "no such file".to_owned())
    }
}

#[derive(Default)]
pub struct System {
    pub catalog: Catalog,
    /// Control records by position.
    pub log: Vec<Control>,
    blobs: RefCell<BTreeMap<String, Arc<[u8]>>>,
}

impl System {
    /// Checks, logs and activates statements; the changes, or the errors.
    pub fn run(
        &mut self,
        statements: &[sql::Statement],
        origin: Origin,
        files: &dyn Files,
    ) -> Result<Vec<String>, Vec<String>> {
        let proposal = self
            .catalog
            .prepare(statements, files)
            .map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>())?;
        for (hash, content) in proposal.blobs {
            self.blobs.borrow_mut().insert(hash.0, content);
        }
        let change = self.log.len() as u64 / 2 + 1;
        let epoch = self.catalog.epoch() + 1;
        self.take(Control::Define { change, arrived: 0, origin, statements: proposal.records });
        self.take(Control::Activate { change, arrived: 0, epoch });
        Ok(proposal.changes.iter().map(ToString::to_string).collect())
    }

    fn take(&mut self, control: Control) {
        let blobs = self.blobs.borrow();
        let read = |hash: &str| blobs.get(hash).cloned().ok_or_else(|| "no such blob".to_owned());
        // What is logged is what comes back from its bytes.
        let control = Control::decode(&control.encode()).expect("a control record decodes");
        self.catalog.apply(self.log.len() as u64, &control, &read).expect("a prepared change applies");
        drop(blobs);
        self.log.push(control);
    }

    /// A client's statement.
    pub fn statement(&mut self, text: &str) -> Result<Vec<String>, Vec<String>> {
        let source = Source { path: "client".to_owned(), text: text.to_owned() };
        let (statements, errors) = sql::parse(&source);
        assert!(errors.is_empty(), "{errors:?}");
        self.run(&statements, Origin::Statement, &Folder::default())
    }

    pub fn plan(&self, folder: &Folder) -> FolderPlan {
        self.catalog.plan(&folder.sources(), folder).expect("the folder is right")
    }

    /// What stands against the folder.
    pub fn refused(&self, folder: &Folder) -> Vec<String> {
        let errors = self.catalog.plan(&folder.sources(), folder).expect_err("the folder is wrong");
        errors.iter().map(ToString::to_string).collect()
    }

    /// Names of what conflicts.
    pub fn conflicts(&self, folder: &Folder) -> Vec<String> {
        self.plan(folder).conflicts.iter().map(ToString::to_string).collect()
    }

    /// A start with this folder: the changes.
    pub fn start(&mut self, folder: &Folder) -> Result<Vec<String>, Vec<String>> {
        let plan = self.plan(folder);
        assert_eq!(plan.conflicts, []);
        if plan.statements.is_empty() {
            return Ok(Vec::new());
        }
        self.run(&plan.statements, Origin::Project, folder)
    }

    /// The catalog that the log alone makes.
    pub fn replayed(&self) -> Catalog {
        let blobs = self.blobs.borrow();
        let read = |hash: &str| blobs.get(hash).cloned().ok_or_else(|| "no such blob".to_owned());
        let mut catalog = Catalog::default();
        for (position, control) in self.log.iter().enumerate() {
            catalog.apply(position as u64, control, &read).expect("a logged change applies again");
        }
        catalog
    }

    pub fn rule(&self) -> String {
        let rules = &self.catalog.current().rules;
        rules
            .get(&("risk".to_owned(), "fast".to_owned()))
            .map_or("none".to_owned(), |rule| rule.condition_text.clone())
    }
}
