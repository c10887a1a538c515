//! Text to statements: ours are read token by token, expressions and `SELECT` by `sqlparser`.

pub(crate) mod columns;
pub(crate) mod decision;
pub(crate) mod drop;
pub(crate) mod function;
pub(crate) mod model;
pub(crate) mod options;
pub(crate) mod reader;
pub(crate) mod rule;
pub(crate) mod sink;
pub(crate) mod stream;
pub(crate) mod table;
pub(crate) mod view;

use std::{collections::BTreeSet, sync::Arc};

use sqlparser::tokenizer::{Span, TokenWithSpan};

use crate::{
    definition::Kind,
    error::{Error, Fault},
    source::{Lines, Source},
    stack::deep,
    statement::{self, Body, Reference, Statement},
    strictness::Strictness,
    tokens,
};

use reader::Reader;

/// Words within which a definition's name stands: `CREATE OR REPLACE kind name`.
const LOST_WORDS: usize = 5;

/// What a source holds.
#[derive(Debug, Default)]
pub struct Parsed {
    /// The statements that parse.
    pub statements: Vec<Statement>,
    /// An error for each one that does not.
    pub errors: Vec<Error>,
    /// What the others may have meant to define: their first words.
    pub lost: BTreeSet<String>,
    /// Whether the text ends within a quote or a comment, so that any number of statements may be lost.
    pub is_open: bool,
}

/// All statements of a source that parse, and an error for each one that does not.
pub fn parse(source: &Source) -> (Vec<Statement>, Vec<Error>) {
    let Parsed { statements, errors, .. } = parse_file(source);
    (statements, errors)
}

/// As [`parse`], for a text of the control log, whose first line is line `first_line` of its file.
pub fn parse_recorded(source: &Source, first_line: u32) -> (Vec<Statement>, Vec<Error>) {
    let parsed = deep(|| parse_all(source, first_line, Strictness::Recorded));
    (parsed.statements, parsed.errors)
}

/// As [`parse`], with what the statements that do not parse may have meant to define.
pub fn parse_file(source: &Source) -> Parsed {
    deep(|| parse_all(source, 1, Strictness::Written))
}

fn parse_all(source: &Source, first_line: u32, strictness: Strictness) -> Parsed {
    // Some editors put a byte order mark before UTF-8; it is no part of the text.
    let text = source.text.strip_prefix('\u{feff}').unwrap_or(&source.text);
    let lines = Lines::new(text, first_line);
    let (chunks, open) = tokens::statements(text, first_line);
    let mut parsed = Parsed { is_open: open.is_some(), ..Parsed::default() };
    let Parsed { statements, errors, lost, .. } = &mut parsed;
    let mut refuse = |fault: Fault| {
        let excerpt = lines.line(fault.span.start.line).to_owned();
        errors.push(statement::error(&source.path, excerpt, fault));
    };
    for chunk in chunks {
        let span = tokens::span(&chunk);
        match parse_one(&chunk, &lines, strictness) {
            Ok((body, replace)) => statements.push(Statement {
                text: lines.slice(span).to_owned(),
                path: source.path.clone(),
                line: u32::try_from(span.start.line).unwrap_or(u32::MAX),
                column: u32::try_from(span.start.column).unwrap_or(u32::MAX),
                replace,
                body: Arc::new(body),
            }),
            Err(fault) => {
                lost.extend(tokens::first_words(&chunk, LOST_WORDS));
                refuse(fault.or_at(span));
            }
        }
    }
    if let Some(fault) = open {
        refuse(fault);
    }
    parsed
}

fn parse_one(
    tokens: &[TokenWithSpan],
    lines: &Lines<'_>,
    strictness: Strictness,
) -> Result<(Body, bool), Fault> {
    let bytes = lines.slice(tokens::span(tokens)).len();
    if bytes > tokens::STATEMENT_BYTES_MAX {
        let limit = tokens::STATEMENT_BYTES_MAX;
        let first = tokens.first().map_or(Span::empty(), |token| token.span);
        return Err(Fault::new(first, format!("the statement has {bytes} bytes, the limit is {limit}"))
            .help("split it into several views"));
    }
    tokens::check_bounds(tokens)?;
    let reads =
        Reads { named: view::references(tokens), called: tokens::calls(tokens::behind_header(tokens)) };
    body(&mut Reader::new(tokens::rewrite(tokens)?, strictness), lines, reads)
}

/// What a statement's text says that it reads.
struct Reads {
    /// Relations and models, as a query names them.
    named: BTreeSet<Reference>,
    /// Functions.
    called: BTreeSet<Reference>,
}

/// What a statement asks for, and whether it says `OR REPLACE`.
fn body(reader: &mut Reader, lines: &Lines<'_>, reads: Reads) -> Result<(Body, bool), Fault> {
    if reader.word("drop") {
        let body = Body::Drop(drop::parse(reader)?);
        reader.finish()?;
        return Ok((body, false));
    }
    if !reader.word("create") {
        return Err(other_statement(reader));
    }
    let replace = reader.words(&["or", "replace"]);
    let at = reader.span();
    let kind = kind(reader, "CREATE")?;
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
        Kind::Function => Body::Function(function::parse(reader, reads.called)?),
        Kind::Stream => Body::Stream(stream::parse(reader)?),
        Kind::Table => Body::Table(table::parse(reader)?),
        Kind::View => Body::View(view::parse(reader, reads.named.into_iter().chain(reads.called).collect())?),
        Kind::Model => Body::Model(model::parse(reader)?),
        Kind::Decision => Body::Decision(decision::parse(reader)?),
        Kind::Rule => Body::Rule(rule::parse(reader, lines, reads.called)?),
        Kind::Sink => Body::Sink(sink::parse(reader, reads.called)?),
    };
    reader.finish()?;
    Ok((body, replace))
}

/// The kind after `CREATE` or `DROP`.
fn kind(reader: &mut Reader, verb: &str) -> Result<Kind, Fault> {
    let known = Kind::ALL.into_iter().find(|kind| reader.word(&kind.to_string()));
    known.ok_or_else(|| {
        let at = reader.span();
        for (word, instead) in [
            ("materialized", "write CREATE VIEW; its rows are kept when a decision reads it"),
            ("index", "timelines are indexed by their PARTITION BY"),
            ("trigger", "write a RULE or a SINK"),
            ("external", "write CREATE TABLE ... FROM file('...')"),
            ("temporary", "write CREATE VIEW"),
            ("temp", "write CREATE VIEW"),
            ("schema", "names are not qualified; a project is one name space"),
            ("database", "one project has one data directory"),
            ("type", "there is TEXT, BIGINT, DECIMAL(p,s), DOUBLE, BOOLEAN, TIMESTAMPTZ and DATE"),
            ("domain", "there is TEXT, BIGINT, DECIMAL(p,s), DOUBLE, BOOLEAN, TIMESTAMPTZ and DATE"),
            ("policy", "write a DECISION and its RULEs"),
            ("procedure", "write CREATE FUNCTION name(parameter type) RETURNS type RETURN expression"),
            ("sequence", "send the number with the event"),
            ("extension", "docs/functions.md lists the functions that exist"),
            ("role", "access is given by tokens in mitra.toml"),
            ("user", "access is given by tokens in mitra.toml"),
        ] {
            if reader.word(word) {
                return Fault::unsupported(at, &format!("{verb} {}", word.to_uppercase()), instead);
            }
        }
        reader.expected("FUNCTION, STREAM, TABLE, VIEW, MODEL, DECISION, RULE or SINK")
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
        ("revoke", "access is given by tokens in mitra.toml"),
        ("truncate", "events are never deleted; a table changes with its file"),
        ("merge", "send another event; a table changes with its file"),
        ("copy", "events enter through POST /v1/streams/<stream> or mitra ingest"),
        ("refresh", "a table changes with its file: write CREATE OR REPLACE TABLE"),
        ("comment", "write -- in the file; comments are no part of a definition"),
        ("set", "options stand in WITH (...) of a stream and in mitra.toml"),
        ("show", "GET /v1/status lists the definitions in force"),
        ("describe", "GET /v1/status lists the definitions in force"),
        ("begin", "statements that are sent together come into force together"),
        ("start", "statements that are sent together come into force together"),
        ("commit", "statements that are sent together come into force together"),
        ("rollback", "statements that are sent together come into force together"),
    ] {
        if reader.word(word) {
            return Fault::new(at, format!("{} is not a definition", word.to_uppercase())).help(instead);
        }
    }
    reader.expected("CREATE or DROP")
}
