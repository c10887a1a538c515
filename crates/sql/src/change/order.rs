//! Who reads whom, and the order in which definitions can be bound.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::{
    definition::{Key, Kind},
    late,
    statement::{Reference, Statement},
};

/// The names that each definition reads and is read by.
pub(super) struct Graph<'a> {
    reads: BTreeMap<&'a Key, Vec<&'a Key>>,
    readers: BTreeMap<&'a Key, Vec<&'a Key>>,
}

impl<'a> Graph<'a> {
    pub fn of(statements: &'a BTreeMap<Key, Arc<Statement>>) -> Self {
        let relations: BTreeMap<&str, &Key> = statements
            .keys()
            .filter(|key| key.kind.is_relation())
            .map(|key| (key.name.as_str(), key))
            .collect();
        let models: BTreeMap<&str, &Key> = statements
            .keys()
            .filter(|key| key.kind == Kind::Model)
            .map(|key| (key.name.as_str(), key))
            .collect();
        let functions: BTreeMap<&str, &Key> = statements
            .keys()
            .filter(|key| key.kind == Kind::Function)
            .map(|key| (key.name.as_str(), key))
            .collect();
        let mut graph = Self { reads: BTreeMap::new(), readers: BTreeMap::new() };
        for (key, statement) in statements {
            for reference in statement.references() {
                let read = match &reference {
                    Reference::Relation(name) => relations.get(name.as_str()),
                    Reference::Model(name) => models.get(name.as_str()),
                    Reference::Function(name) => functions.get(name.as_str()),
                    Reference::Late(name) if relations.contains_key(late::name(name).as_str()) => None,
                    Reference::Late(name) => {
                        relations.get(name.as_str()).filter(|key| key.kind == Kind::Stream)
                    }
                };
                if let Some(read) = read {
                    graph.reads.entry(key).or_default().push(read);
                    graph.readers.entry(read).or_default().push(key);
                }
            }
        }
        graph
    }

    pub fn reads(&self, key: &Key) -> impl Iterator<Item = &'a Key> {
        self.reads.get(key).into_iter().flatten().copied()
    }

    /// These keys and everything that reads them, directly or not.
    pub fn affected<'k>(&self, keys: impl Iterator<Item = &'k Key>) -> BTreeSet<Key> {
        closure(keys.cloned().collect(), &self.readers)
    }

    /// Everything that `key` reads, directly or not, and itself.
    pub fn below(&self, key: &Key) -> BTreeSet<Key> {
        closure(vec![key.clone()], &self.reads)
    }

    /// `keys` so that each stands after what it reads, and a circle if there is one.
    pub fn order(&self, keys: &BTreeSet<Key>) -> (Vec<Key>, Option<Vec<Key>>) {
        let mut waits: BTreeMap<&Key, usize> = BTreeMap::new();
        for key in keys {
            waits.insert(key, self.reads(key).filter(|read| keys.contains(*read)).count());
        }
        let mut ready: BTreeSet<&Key> =
            waits.iter().filter(|(_, count)| **count == 0).map(|(key, _)| *key).collect();
        let mut order = Vec::with_capacity(keys.len());
        while let Some(key) = ready.pop_first() {
            waits.remove(key);
            order.push(key.clone());
            for reader in self.readers.get(key).into_iter().flatten() {
                if let Some(count) = waits.get_mut(reader) {
                    *count -= 1;
                    if *count == 0 {
                        ready.insert(reader);
                    }
                }
            }
        }
        let circle = self.circle(&waits);
        (order, circle)
    }

    /// A circle among keys that each wait for another one.
    fn circle(&self, waits: &BTreeMap<&Key, usize>) -> Option<Vec<Key>> {
        let mut path: Vec<&Key> = Vec::new();
        let mut key = *waits.keys().next()?;
        loop {
            if let Some(start) = path.iter().position(|seen| *seen == key) {
                return Some(path[start..].iter().map(|key| (*key).clone()).collect());
            }
            path.push(key);
            // Whatever waits, waits for something that waits.
            key = self.reads(key).find(|read| waits.contains_key(*read))?;
        }
    }
}

fn closure(mut todo: Vec<Key>, edges: &BTreeMap<&Key, Vec<&Key>>) -> BTreeSet<Key> {
    let mut found = BTreeSet::new();
    while let Some(key) = todo.pop() {
        if found.contains(&key) {
            continue;
        }
        todo.extend(edges.get(&key).into_iter().flatten().map(|key| (*key).clone()));
        found.insert(key);
    }
    found
}

/// The definitions that read `key` by name, directly.
pub(super) fn readers(statements: &BTreeMap<Key, Arc<Statement>>, key: &Key) -> Vec<Key> {
    let late = late::name(&key.name);
    let is_late = |other: &Key| other.kind.is_relation() && other.name == late;
    let late = (key.kind == Kind::Stream && !statements.keys().any(is_late))
        .then(|| Reference::Late(key.name.clone()));
    let wanted = match key.kind {
        Kind::Model => Reference::Model(key.name.clone()),
        Kind::Function => Reference::Function(key.name.clone()),
        Kind::Rule | Kind::Sink => return Vec::new(),
        _ => Reference::Relation(key.name.clone()),
    };
    let reading = statements.iter().filter(|(_, statement)| {
        let references = statement.references();
        references.contains(&wanted) || late.as_ref().is_some_and(|late| references.contains(late))
    });
    reading.map(|(key, _)| key.clone()).collect()
}
