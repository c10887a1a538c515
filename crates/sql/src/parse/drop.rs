//! `DROP kind [IF EXISTS] name`, and `DROP RULE [IF EXISTS] name ON decision`.

use sqlparser::tokenizer::Token;

use crate::{
    definition::{Key, Kind},
    error::Fault,
    statement::Label,
};

use super::reader::Reader;

#[derive(Clone, Debug)]
pub(crate) struct DropItem {
    pub kind: Kind,
    pub if_exists: bool,
    pub name: Label,
    /// Of a rule.
    pub decision: Option<Label>,
}

impl DropItem {
    pub fn key(&self) -> Key {
        match &self.decision {
            Some(decision) => Key::rule(&decision.text, &self.name.text),
            None => Key::new(self.kind, &self.name.text),
        }
    }
}

pub(super) fn parse(reader: &mut Reader) -> Result<DropItem, Fault> {
    let kind = super::kind(reader, "DROP")?;
    let if_exists = reader.words(&["if", "exists"]);
    let name = reader.name("a name")?;
    if kind == Kind::Function && reader.is_at(&Token::LParen) {
        let instead = "a name has one function: write DROP FUNCTION name";
        return Err(Fault::unsupported(reader.span(), "a list of types", instead));
    }
    let decision = if kind == Kind::Rule {
        reader.expect_word("on", &format!("DROP RULE {} ON decision", name.text))?;
        Some(reader.name("the decision's name")?)
    } else {
        None
    };
    for word in ["cascade", "restrict"] {
        if reader.is_at_word(word) {
            let instead = "drop what depends on it first, by name";
            return Err(Fault::unsupported(reader.span(), &word.to_uppercase(), instead));
        }
    }
    Ok(DropItem { kind, if_exists, name, decision })
}
