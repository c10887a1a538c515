//! `CREATE [OR REPLACE] RULE name ON decision WHEN condition THEN outcome [REASON 'text'] [WITH (mode = '...')]`.

use std::collections::BTreeSet;

use sqlparser::{ast::Expr, tokenizer::Span};

use crate::{
    error::Fault,
    source::Lines,
    statement::{Label, Reference},
};

use super::{
    options::{self, OptionDef},
    reader::Reader,
};

#[derive(Clone, Debug)]
pub(crate) struct CreateRule {
    pub name: Label,
    pub decision: Label,
    pub condition: Expr,
    pub condition_text: String,
    pub condition_span: Span,
    pub outcome: Label,
    pub reason: Option<String>,
    pub options: Vec<OptionDef>,
    /// Functions that the condition may call.
    pub calls: BTreeSet<Reference>,
}

pub(super) fn parse(
    reader: &mut Reader,
    lines: &Lines<'_>,
    calls: BTreeSet<Reference>,
) -> Result<CreateRule, Fault> {
    const EXAMPLE: &str = "CREATE RULE name ON decision WHEN condition THEN outcome REASON 'why'";
    let name = reader.name("the rule's name")?;
    reader.expect_word("on", EXAMPLE)?;
    let decision = reader.name("the decision's name")?;
    reader.expect_word("when", EXAMPLE)?;
    let start = reader.span();
    let condition = reader.expr()?;
    let condition_span = Span::new(start.start, reader.last_span().end);
    reader.expect_word("then", EXAMPLE)?;
    let outcome = reader.name("an outcome of the decision")?;
    let reason = if reader.word("reason") { Some(reader.string("the reason in quotes")?.text) } else { None };
    let options = options::parse(reader)?;
    let condition_text = lines.slice(condition_span).to_owned();
    Ok(CreateRule {
        name,
        decision,
        condition,
        condition_text,
        condition_span,
        outcome,
        reason,
        options,
        calls,
    })
}
