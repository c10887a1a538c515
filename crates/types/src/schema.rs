//! Names and types of columns, shared by streams, tables and views.

use crate::DataType;

/// One column's name and type.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Field {
    /// As written in SQL, lower case unless quoted.
    pub name: String,
    /// The SQL type.
    pub data_type: DataType,
    /// Whether NULL is refused at the door.
    pub not_null: bool,
}

/// The columns of a stream, table or view, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Schema {
    /// In order.
    pub fields: Vec<Field>,
}

impl Schema {
    /// The index of the column called `name`.
    pub fn index_of(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name == name)
    }

    /// Empty columns of these types.
    pub fn empty_columns(&self) -> Vec<crate::Column> {
        self.fields.iter().map(|field| crate::Column::new(field.data_type)).collect()
    }
}
