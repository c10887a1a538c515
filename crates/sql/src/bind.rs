//! Parsed statements to typed definitions, against the definitions in force.

mod call;
mod columns;
mod data_type;
mod decision;
mod frame;
mod function;
mod interval;
mod join;
mod late;
mod model;
mod outcome;
mod place;
mod predict;
mod rule;
mod scalar;
mod scope;
mod select;
mod sink;
mod slots;
mod stream;
mod subquery;
mod table;
mod view;
mod window;

use std::sync::Arc;

use crate::{
    definition::{BlobHash, Decision, Definitions, Function, Key, Model, Rule, Sink, Stream, Table, View},
    error::Fault,
    files::Files,
    statement::{Body, Label, Statement},
    strictness::Strictness,
};

/// A bound statement.
pub(crate) enum Bound {
    Function(Function),
    Stream(Stream),
    Table(Table),
    View(View),
    Model(Model),
    Decision(Decision),
    Rule(Rule),
    Sink(Sink),
}

/// Binds a `CREATE`; the definitions hold everything that it names. A view tells all columns that are wrong.
pub(crate) fn bind(
    statement: &Statement,
    definitions: &Definitions,
    files: &dyn Files,
    strictness: Strictness,
) -> Result<Bound, Vec<Fault>> {
    if let Body::View(create) = &*statement.body {
        return view::bind(create, definitions, strictness).map(Bound::View);
    }
    one(statement, definitions, files, strictness).map_err(|fault| vec![fault])
}

fn one(
    statement: &Statement,
    definitions: &Definitions,
    files: &dyn Files,
    strictness: Strictness,
) -> Result<Bound, Fault> {
    Ok(match &*statement.body {
        Body::Function(create) => Bound::Function(function::bind(create, definitions, strictness)?),
        Body::Stream(create) => Bound::Stream(stream::bind(create)?),
        Body::Table(create) => Bound::Table(table::bind(create, files)?),
        Body::Model(create) => Bound::Model(model::bind(create, files)?),
        Body::Decision(create) => Bound::Decision(decision::bind(create, definitions, strictness)?),
        Body::Rule(create) => Bound::Rule(rule::bind(create, definitions, strictness)?),
        Body::Sink(create) => Bound::Sink(sink::bind(create, definitions, files, strictness)?),
        Body::View(_) => unreachable!("a view is bound by itself"),
        Body::Drop(_) => unreachable!("a DROP is not bound"),
    })
}

impl Definitions {
    pub(crate) fn put(&mut self, key: &Key, bound: Bound) {
        let name = key.name.clone();
        match bound {
            Bound::Function(function) => drop(self.functions.insert(name, Arc::new(function))),
            Bound::Stream(stream) => drop(self.streams.insert(name, Arc::new(stream))),
            Bound::Table(table) => drop(self.tables.insert(name, Arc::new(table))),
            Bound::View(view) => drop(self.views.insert(name, Arc::new(view))),
            Bound::Model(model) => drop(self.models.insert(name, Arc::new(model))),
            Bound::Decision(decision) => drop(self.decisions.insert(name, Arc::new(decision))),
            Bound::Rule(rule) => drop(self.rules.insert((rule.decision.clone(), name), Arc::new(rule))),
            Bound::Sink(sink) => drop(self.sinks.insert(name, Arc::new(sink))),
        }
    }

    /// What a name in `FROM` or `ON` is; `None` when nothing has it.
    pub(crate) fn relation_kind(&self, name: &str) -> Option<crate::definition::Kind> {
        use crate::definition::Kind;
        [
            (self.streams.contains_key(name), Kind::Stream),
            (self.tables.contains_key(name), Kind::Table),
            (self.views.contains_key(name), Kind::View),
            (self.decisions.contains_key(name), Kind::Decision),
        ]
        .into_iter()
        .find_map(|(found, kind)| found.then_some(kind))
    }
}

/// The content of a named file.
fn content(files: &dyn Files, path: &Label) -> Result<(Arc<[u8]>, BlobHash), Fault> {
    let content = files
        .read(&path.text)
        .map_err(|reason| Fault::new(path.span, format!("file '{}' cannot be read: {reason}", path.text)))?;
    let hash = BlobHash::of(&content);
    Ok((content, hash))
}
