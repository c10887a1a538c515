//! `CREATE [OR REPLACE] VIEW name AS SELECT ...`.

use std::collections::BTreeSet;

use sqlparser::{
    ast::Query,
    tokenizer::{Token, TokenWithSpan},
};

use crate::{
    error::Fault,
    statement::{Label, Reference},
    tokens::word,
};

use super::reader::Reader;

#[derive(Clone, Debug)]
pub(crate) struct CreateView {
    pub name: Label,
    pub query: Box<Query>,
    /// Relations and models that the query names.
    pub references: BTreeSet<Reference>,
}

pub(super) fn parse(reader: &mut Reader, references: BTreeSet<Reference>) -> Result<CreateView, Fault> {
    let name = reader.name("the view's name")?;
    if reader.is_at(&Token::LParen) {
        return Err(Fault::unsupported(
            reader.span(),
            "a view's column list",
            "name columns in the SELECT: expression AS name",
        ));
    }
    reader.expect_word("as", &format!("CREATE VIEW {} AS SELECT ...", name.text))?;
    if !reader.is_at_word("select") && !reader.is_at_word("with") && !reader.is_at(&Token::LParen) {
        return Err(reader.expected("SELECT"));
    }
    Ok(CreateView { name, query: Box::new(reader.query()?), references })
}

/// The names after `FROM` and `JOIN` of each `SELECT`, and the models in `predict('model')`.
pub(super) fn references(tokens: &[TokenWithSpan]) -> BTreeSet<Reference> {
    let mut found = BTreeSet::new();
    // Whether a SELECT stands at each open level: the FROM of extract() and trim() has none.
    let mut selects = vec![false];
    for (at, token) in tokens.iter().enumerate() {
        match &token.token {
            Token::LParen => selects.push(false),
            Token::RParen if selects.len() > 1 => {
                selects.pop();
            }
            _ if word(token, "select") => *selects.last_mut().expect("the outermost level stays") = true,
            _ if word(token, "from") || word(token, "join") => {
                let is_operator = at > 0 && word(&tokens[at - 1], "distinct");
                if let Some(name) = tokens.get(at + 1).and_then(name)
                    && selects.last() == Some(&true)
                    && !is_operator
                {
                    found.insert(Reference::Relation(name));
                }
            }
            _ if word(token, "predict") => {
                if let [Token::LParen, Token::SingleQuotedString(model)] = next_two(tokens, at) {
                    found.insert(Reference::Model(model.clone()));
                }
            }
            _ => {}
        }
    }
    found
}

fn name(token: &TokenWithSpan) -> Option<String> {
    let Token::Word(word) = &token.token else { return None };
    Some(if word.quote_style.is_some() { word.value.clone() } else { word.value.to_ascii_lowercase() })
}

fn next_two(tokens: &[TokenWithSpan], at: usize) -> [&Token; 2] {
    [1, 2].map(|ahead| tokens.get(at + ahead).map_or(&Token::EOF, |token| &token.token))
}
