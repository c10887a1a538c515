//! `CREATE [OR REPLACE] DECISION name ON view OUTCOMES (default, ..., strongest)`.

use sqlparser::tokenizer::Token;

use crate::{error::Fault, statement::Label};

use super::reader::Reader;

#[derive(Clone, Debug)]
pub(crate) struct CreateDecision {
    pub name: Label,
    pub view: Label,
    pub outcomes: Vec<Label>,
}

pub(super) fn parse(reader: &mut Reader) -> Result<CreateDecision, Fault> {
    const EXAMPLE: &str = "OUTCOMES (approve, review, decline)";
    let name = reader.name("the decision's name")?;
    reader.expect_word("on", "CREATE DECISION name ON view OUTCOMES (...)")?;
    let view = reader.name("the view's name")?;
    reader.expect_word("outcomes", EXAMPLE)?;
    reader.expect_token(&Token::LParen, EXAMPLE)?;
    let outcomes = reader.list(|reader| reader.name("an outcome's name without quotes"))?;
    Ok(CreateDecision { name, view, outcomes })
}
