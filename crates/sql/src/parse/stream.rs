//! `CREATE STREAM name (columns) WITH (options)`.

use crate::{error::Fault, statement::Label};

use super::{
    columns::{self, ColumnDef},
    options::{self, OptionDef},
    reader::Reader,
};

#[derive(Clone, Debug)]
pub(crate) struct CreateStream {
    pub name: Label,
    pub columns: Vec<ColumnDef>,
    pub options: Vec<OptionDef>,
}

pub(super) fn parse(reader: &mut Reader) -> Result<CreateStream, Fault> {
    let name = reader.name("the stream's name")?;
    Ok(CreateStream { name, columns: columns::parse(reader, "STREAM")?, options: options::parse(reader)? })
}
