//! `CREATE [OR REPLACE] TABLE name (columns) FROM file('path')`.

use sqlparser::tokenizer::Token;

use crate::{error::Fault, statement::Label};

use super::{
    columns::{self, ColumnDef},
    reader::Reader,
};

#[derive(Clone, Debug)]
pub(crate) struct CreateTable {
    pub name: Label,
    pub columns: Vec<ColumnDef>,
    pub path: Label,
}

pub(super) fn parse(reader: &mut Reader) -> Result<CreateTable, Fault> {
    let name = reader.name("the table's name")?;
    let columns = columns::parse(reader, "TABLE")?;
    reader.expect_word("from", "FROM file('table.csv')")?;
    let path = file(reader, "FROM file('table.csv')")?;
    Ok(CreateTable { name, columns, path })
}

/// `file('path')`, other places refused by name.
pub(super) fn file(reader: &mut Reader, example: &str) -> Result<Label, Fault> {
    let at = reader.span();
    for place in ["kafka", "webhook", "http", "s3", "mysql", "postgres"] {
        if reader.word(place) {
            return Err(Fault::unsupported(at, &format!("{place}(...)"), &format!("write {example}")));
        }
    }
    reader.expect_word("file", example)?;
    quoted(reader, "the file's path in quotes", example)
}

/// `('...')` after the word that says what it is.
pub(super) fn quoted(reader: &mut Reader, what: &str, example: &str) -> Result<Label, Fault> {
    reader.expect_token(&Token::LParen, example)?;
    let text = reader.string(what)?;
    reader.expect_token(&Token::RParen, example)?;
    Ok(text)
}
