//! Text to statements: ours are read token by token, expressions and `SELECT` by `sqlparser`.

pub(crate) mod columns;
pub(crate) mod decision;
pub(crate) mod drop;
pub(crate) mod model;
pub(crate) mod options;
pub(crate) mod reader;
pub(crate) mod rule;
pub(crate) mod sink;
pub(crate) mod stream;
pub(crate) mod table;
pub(crate) mod view;

use std::collections::BTreeSet;

use sqlparser::tokenizer::{Span, TokenWithSpan};

use crate::{
    definition::Kind,
    error::{Error, Fault},
    source::{Lines, Source},
    statement::{self, Body, Reference, Statement},
    tokens,
};

use reader::Reader;

/// All statements of a source that parse, and an error for each one that does not.
pub fn parse(source: &Source) -> (Vec<Statement>, Vec<Error>) {
    parse_at(source, 1)
}

/// As [`parse`], for a text whose first line is line `first_line` of its file.
pub fn parse_at(source: &Source, first_line: u32) -> (Vec<Statement>, Vec<Error>) {
    let lines = Lines::new(&source.text, first_line);
    let (chunks, open) = tokens::statements(&source.text, first_line);
    let (mut statements, mut errors) = (Vec::new(), Vec::new());
    let mut refuse = |fault: Fault| {
        let excerpt = lines.line(fault.span.start.line).to_owned();
        errors.push(statement::error(&source.path, excerpt, fault));
    };
    for chunk in chunks {
        let span = tokens::span(&chunk);
        match parse_one(chunk, &lines) {
            Ok(body) => statements.push(Statement {
                text: lines.slice(span).to_owned(),
                path: source.path.clone(),
                line: u32::try_from(span.start.line).unwrap_or(u32::MAX),
                column: u32::try_from(span.start.column).unwrap_or(u32::MAX),
                body,
            }),
            Err(fault) => refuse(fault.or_at(span)),
        }
    }
    if let Some(fault) = open {
        refuse(fault);
    }
    (statements, errors)
}

fn parse_one(tokens: Vec<TokenWithSpan>, lines: &Lines<'_>) -> Result<Body, Fault> {
    let bytes = lines.slice(tokens::span(&tokens)).len();
    if bytes > tokens::STATEMENT_BYTES_MAX {
        let limit = tokens::STATEMENT_BYTES_MAX;
        let first = tokens.first().map_or(Span::empty(), |token| token.span);
        return Err(Fault::new(first, format!("the statement has {bytes} bytes, the limit is {limit}"))
            .help("split it into several views"));
    }
    tokens::check_bounds(&tokens)?;
    let references = view::references(&tokens);
    body(&mut Reader::new(tokens::rewrite(tokens)?), lines, references)
}

fn body(reader: &mut Reader, lines: &Lines<'_>, references: BTreeSet<Reference>) -> Result<Body, Fault> {
    if reader.word("drop") {
        let body = Body::Drop(drop::parse(reader)?);
        reader.finish()?;
        return Ok(body);
    }
    if !reader.word("create") {
        return Err(other_statement(reader));
    }
    let replace = reader.words(&["or", "replace"]);
    let at = reader.span();
    let kind = kind(reader)?;
    let exists_at = reader.span();
    if replace && kind == Kind::Stream {
        return Err(Fault::unsupported(at, "OR REPLACE of a STREAM", "create a stream of another name"));
    }
    if reader.words(&["if", "not", "exists"]) {
        return Err(Fault::unsupported(
            exists_at,
            "IF NOT EXISTS",
            "write CREATE OR REPLACE, or only CREATE",
        ));
    }
    let body = match kind {
        Kind::Stream => Body::Stream(stream::parse(reader)?),
        Kind::Table => Body::Table(table::parse(reader, replace)?),
        Kind::View => Body::View(view::parse(reader, replace, references)?),
        Kind::Model => Body::Model(model::parse(reader, replace)?),
        Kind::Decision => Body::Decision(decision::parse(reader, replace)?),
        Kind::Rule => Body::Rule(rule::parse(reader, replace, lines)?),
        Kind::Sink => Body::Sink(sink::parse(reader, replace)?),
    };
    reader.finish()?;
    Ok(body)
}

/// The kind after `CREATE` or `DROP`.
fn kind(reader: &mut Reader) -> Result<Kind, Fault> {
    let known = Kind::ALL.into_iter().find(|kind| reader.word(&kind.to_string()));
    known.ok_or_else(|| {
        let at = reader.span();
        for (word, instead) in [
            ("materialized", "write CREATE VIEW; its rows are kept when a decision reads it"),
            ("function", "write the expression in a view"),
            ("index", "timelines are indexed by their PARTITION BY"),
            ("trigger", "write a RULE or a SINK"),
            ("external", "write CREATE TABLE ... FROM file('...')"),
            ("temporary", "write CREATE VIEW"),
        ] {
            if reader.word(word) {
                return Fault::unsupported(at, &format!("CREATE {}", word.to_uppercase()), instead);
            }
        }
        reader.expected("STREAM, TABLE, VIEW, MODEL, DECISION, RULE or SINK")
    })
}

fn other_statement(reader: &mut Reader) -> Fault {
    let at = reader.span();
    for (word, instead) in [
        ("select", "definitions are CREATE and DROP statements; queries go to mitra-query"),
        ("with", "definitions are CREATE and DROP statements; queries go to mitra-query"),
        ("insert", "events enter through POST /v1/streams/<stream> or mitra ingest"),
        ("update", "send another event; a table changes with its file"),
        ("delete", "events are never deleted; a table changes with its file"),
        ("alter", "write CREATE OR REPLACE with the whole new definition"),
        ("explain", "write mitra explain <decision> <id>"),
        ("grant", "access is given by tokens in mitra.toml"),
    ] {
        if reader.word(word) {
            return Fault::unsupported(at, &format!("{} as a definition", word.to_uppercase()), instead);
        }
    }
    reader.expected("CREATE or DROP")
}
