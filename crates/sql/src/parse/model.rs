//! `CREATE [OR REPLACE] MODEL name FROM 'path'`.

use crate::{error::Fault, statement::Label};

use super::{reader::Reader, table};

#[derive(Clone, Debug)]
pub(crate) struct CreateModel {
    pub name: Label,
    pub path: Label,
}

pub(super) fn parse(reader: &mut Reader) -> Result<CreateModel, Fault> {
    let name = reader.name("the model's name")?;
    reader.expect_word("from", "FROM 'models/fraud.json'")?;
    let path = if reader.is_at_word("file") {
        table::file(reader, "FROM file('models/fraud.json')")?
    } else {
        reader.string("the model's file in quotes: FROM 'models/fraud.json'")?
    };
    Ok(CreateModel { name, path })
}
