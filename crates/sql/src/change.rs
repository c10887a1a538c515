//! Changes of the definitions in force: what may be created, replaced and dropped, in which order, and who breaks.

mod kept;
mod order;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use sqlparser::tokenizer::Span;

use crate::{
    bind::{self, Bound},
    definition::{Definitions, Key, Kind},
    error::{Error, Fault, suggest},
    files::Files,
    late,
    stack::deep,
    statement::{Body, Statement},
    strictness::Strictness,
};

/// What happened to a definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    /// It is new.
    Create,
    /// It has another meaning.
    Replace,
    /// It is gone.
    Drop,
}

impl std::fmt::Display for Action {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Create => "create",
            Self::Replace => "replace",
            Self::Drop => "drop",
        })
    }
}

/// One change of one definition.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// Which.
    pub key: Key,
    /// What happened.
    pub action: Action,
}

/// The names that will be defined, and what of them changes.
struct Plan<'a> {
    before: &'a Definitions,
    statements: BTreeMap<Key, Arc<Statement>>,
    changed: BTreeMap<Key, Action>,
    /// The statement that dropped a name.
    drops: BTreeMap<Key, &'a Statement>,
    is_recorded: &'a dyn Fn(&Statement) -> bool,
    errors: Vec<Error>,
}

impl Definitions {
    /// Binds one statement and puts it in force. A `DROP IF EXISTS` of what does not exist changes nothing.
    ///
    /// # Errors
    /// The first error; the definitions stay as they were.
    pub fn apply(&mut self, statement: &Statement, files: &dyn Files) -> Result<Option<Change>, Error> {
        let statements = std::slice::from_ref(statement);
        let mut changes = self.apply_all(statements, files).map_err(|mut errors| errors.swap_remove(0))?;
        Ok(changes.pop())
    }

    /// Binds statements in the order of their dependencies, whatever the order given, and puts them in force together.
    /// Only where two name the same thing does the later one build on the earlier one.
    ///
    /// # Errors
    /// All errors, ordered by their place; the definitions stay as they were.
    pub fn apply_all(
        &mut self,
        statements: &[Statement],
        files: &dyn Files,
    ) -> Result<Vec<Change>, Vec<Error>> {
        let (after, changes) = self.changed(statements, files)?;
        *self = after;
        Ok(changes)
    }

    /// As [`Self::apply_all`], into a copy.
    ///
    /// # Errors
    /// All errors, ordered by their place.
    pub fn changed(
        &self,
        statements: &[Statement],
        files: &dyn Files,
    ) -> Result<(Self, Vec<Change>), Vec<Error>> {
        self.changed_with(statements, files, &|_| false)
    }

    /// As [`Self::changed`], of statements that may be recorded ones. What a build took once and put into the control log
    /// binds for ever, so those are held only to what it needs to run them.
    ///
    /// # Errors
    /// All errors, ordered by their place.
    pub fn changed_with(
        &self,
        statements: &[Statement],
        files: &dyn Files,
        is_recorded: &dyn Fn(&Statement) -> bool,
    ) -> Result<(Self, Vec<Change>), Vec<Error>> {
        deep(|| self.changed_by(statements, files, is_recorded))
    }

    fn changed_by(
        &self,
        statements: &[Statement],
        files: &dyn Files,
        is_recorded: &dyn Fn(&Statement) -> bool,
    ) -> Result<(Self, Vec<Change>), Vec<Error>> {
        let mut plan = Plan {
            before: self,
            statements: self.statements.clone(),
            changed: BTreeMap::new(),
            drops: BTreeMap::new(),
            is_recorded,
            errors: Vec::new(),
        };
        for statement in statements {
            if let Err(fault) = plan.name(statement) {
                plan.errors.push(statement.error(fault));
            }
        }
        plan.check_drops();
        let mut after = self.clone();
        plan.bind(&mut after, files);
        if !plan.errors.is_empty() {
            plan.errors.sort_by(|a, b| (&a.path, a.line, a.column).cmp(&(&b.path, b.line, b.column)));
            return Err(plan.errors);
        }
        after.statements = plan.statements;
        after.keep(self);
        let changes = plan.changed.into_iter().map(|(key, action)| Change { key, action }).collect();
        Ok((after, changes))
    }

    /// Forgets a definition.
    fn remove(&mut self, key: &Key) {
        match key.kind {
            Kind::Function => drop(self.functions.remove(&key.name)),
            Kind::Stream => drop(self.streams.remove(&key.name)),
            Kind::Table => drop(self.tables.remove(&key.name)),
            Kind::View => drop(self.views.remove(&key.name)),
            Kind::Model => drop(self.models.remove(&key.name)),
            Kind::Decision => drop(self.decisions.remove(&key.name)),
            Kind::Sink => drop(self.sinks.remove(&key.name)),
            Kind::Rule => {
                let decision = key.decision.clone().expect("a rule's key names its decision");
                drop(self.rules.remove(&(decision, key.name.clone())));
            }
        }
    }

    /// The definitions that read `key`, directly.
    pub fn readers(&self, key: &Key) -> Vec<Key> {
        order::readers(&self.statements, key)
    }
}

impl<'a> Plan<'a> {
    /// Settles what a statement does to the name that it gives.
    fn name(&mut self, statement: &'a Statement) -> Result<(), Fault> {
        let key = statement.key();
        if let Body::Drop(drop) = &*statement.body {
            return self.name_drop(statement, &key, drop.if_exists);
        }
        let clash = self.statements.keys().find(|other| other.clashes_with(&key)).cloned();
        let existed = self.before.statements.contains_key(&key);
        match clash {
            Some(other) if other != key => {
                return Err(Fault::new(
                    statement.name_span(),
                    format!("{} is already a {}", key.name, other.kind),
                )
                .help("streams, tables, views and decisions share their names; choose another one"));
            }
            Some(_) if !statement.is_replace() => return Err(self.exists(statement, &key)),
            None if existed && key.kind == Kind::Stream => {
                return Err(Fault::unsupported(
                    statement.name_span(),
                    "replacing a stream",
                    "create a stream of another name: the log keeps rows of the old one",
                ));
            }
            _ => {}
        }
        if !(self.is_recorded)(statement) {
            self.check_late_name(statement, &key)?;
        }
        self.drops.remove(&key);
        self.changed.insert(key.clone(), if existed { Action::Replace } else { Action::Create });
        self.statements.insert(key, Arc::new(statement.clone()));
        Ok(())
    }

    /// Refuses a relation that is called as the late events of a stream are.
    fn check_late_name(&self, statement: &Statement, key: &Key) -> Result<(), Fault> {
        let is_there = |kinds: &[Kind], name: &str| {
            kinds.iter().map(|kind| Key::new(*kind, name)).find(|other| self.statements.contains_key(other))
        };
        if !key.kind.is_relation() {
            return Ok(());
        }
        if let Some(stream) = late::stream_of(&key.name).and_then(|name| is_there(&[Kind::Stream], name)) {
            let message = format!("{} is what the late events of {stream} are called", key.name);
            return Err(Fault::new(statement.name_span(), message).help("choose another name"));
        }
        let late = late::name(&key.name);
        match is_there(&[Kind::Stream, Kind::Table, Kind::View, Kind::Decision], &late) {
            Some(other) if key.kind == Kind::Stream => {
                let message = format!("the late events of stream {} would be called as {other} is", key.name);
                Err(Fault::new(statement.name_span(), message).help("choose another name for one of them"))
            }
            _ => Ok(()),
        }
    }

    fn exists(&self, statement: &Statement, key: &Key) -> Fault {
        let first = &self.statements[key];
        let fault = Fault::new(
            statement.name_span(),
            format!("{key} exists already, from {}:{}", first.path, first.line),
        );
        match key.kind {
            Kind::Stream => fault.help("streams cannot be replaced yet: choose another name"),
            kind => fault.help(format!("write CREATE OR REPLACE {}", kind.to_string().to_uppercase())),
        }
    }

    fn name_drop(&mut self, statement: &'a Statement, key: &Key, if_exists: bool) -> Result<(), Fault> {
        if self.statements.remove(key).is_some() {
            self.drops.insert(key.clone(), statement);
            if self.before.statements.contains_key(key) {
                self.changed.insert(key.clone(), Action::Drop);
            } else {
                self.changed.remove(key);
            }
            return Ok(());
        }
        let other = self.statements.keys().find(|other| other.name == key.name && other.kind != key.kind);
        if if_exists && other.is_none() {
            return Ok(());
        }
        let same = |other: &&Key| other.kind == key.kind && other.decision == key.decision;
        let names = self.statements.keys().filter(same).map(|other| other.name.as_str());
        let help = match other {
            Some(other) => Some(format!("{} is a {}", other.name, other.kind)),
            None => suggest(&key.name, names),
        };
        Err(Fault { help, ..Fault::new(statement.name_span(), format!("there is no {key}")) })
    }

    /// Refuses to drop what is still read.
    fn check_drops(&mut self) {
        const NAMED_MAX: usize = 5;
        for (key, statement) in &self.drops {
            let readers = order::readers(&self.statements, key);
            // Whoever took over the name is what they read now.
            if readers.is_empty() || self.statements.keys().any(|other| other.clashes_with(key)) {
                continue;
            }
            let named: Vec<String> = readers.iter().take(NAMED_MAX).map(Key::to_string).collect();
            let more = readers.len().saturating_sub(NAMED_MAX);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let message = format!("{key} cannot be dropped while it is read by {}{more}", named.join(", "));
            let fault =
                Fault::new(statement.name_span(), message).help("drop or replace them in the same change");
            self.errors.push(statement.error(fault));
        }
    }

    /// Binds what changed and all that reads it.
    fn bind(&mut self, after: &mut Definitions, files: &dyn Files) {
        let graph = order::Graph::of(&self.statements);
        let created = self.changed.keys().filter(|key| self.statements.contains_key(*key));
        let affected = graph.affected(created);
        for key in self.changed.keys() {
            after.remove(key);
        }
        let (order, cycle) = graph.order(&affected);
        if let Some(cycle) = cycle {
            let statement = &self.statements[&cycle[0]];
            self.errors.push(statement.error(circle(statement.name_span(), &cycle)));
        }
        let mut failed: BTreeSet<Key> = BTreeSet::new();
        for key in order {
            // What reads a failed definition would only repeat its error.
            if graph.reads(&key).any(|read| failed.contains(read)) {
                failed.insert(key);
                continue;
            }
            let statement = &self.statements[&key];
            let bound = self.bind_one(&key, after, files);
            let kept = |bound| self.before.check_kept(statement, bound).map_err(|fault| vec![fault]);
            match bound.and_then(kept) {
                Ok(bound) => after.put(&key, bound),
                Err(faults) => {
                    let errors = faults.into_iter().map(|fault| statement.error(fault));
                    let blamed: Vec<Error> = errors.map(|error| self.blame(&graph, &key, error)).collect();
                    self.errors.extend(blamed);
                    failed.insert(key);
                }
            }
        }
    }

    /// Binds one definition. One that the change only touches keeps what is refused since and was so before.
    fn bind_one(&self, key: &Key, after: &Definitions, files: &dyn Files) -> Result<Bound, Vec<Fault>> {
        let statement = &self.statements[key];
        let bind = |among, strictness| bind::bind(statement, among, files, strictness);
        if (self.is_recorded)(statement) {
            return bind(after, Strictness::Recorded);
        }
        let bound = bind(after, Strictness::Written);
        let Err(faults) = &bound else { return bound };
        if self.changed.contains_key(key) {
            return bound;
        }
        let before = bind(self.before, Strictness::Written).err().unwrap_or_default();
        let is_old = |fault: &Fault| before.iter().any(|known| known.message == fault.message);
        if faults.iter().all(is_old) { bind(after, Strictness::Recorded) } else { bound }
    }

    /// An error of a definition that the change only touched is one of the statement that touched it.
    fn blame(&self, graph: &order::Graph<'_>, key: &Key, error: Error) -> Error {
        if self.changed.contains_key(key) {
            return error;
        }
        let below = graph.below(key);
        let Some((culprit, _)) = self.changed.iter().find(|(changed, _)| below.contains(*changed)) else {
            return error;
        };
        let statement = &self.statements[culprit];
        let message =
            format!("replacing {culprit} breaks {key} ({}:{}): {}", error.path, error.line, error.message);
        let fault =
            Fault::new(statement.name_span(), message).help(format!("replace {key} in the same change"));
        statement.error(fault)
    }
}

/// Why definitions that read each other cannot be.
fn circle(at: Span, cycle: &[Key]) -> Fault {
    let names: Vec<String> = cycle.iter().chain([&cycle[0]]).map(Key::to_string).collect();
    let fault = Fault::new(at, format!("definitions read each other: {}", names.join(" reads ")));
    if cycle.iter().all(|key| key.kind == Kind::Function) {
        return fault.help("a function is an expression in place of its call: it cannot come back to itself");
    }
    fault.help("break the circle by moving common parts into a view below both")
}
