//! Which columns a table has, and what becomes of them when definitions change.
//!
//! A table shows the columns of the definitions in force. Rows keep the columns that they were recorded with: in a column that
//! is newer than the row, and in one that had another type then, the row reads NULL. A column that is gone is not shown; it
//! is there again when a definition brings it back with the same type.

use std::fmt;

use arrow::datatypes::{DataType as ArrowType, Field, TimeUnit};
use serde::{Deserialize, Serialize};
use sql::definition::{Decision, Stream, Table, View};
use types::{DataType, Schema};

/// What a table holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Every event of a stream.
    Stream,
    /// Every record of a decision.
    Decision,
    /// The rows of a reference table's newest file.
    Table,
}

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnType {
    /// `TEXT`.
    Text,
    /// `BIGINT`.
    BigInt,
    /// `DECIMAL(precision, scale)`.
    Decimal(u8, u8),
    /// `DOUBLE`.
    Double,
    /// `BOOLEAN`.
    Boolean,
    /// `TIMESTAMPTZ`.
    Timestamptz,
    /// `DATE`.
    Date,
    /// A list of text.
    TextList,
}

impl ColumnType {
    /// The type of a value of a definition. An interval is shown as its text: Parquet has no type that holds one exactly.
    pub fn of(data_type: DataType) -> Self {
        match data_type {
            DataType::Text | DataType::Interval => Self::Text,
            DataType::BigInt => Self::BigInt,
            DataType::Decimal { precision, scale } => Self::Decimal(precision, scale),
            DataType::Double => Self::Double,
            DataType::Boolean => Self::Boolean,
            DataType::Timestamptz => Self::Timestamptz,
            DataType::Date => Self::Date,
        }
    }

    /// The type of its Arrow arrays.
    pub fn arrow(self) -> ArrowType {
        match self {
            Self::Text => ArrowType::Utf8View,
            Self::BigInt => ArrowType::Int64,
            Self::Decimal(precision, scale) => {
                ArrowType::Decimal128(precision, i8::try_from(scale).expect("a scale is at most 38"))
            }
            Self::Double => ArrowType::Float64,
            Self::Boolean => ArrowType::Boolean,
            Self::Timestamptz => ArrowType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Self::Date => ArrowType::Date32,
            Self::TextList => ArrowType::new_list(ArrowType::Utf8, true),
        }
    }
}

impl fmt::Display for ColumnType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text => f.write_str("TEXT"),
            Self::BigInt => f.write_str("BIGINT"),
            Self::Decimal(precision, scale) => write!(f, "DECIMAL({precision},{scale})"),
            Self::Double => f.write_str("DOUBLE"),
            Self::Boolean => f.write_str("BOOLEAN"),
            Self::Timestamptz => f.write_str("TIMESTAMPTZ"),
            Self::Date => f.write_str("DATE"),
            Self::TextList => f.write_str("TEXT[]"),
        }
    }
}

/// A column as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Column {
    /// Its name in SQL.
    pub name: String,
    /// Its type.
    pub column_type: ColumnType,
}

/// Names of the position, the arrival and the epoch of a row's event.
pub const POSITION: &str = "position";
/// See [`POSITION`].
pub const ARRIVED: &str = "arrived";
/// See [`POSITION`].
pub const EPOCH: &str = "epoch";

/// Columns of every stream's table before the stream's own.
const BEFORE: [(&str, ColumnType); 2] = [(POSITION, ColumnType::BigInt), (ARRIVED, ColumnType::Timestamptz)];

/// Columns of every decision's table after the view's own.
pub const AFTER_DECISION: [(&str, ColumnType); 7] = [
    ("outcome", ColumnType::Text),
    ("fired", ColumnType::TextList),
    ("fired_shadow", ColumnType::TextList),
    ("reasons", ColumnType::TextList),
    ("raised", ColumnType::TextList),
    ("late", ColumnType::Boolean),
    (EPOCH, ColumnType::BigInt),
];

/// The columns of a stream's table: `position`, `arrived`, the stream's own, `epoch`.
pub fn of_stream(stream: &Stream) -> Vec<Column> {
    around(own(&stream.schema), &[(EPOCH, ColumnType::BigInt)])
}

/// The columns of a decision's table: `position`, `arrived`, the view's own, and what was decided.
pub fn of_decision(_: &Decision, view: &View) -> Vec<Column> {
    let of_view = view.columns.iter().map(|column| Column {
        name: column.name.clone(),
        column_type: ColumnType::of(view.slots[column.slot].data_type),
    });
    around(of_view.collect(), &AFTER_DECISION)
}

/// The columns of a reference table: its own.
pub fn of_table(table: &Table) -> Vec<Column> {
    own(&table.schema)
}

fn own(schema: &Schema) -> Vec<Column> {
    let column = |field: &types::Field| Column {
        name: field.name.clone(),
        column_type: ColumnType::of(field.data_type),
    };
    schema.fields.iter().map(column).collect()
}

/// Our columns around a definition's own. One of its own that has a name of ours is shown with `_` after it.
fn around(mut own: Vec<Column>, after: &[(&str, ColumnType)]) -> Vec<Column> {
    let ours = BEFORE.iter().chain(after).map(|(name, _)| *name);
    let mut taken: Vec<String> = own.iter().map(|column| column.name.clone()).collect();
    taken.extend(ours.clone().map(str::to_owned));
    for column in &mut own {
        if ours.clone().any(|name| name == column.name) {
            while taken.contains(&column.name) {
                column.name.push('_');
            }
            taken.push(column.name.clone());
        }
    }
    let column = |(name, column_type): &(&str, ColumnType)| Column {
        name: (*name).to_owned(),
        column_type: *column_type,
    };
    BEFORE.iter().map(column).chain(own).chain(after.iter().map(column)).collect()
}

/// A column as it is stored: one for each name and type that the table ever had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// The name that it is shown by.
    pub name: String,
    /// Its type.
    pub column_type: ColumnType,
    /// Its name in the files: unique in the table.
    pub stored: String,
}

impl Stored {
    /// Its field in files and batches.
    pub fn field(&self) -> Field {
        Field::new(&self.stored, self.column_type.arrow(), true)
    }
}

/// The index in `stored` of `column`, added when it is new.
pub fn place(stored: &mut Vec<Stored>, column: &Column) -> usize {
    let same = |other: &Stored| other.name == column.name && other.column_type == column.column_type;
    if let Some(place) = stored.iter().position(same) {
        return place;
    }
    let is_taken = |name: &str| stored.iter().any(|other| other.stored == name);
    let mut name = column.name.clone();
    if is_taken(&name) {
        name = format!("{} {}", column.name, column.column_type);
    }
    while is_taken(&name) {
        name.push('_');
    }
    let Column { name: shown, column_type } = column.clone();
    stored.push(Stored { name: shown, column_type, stored: name });
    stored.len() - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str, column_type: ColumnType) -> Column {
        Column { name: name.to_owned(), column_type }
    }

    #[test]
    fn a_definitions_column_steps_aside_for_ours() {
        let own = vec![column("position", ColumnType::Text), column("position_", ColumnType::Text)];
        let all = around(own, &[(EPOCH, ColumnType::BigInt)]);
        let names: Vec<_> = all.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["position", "arrived", "position__", "position_", "epoch"]);
    }

    #[test]
    fn a_column_of_another_type_is_another_column() {
        let mut stored = Vec::new();
        let text = column("a", ColumnType::Text);
        let number = column("a", ColumnType::BigInt);
        assert_eq!([place(&mut stored, &text), place(&mut stored, &number)], [0, 1]);
        assert_eq!([place(&mut stored, &text), place(&mut stored, &number)], [0, 1]);
        assert_eq!(stored[1].stored, "a BIGINT");
        let awkward = column("a BIGINT", ColumnType::Date);
        assert_eq!(place(&mut stored, &awkward), 2);
        assert_eq!(stored[2].stored, "a BIGINT DATE");
    }
}
