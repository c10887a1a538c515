//! Columns of streams and tables: types, the primary key, and names that betray card data.

use types::{DataType, Field, Schema};

use crate::{error::Fault, parse::columns::ColumnDef, statement::Label};

use super::data_type;

/// Columns of a stream or table.
pub const COLUMNS_MAX: usize = 1_600;

/// The schema and the index of the primary key.
pub(super) fn bind(name: &Label, what: &str, columns: &[ColumnDef]) -> Result<(Schema, usize), Fault> {
    if columns.len() > COLUMNS_MAX {
        let message =
            format!("{what} {} has {} columns, the limit is {COLUMNS_MAX}", name.text, columns.len());
        return Err(Fault::new(name.span, message));
    }
    let mut schema = Schema::default();
    let mut primary_key = None;
    for (index, column) in columns.iter().enumerate() {
        if schema.index_of(&column.name.text).is_some() {
            return Err(Fault::new(
                column.name.span,
                format!("column {} is declared twice", column.name.text),
            )
            .help("rename one of them"));
        }
        refuse_security_code(column)?;
        let data_type = data_type::of_column(&column.data_type, column.type_span)?;
        if let Some(span) = column.primary_key {
            if primary_key.replace(index).is_some() {
                return Err(Fault::unsupported(
                    span,
                    "a primary key of several columns",
                    "keep one PRIMARY KEY",
                ));
            }
            if !matches!(data_type, DataType::Text | DataType::BigInt) {
                return Err(Fault::new(column.type_span, format!("a primary key cannot be {data_type}"))
                    .help("a primary key is TEXT or BIGINT"));
            }
        }
        let field = Field { name: column.name.text.clone(), data_type, not_null: column.not_null };
        schema.fields.push(field);
    }
    let primary_key = primary_key.ok_or_else(|| {
        Fault::new(name.span, format!("{what} {} has no primary key", name.text))
            .help("write PRIMARY KEY after the type of the column that identifies a row")
    })?;
    Ok((schema, primary_key))
}

/// Card security codes may not be stored by anyone (PCI DSS 3.3).
fn refuse_security_code(column: &ColumnDef) -> Result<(), Fault> {
    const WORDS: [&str; 5] = ["cvv", "cvv2", "cvc", "cvc2", "security_code"];
    let name = column.name.text.to_ascii_lowercase();
    if !WORDS.iter().any(|word| name == *word || name.ends_with(&format!("_{word}"))) {
        return Ok(());
    }
    Err(Fault::new(column.name.span, format!("column {name}: a card's security code is never stored"))
        .help("leave it out of the events; send a BOOLEAN that says whether it matched"))
}

/// Whether a column's name says that it holds a card's number.
pub(super) fn is_card_number(name: &str) -> bool {
    const NAMES: [&str; 6] =
        ["pan", "card_number", "cardnumber", "card_no", "card_num", "primary_account_number"];
    NAMES.iter().any(|known| name.eq_ignore_ascii_case(known))
}
