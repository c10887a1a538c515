//! `CREATE [OR REPLACE] SINK name ON source [WHERE condition] TO file('path')`, or `TO webhook('url') [WITH (...)]`.

use std::collections::BTreeSet;

use sqlparser::{ast::Expr, tokenizer::Span};

use crate::{
    error::Fault,
    statement::{Label, Reference},
};

use super::{
    options::{self, OptionDef},
    reader::Reader,
    table,
};

#[derive(Clone, Debug)]
pub(crate) struct CreateSink {
    pub name: Label,
    /// A decision, or the late events of a stream.
    pub source: Label,
    pub condition: Option<(Expr, Span)>,
    pub target: Target,
    /// Functions that the condition may call.
    pub calls: BTreeSet<Reference>,
}

/// What follows `TO`.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    File(Label),
    Webhook { url: Label, options: Vec<OptionDef> },
}

pub(super) fn parse(reader: &mut Reader, calls: BTreeSet<Reference>) -> Result<CreateSink, Fault> {
    const EXAMPLE: &str = "CREATE SINK name ON decision WHERE condition TO file('out/decisions.ndjson')";
    let name = reader.name("the sink's name")?;
    reader.expect_word("on", EXAMPLE)?;
    let source = reader.name("the decision's name")?;
    let condition = if reader.word("where") {
        let start = reader.span();
        let condition = reader.expr()?;
        Some((condition, Span::new(start.start, reader.last_span().end)))
    } else {
        None
    };
    reader.expect_word("to", EXAMPLE)?;
    let target = if reader.word("webhook") {
        let url = table::quoted(
            reader,
            "the endpoint's address in quotes",
            "TO webhook('https://example.com/decisions')",
        )?;
        Target::Webhook { url, options: options::parse(reader)? }
    } else {
        Target::File(table::file(reader, "TO file('out/decisions.ndjson') or TO webhook('https://...')")?)
    };
    Ok(CreateSink { name, source, condition, target, calls })
}
