//! A parsed statement: its own text, its place, and what it asks for.

use std::{collections::BTreeSet, sync::Arc};

use sqlparser::tokenizer::Span;

use crate::{
    definition::{Key, Kind},
    error::{Error, Fault},
    late,
    parse::{
        decision::CreateDecision, drop::DropItem, function::CreateFunction, model::CreateModel,
        rule::CreateRule, sink::CreateSink, stream::CreateStream, table::CreateTable, view::CreateView,
    },
    source::Lines,
};

/// One statement as written. Equality is that of the text and the place.
#[derive(Clone, Debug)]
pub struct Statement {
    /// The text from its first to its last token, without the semicolon.
    pub text: String,
    /// The file it stands in.
    pub path: String,
    /// The line it starts at, from 1.
    pub line: u32,
    /// The column it starts at, from 1.
    pub column: u32,
    /// `OR REPLACE`.
    pub(crate) replace: bool,
    /// Shared, so that copies do not walk an expression's tree.
    pub(crate) body: Arc<Body>,
}

/// What a statement asks for.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    Function(CreateFunction),
    Stream(CreateStream),
    Table(CreateTable),
    View(CreateView),
    Model(CreateModel),
    Decision(CreateDecision),
    Rule(CreateRule),
    Sink(CreateSink),
    Drop(DropItem),
}

/// An identifier, folded to lower case unless it was quoted, and its place.
#[derive(Clone, Debug)]
pub(crate) struct Label {
    pub text: String,
    pub span: Span,
}

impl PartialEq for Statement {
    fn eq(&self, other: &Self) -> bool {
        (&self.text, &self.path, self.line, self.column)
            == (&other.text, &other.path, other.line, other.column)
    }
}

impl Statement {
    /// What it creates, replaces or drops.
    pub fn key(&self) -> Key {
        let (kind, name) = match &*self.body {
            Body::Function(create) => (Kind::Function, &create.name),
            Body::Stream(create) => (Kind::Stream, &create.name),
            Body::Table(create) => (Kind::Table, &create.name),
            Body::View(create) => (Kind::View, &create.name),
            Body::Model(create) => (Kind::Model, &create.name),
            Body::Decision(create) => (Kind::Decision, &create.name),
            Body::Sink(create) => (Kind::Sink, &create.name),
            Body::Rule(create) => return Key::rule(&create.decision.text, &create.name.text),
            Body::Drop(drop) => return drop.key(),
        };
        Key::new(kind, &name.text)
    }

    /// Whether it is a `DROP`.
    pub fn is_drop(&self) -> bool {
        matches!(*self.body, Body::Drop(_))
    }

    /// Whether it says `OR REPLACE`.
    pub fn is_replace(&self) -> bool {
        self.replace
    }

    /// The statement with the meaning of `CREATE OR REPLACE`, its text as written: a project's folder says what is,
    /// not what is new. Streams cannot be replaced and stay as they are.
    #[must_use]
    pub fn or_replace(mut self) -> Self {
        self.replace = !matches!(*self.body, Body::Stream(_) | Body::Drop(_));
        self
    }

    /// An error at the statement's name, for those who decide which statements may run.
    pub fn refuse(&self, message: impl Into<String>, help: impl Into<String>) -> Error {
        self.error(Fault::new(self.name_span(), message).help(help))
    }

    /// The file whose content it defines, as written.
    pub fn file(&self) -> Option<&str> {
        match &*self.body {
            Body::Table(create) => Some(&create.path.text),
            Body::Model(create) => Some(&create.path.text),
            _ => None,
        }
    }

    /// Names that must be defined before it can be bound. A relation's kind is not known from the text: each name
    /// stands for a stream, table, view or decision of that name.
    pub(crate) fn references(&self) -> BTreeSet<Reference> {
        match &*self.body {
            Body::Function(create) => create.references.clone(),
            Body::View(create) => create.references.clone(),
            Body::Decision(create) => [Reference::Relation(create.view.text.clone())].into(),
            Body::Rule(create) => {
                let decision = Reference::Relation(create.decision.text.clone());
                create.calls.iter().cloned().chain([decision]).collect()
            }
            Body::Sink(create) => {
                let late =
                    late::stream_of(&create.source.text).map(|stream| Reference::Late(stream.to_owned()));
                let calls = create.calls.iter().cloned();
                late.into_iter()
                    .chain([Reference::Relation(create.source.text.clone())])
                    .chain(calls)
                    .collect()
            }
            Body::Stream(_) | Body::Table(_) | Body::Model(_) | Body::Drop(_) => BTreeSet::new(),
        }
    }

    /// The relations, models and functions that it may read, by name.
    pub fn reads(&self) -> impl Iterator<Item = String> {
        self.references().into_iter().map(|reference| match reference {
            Reference::Relation(name)
            | Reference::Model(name)
            | Reference::Late(name)
            | Reference::Function(name) => name,
        })
    }

    /// The place of the name that it defines or drops.
    pub(crate) fn name_span(&self) -> Span {
        match &*self.body {
            Body::Function(create) => create.name.span,
            Body::Stream(create) => create.name.span,
            Body::Table(create) => create.name.span,
            Body::View(create) => create.name.span,
            Body::Model(create) => create.name.span,
            Body::Decision(create) => create.name.span,
            Body::Rule(create) => create.name.span,
            Body::Sink(create) => create.name.span,
            Body::Drop(drop) => drop.name.span,
        }
    }

    /// The fault as an error of this statement's file.
    pub(crate) fn error(&self, fault: Fault) -> Error {
        let fault = fault.or_at(self.name_span());
        let mut excerpt = Lines::new(&self.text, self.line).line(fault.span.start.line).to_owned();
        if fault.span.start.line == u64::from(self.line) {
            excerpt.insert_str(0, &" ".repeat(self.column.saturating_sub(1) as usize));
        }
        error(&self.path, excerpt, fault)
    }
}

/// A name that a statement reads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reference {
    Relation(String),
    Model(String),
    /// A stream by the name of its late events, unless a relation has that name.
    Late(String),
    /// What stands before a parenthesis: a function of this name, if there is one.
    Function(String),
}

/// Puts a fault into its file.
pub(crate) fn error(path: &str, excerpt: String, fault: Fault) -> Error {
    let number = |value: u64| u32::try_from(value).unwrap_or(u32::MAX).max(1);
    let Span { start, end } = fault.span;
    let column = number(start.column);
    Error {
        path: path.to_owned(),
        line: number(start.line),
        column,
        end: if end.line > start.line { u32::MAX } else { number(end.column).max(column + 1) },
        message: fault.message,
        help: fault.help,
        excerpt,
    }
}
