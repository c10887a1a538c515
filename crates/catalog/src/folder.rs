//! The project's folder compared with what it last applied.

use std::collections::{BTreeMap, BTreeSet};

use sql::{Action, Change, Definitions, Files, Key, Source, Statement};

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
    /// What is refused since the folder was applied, and stays as it was recorded.
    pub tolerated: Vec<sql::Error>,
}

/// A definition that was edited in the folder after a statement had changed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// Which.
    pub key: Key,
    /// The file that defines it; none when it was removed from the folder.
    pub file: Option<(String, u32)>,
    /// What the statement said that changed it; none when it dropped it.
    pub said: Option<String>,
}

impl std::fmt::Display for Conflict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let key = &self.key;
        match (&self.file, &self.said) {
            (None, said) => {
                let said = said.as_deref().unwrap_or_default();
                write!(
                    f,
                    "{key} was removed from the folder and changed by a statement on the running system; put back what \
                     the statement said, which is here, or drop it by a statement:\n{}",
                    indented(said)
                )
            }
            (Some((path, line)), None) => write!(
                f,
                "{path}:{line}: {key} was edited here and dropped by a statement on the running system; \
                 remove it here, or create it by a statement with this text"
            ),
            (Some((path, line)), Some(said)) => write!(
                f,
                "{path}:{line}: {key} is not what the running system has, where a statement changed it; write here what \
                 the statement said, or replace it by a statement with this text; the statement said:\n{}",
                indented(said)
            ),
        }
    }
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

/// A definition that is not as the folder last applied it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Since {
    /// What a statement did.
    pub change: Change,
    /// The statement as written, unless it dropped the definition.
    pub said: Option<String>,
}

impl std::fmt::Display for Since {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Change { action, key } = &self.change;
        write!(f, "{action} {key}")?;
        self.said.as_ref().map_or(Ok(()), |said| write!(f, "\n{}", indented(said)))
    }
}

impl Catalog {
    /// What statements have changed since the folder was last applied, by name.
    pub fn by_statement(&self) -> Vec<Since> {
        let running = self.current();
        let changed = self.owned.iter().filter(|(_, owned)| !owned.folder || owned.changed_since);
        let since = changed.filter_map(|(key, owned)| {
            let said = running.statements.get(key).map(|statement| statement.text.clone());
            let action = match (&said, owned.folder) {
                (Some(_), true) => Action::Replace,
                (Some(_), false) => Action::Create,
                (None, true) => Action::Drop,
                (None, false) => return None,
            };
            Some(Since { change: Change { key: key.clone(), action }, said })
        });
        since.collect()
    }

    /// Compares the folder's files with what it last applied. It touches only what the folder owns.
    ///
    /// # Errors
    /// Statements that do not parse or bind, or that are no part of a folder.
    pub fn plan(&self, sources: &[Source], files: &dyn Files) -> Result<FolderPlan, Vec<sql::Error>> {
        let (tolerated, (statements, alone)) = match whole(sources, files, &|_| false) {
            Ok(whole) => (Vec::new(), whole),
            Err(errors) => (errors, whole(sources, files, &|statement| self.is_applied(statement))?),
        };
        let mut plan = FolderPlan { tolerated, ..FolderPlan::default() };
        let mut present = BTreeSet::new();
        for statement in statements {
            present.insert(statement.key());
            self.plan_statement(statement, &alone, files, &mut plan);
        }
        self.plan_drops(&present, &mut plan);
        Ok(plan)
    }

    /// Whether the folder says what it last applied: the control log has it, and what is refused since stays.
    fn is_applied(&self, statement: &Statement) -> bool {
        let applied = self.owned.get(&statement.key()).and_then(|owned| owned.applied.as_ref());
        applied.is_some_and(|applied| applied.text == meaning(&statement.text))
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
            let said = running.statements.get(&key).map(|statement| statement.text.clone());
            plan.conflicts.push(Conflict { key, file, said });
        } else {
            plan.statements.push(statement.or_replace());
        }
    }

    fn plan_drops(&self, present: &BTreeSet<Key>, plan: &mut FolderPlan) {
        let running = self.current();
        let gone = self.owned.iter().filter(|(key, owned)| owned.folder && !present.contains(key));
        for (key, owned) in gone {
            let Some(statement) = running.statements.get(key) else { continue };
            if owned.changed_since {
                let said = Some(statement.text.clone());
                plan.conflicts.push(Conflict { key: key.clone(), file: None, said });
            } else {
                plan.statements.push(drop_of(key));
            }
        }
    }
}

/// The folder's statements and what they define, which must stand on its own, whatever the running system holds.
fn whole(
    sources: &[Source],
    files: &dyn Files,
    is_recorded: &dyn Fn(&Statement) -> bool,
) -> Result<(Vec<Statement>, Definitions), Vec<sql::Error>> {
    let (mut statements, mut errors) = (Vec::new(), Vec::new());
    let (mut lost, mut is_open) = (BTreeSet::new(), false);
    for source in sources {
        let parsed = sql::parse_file(source);
        statements.extend(parsed.statements);
        errors.extend(parsed.errors);
        lost.extend(parsed.lost);
        is_open |= parsed.is_open;
    }
    let (drops, statements): (Vec<_>, Vec<_>) = statements.into_iter().partition(Statement::is_drop);
    let created: BTreeSet<Key> = statements.iter().map(Statement::key).collect();
    errors.extend(drops.iter().map(|statement| {
        let key = statement.key();
        let message = format!("a folder cannot drop {key}: it says what there is");
        let help = if created.contains(&key) {
            "remove this and its CREATE, or drop it by mitra sql"
        } else {
            "remove this: what no file of the folder creates is dropped at the next start"
        };
        statement.refuse(message, help)
    }));
    let mut alone = Definitions::default();
    // Behind an open quote any number of definitions are lost, and what reads them is not wrong.
    if !is_open {
        let known = without(&statements, lost);
        match alone.changed_with(&known, files, is_recorded) {
            Ok((whole, _)) => alone = whole,
            Err(found) => errors.extend(found),
        }
    }
    if errors.is_empty() {
        return Ok((statements, alone));
    }
    errors.sort_by(|a, b| (&a.path, a.line, a.column).cmp(&(&b.path, b.line, b.column)));
    Err(errors)
}

/// The statements that read none of the lost names, directly or through one that does.
fn without(statements: &[Statement], mut lost: BTreeSet<String>) -> Vec<Statement> {
    let mut known: Vec<&Statement> = statements.iter().collect();
    loop {
        let (kept, gone): (Vec<_>, Vec<_>) =
            known.into_iter().partition(|statement| !statement.reads().any(|name| lost.contains(&name)));
        if gone.is_empty() {
            return kept.into_iter().cloned().collect();
        }
        lost.extend(gone.iter().map(|statement| statement.key().name));
        known = kept;
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
