//! Column lists of streams and tables: `name TYPE [NOT NULL] [PRIMARY KEY]`.

use sqlparser::{
    ast::DataType,
    tokenizer::{Span, Token},
};

use crate::{error::Fault, statement::Label};

use super::reader::Reader;

/// One column as written.
#[derive(Clone, Debug)]
pub(crate) struct ColumnDef {
    pub name: Label,
    pub data_type: DataType,
    pub type_span: Span,
    pub not_null: bool,
    /// Where `PRIMARY KEY` stands, if it does.
    pub primary_key: Option<Span>,
}

pub(super) fn parse(reader: &mut Reader, what: &str) -> Result<Vec<ColumnDef>, Fault> {
    let example = format!("CREATE {what} name (id TEXT PRIMARY KEY, ...)");
    reader.expect_token(&Token::LParen, &example)?;
    reader.list(column)
}

fn column(reader: &mut Reader) -> Result<ColumnDef, Fault> {
    for (words, what) in [
        (&["primary", "key"][..], "PRIMARY KEY as a table constraint"),
        (&["constraint"], "CONSTRAINT"),
        (&["unique"], "UNIQUE"),
        (&["foreign", "key"], "FOREIGN KEY"),
        (&["check"], "CHECK"),
    ] {
        let at = reader.span();
        if reader.words(words) {
            return Err(Fault::unsupported(at, what, "write PRIMARY KEY after one column's type"));
        }
    }
    let name = reader.name("a column name")?;
    let type_span = reader.span();
    let data_type = reader.data_type().map_err(|fault| {
        fault.help("write its type after the name: TEXT, BIGINT, DECIMAL(18,2), DOUBLE, BOOLEAN, TIMESTAMPTZ or DATE")
    })?;
    let type_span = type_span.union(&reader.last_span());
    let mut column = ColumnDef { name, data_type, type_span, not_null: false, primary_key: None };
    loop {
        let at = reader.span();
        if reader.words(&["primary", "key"]) {
            column.primary_key = Some(at.union(&reader.last_span()));
            column.not_null = true;
        } else if reader.words(&["not", "null"]) {
            column.not_null = true;
        } else if reader.word("null") {
            // NULL is the default.
        } else {
            break;
        }
    }
    for (word, instead) in [
        ("default", "write coalesce(column, value) in a view"),
        ("unique", "write PRIMARY KEY; other columns are not indexed"),
        ("check", "write a view with WHERE"),
        ("references", "write a LEFT JOIN in a view"),
        ("generated", "write the expression in a view"),
        ("collate", "text compares by its bytes"),
    ] {
        if reader.is_at_word(word) {
            return Err(Fault::unsupported(reader.span(), &word.to_uppercase(), instead));
        }
    }
    Ok(column)
}
