//! The project's folder compared with what it last applied.

use std::collections::{BTreeMap, BTreeSet};

use sql::{Definitions, Files, Key, Source, Statement};

use crate::{Applied, Catalog, hash};

/// What bringing the folder into force would do.
#[derive(Debug, Default)]
pub struct FolderPlan {
    /// Statements to apply: new and edited ones, which replace what is there, and drops of removed ones.
    pub statements: Vec<Statement>,
    /// Definitions that stay as they are.
    pub unchanged: Vec<Key>,
    /// Definitions that the folder and a statement have both changed.
    pub conflicts: Vec<Conflict>,
}

/// A definition that was edited in the folder after a statement had changed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// Which.
    pub key: Key,
    /// The file that defines it; none when it was removed from the folder.
    pub file: Option<(String, u32)>,
    /// Whether a statement has dropped it.
    pub dropped: bool,
}

impl std::fmt::Display for Conflict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let key = &self.key;
        let done = if self.dropped { "dropped" } else { "changed" };
        match &self.file {
            None => write!(
                f,
                "{key} was removed from the folder and changed by a statement on the running system; \
                 put it back, or drop it by a statement"
            ),
            Some((path, line)) if self.dropped => write!(
                f,
                "{path}:{line}: {key} was edited here and {done} by a statement on the running system; \
                 remove it here, or create it by a statement with this text"
            ),
            Some((path, line)) => write!(
                f,
                "{path}:{line}: {key} is not what the running system has, where a statement {done} it; \
                 write here what the statement said, or replace it by a statement with this text"
            ),
        }
    }
}

impl Catalog {
    /// Compares the folder's files with what it last applied. It touches only what the folder owns.
    ///
    /// # Errors
    /// Statements that do not parse or bind, or that are no part of a folder.
    pub fn plan(&self, sources: &[Source], files: &dyn Files) -> Result<FolderPlan, Vec<sql::Error>> {
        let mut statements = Vec::new();
        let mut errors = Vec::new();
        for source in sources {
            let (parsed, faults) = sql::parse(source);
            statements.extend(parsed);
            errors.extend(faults);
        }
        errors.extend(statements.iter().filter(|statement| statement.is_drop()).map(|statement| {
            let message = format!("a folder cannot drop {}: it says what there is", statement.key());
            statement.refuse(message, "remove its CREATE from the folder, or drop it by mitra sql")
        }));
        if !errors.is_empty() {
            return Err(errors);
        }
        // The folder as a whole must stand on its own, whatever the running system holds.
        let mut alone = Definitions::default();
        alone.apply_all(&statements, files)?;
        let mut plan = FolderPlan::default();
        let mut present = BTreeSet::new();
        for statement in statements {
            present.insert(statement.key());
            self.plan_statement(statement, &alone, files, &mut plan);
        }
        self.plan_drops(&present, &mut plan);
        Ok(plan)
    }

    fn plan_statement(
        &self,
        statement: Statement,
        alone: &Definitions,
        files: &dyn Files,
        plan: &mut FolderPlan,
    ) {
        let key = statement.key();
        let wanted = Applied { text: meaning(&statement.text).to_owned(), blobs: blobs(&statement, files) };
        let running = self.current();
        let exists = running.statements.contains_key(&key);
        let is_running = exists && applied(&running, &key).as_ref() == Some(&wanted);
        let owned = self.owned.get(&key);
        let of_folder = owned.filter(|owned| owned.folder);
        // A stream that only reads differently is the same stream.
        let same_stream = alone.streams.get(&key.name).filter(|_| exists && key.kind == sql::Kind::Stream);
        let is_same_stream = same_stream.is_some_and(|stream| running.streams.get(&key.name) == Some(stream));
        if is_same_stream || of_folder.is_some_and(|owned| owned.applied.as_ref() == Some(&wanted)) {
            plan.unchanged.push(key);
        } else if owned.is_some_and(|owned| (exists && !owned.folder) || owned.changed_since) && !is_running {
            let file = Some((statement.path.clone(), statement.line));
            plan.conflicts.push(Conflict { key, file, dropped: !exists });
        } else {
            plan.statements.push(statement.or_replace());
        }
    }

    fn plan_drops(&self, present: &BTreeSet<Key>, plan: &mut FolderPlan) {
        let running = self.current();
        let gone = self.owned.iter().filter(|(key, owned)| owned.folder && !present.contains(key));
        for (key, owned) in gone.filter(|(key, _)| running.statements.contains_key(key)) {
            if owned.changed_since {
                plan.conflicts.push(Conflict { key: key.clone(), file: None, dropped: false });
            } else {
                plan.statements.push(drop_of(key));
            }
        }
    }
}

/// What a definition in force was made of.
pub(crate) fn applied(definitions: &Definitions, key: &Key) -> Option<Applied> {
    let statement = definitions.statements.get(key)?;
    let blob = match key.kind {
        sql::Kind::Table => definitions.tables.get(&key.name).map(|table| (&table.path, &table.blob)),
        sql::Kind::Model => definitions.models.get(&key.name).map(|model| (&model.path, &model.blob)),
        _ => None,
    };
    let blobs = blob.into_iter().map(|(path, blob)| (path.clone(), blob.0.clone())).collect();
    Some(Applied { text: meaning(&statement.text).to_owned(), blobs })
}

/// Hashes of the files that a statement names, as far as they can be read; the binder tells about the others.
fn blobs(statement: &Statement, files: &dyn Files) -> BTreeMap<String, String> {
    let named = statement.file().into_iter();
    named.filter_map(|path| Some((path.to_owned(), hash(&files.read(path).ok()?).0))).collect()
}

/// The text after `CREATE [OR REPLACE]`: what is defined, whether it is new or replaces.
pub(crate) fn meaning(text: &str) -> &str {
    let mut rest = text.trim_start();
    for word in ["create", "or", "replace"] {
        let Some(head) = rest.get(..word.len()) else { break };
        let ends = rest[word.len()..].starts_with(char::is_whitespace);
        if !head.eq_ignore_ascii_case(word) || !ends {
            break;
        }
        rest = rest[word.len()..].trim_start();
    }
    rest
}

fn drop_of(key: &Key) -> Statement {
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    let on = key.decision.as_ref().map(|decision| format!(" ON {}", quoted(decision))).unwrap_or_default();
    let kind = key.kind.to_string().to_uppercase();
    let text = format!("DROP {kind} {}{on}", quoted(&key.name));
    let (mut statements, errors) = sql::parse(&Source { path: "project".to_owned(), text });
    statements.pop().unwrap_or_else(|| unreachable!("a name in quotes can be dropped: {errors:?}"))
}
