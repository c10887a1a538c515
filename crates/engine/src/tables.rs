//! Reference tables as of an event: every version of a table that an event can still see.

use std::{collections::BTreeMap, sync::Arc};

use hashbrown::HashTable;
use sql::definition::Table;
use types::{Column, Micros, Position};
use windows::Keys;

use crate::Error;

/// One version's rows, found by primary key.
#[derive(Debug)]
pub struct TableRows {
    incarnation: u64,
    columns: Vec<Column>,
    keys: Keys,
    index: HashTable<u32>,
}

impl TableRows {
    /// Indexes the columns of a version of `table` by its primary key. A row whose key is NULL matches nothing.
    ///
    /// # Errors
    /// `DuplicateKey` with the numbers of both rows.
    pub fn new(table: &Table, columns: Vec<Column>) -> Result<Self, Error> {
        let primary_key = table.primary_key;
        let rows = columns[primary_key].len();
        let mut keys = Keys::default();
        keys.encode(&[&columns[primary_key]], rows);
        let mut index = HashTable::with_capacity(rows);
        for row in 0..rows {
            let Some(hash) = keys.hash(row) else { continue };
            if let Some(first) =
                index.find(hash, |other: &u32| keys.bytes(*other as usize) == keys.bytes(row))
            {
                return Err(Error::DuplicateKey { row: row + 1, first: *first as usize + 1 });
            }
            let row = u32::try_from(row).expect("a reference file is bounded below 4 billion rows");
            index.insert_unique(hash, row, |other| {
                keys.hash(*other as usize).expect("indexed rows have keys")
            });
        }
        Ok(Self { incarnation: table.incarnation, columns, keys, index })
    }

    /// The row whose key equals `keys`' row.
    #[inline]
    pub fn find(&self, keys: &Keys, row: usize) -> Option<usize> {
        let hash = keys.hash(row)?;
        self.index
            .find(hash, |other| self.keys.bytes(*other as usize) == keys.bytes(row))
            .map(|row| *row as usize)
    }

    /// The column at `index`.
    pub fn column(&self, index: usize) -> &Column {
        &self.columns[index]
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A version of a table and when it holds.
#[derive(Clone, Debug)]
pub struct Version {
    /// Position of the record that loaded it: seen by later events only.
    pub position: Position,
    /// Seen by events at or after this time.
    pub valid_from: Micros,
    /// The rows.
    pub rows: Arc<TableRows>,
}

/// The versions of all tables that events still to come can see.
#[derive(Debug, Default)]
pub struct Tables {
    /// By incarnation, of which no two tables have the same: rows of another shape are not seen.
    versions: BTreeMap<u64, Vec<Version>>,
}

impl Tables {
    /// Adds a version; versions come in the order of their positions. The first one of an incarnation is valid from the
    /// beginning of time.
    pub fn load(&mut self, position: Position, valid_from: Micros, rows: Arc<TableRows>) {
        let versions = self.versions.entry(rows.incarnation).or_default();
        let valid_from = if versions.is_empty() { Micros::MIN } else { valid_from };
        assert!(
            versions.last().is_none_or(|last| last.position < position),
            "table versions come in log order"
        );
        // Whatever the time of an event after it, it sees this one before those that are valid no earlier. The others
        // stay: an event may be of any age.
        versions.retain(|version| version.valid_from < valid_from);
        versions.push(Version { position, valid_from, rows });
    }

    /// Lets go of all incarnations but those that `is_kept` says yes to.
    pub fn retain(&mut self, is_kept: impl Fn(u64) -> bool) {
        self.versions.retain(|incarnation, _| is_kept(*incarnation));
    }

    /// All versions of a table's incarnation, oldest first.
    pub fn versions(&self, incarnation: u64) -> &[Version] {
        self.versions.get(&incarnation).map_or(&[], Vec::as_slice)
    }

    /// Rows held, over all versions.
    pub fn rows(&self) -> usize {
        self.versions.values().flatten().map(|version| version.rows.len()).sum()
    }
}

/// The version that an event sees: among those before it and valid at its time, the highest position.
#[inline]
pub fn visible(versions: &[Version], position: Position, time: Micros) -> Option<&Version> {
    versions.iter().rev().find(|version| version.position < position && version.valid_from <= time)
}

#[cfg(test)]
mod tests {
    use sql::definition::{BlobHash, Format};
    use types::{DataType, Schema, Value};

    use super::*;

    fn rows(incarnation: u64, value: i64) -> Arc<TableRows> {
        let table = Table {
            name: "t".to_owned(),
            schema: Schema::default(),
            primary_key: 0,
            path: "t.csv".to_owned(),
            format: Format::Csv,
            blob: BlobHash(String::new()),
            incarnation,
        };
        let mut column = Column::new(DataType::BigInt);
        column.push(Some(&Value::BigInt(value)));
        Arc::new(TableRows::new(&table, vec![column]).expect("one row has no double"))
    }

    fn seen(tables: &Tables, incarnation: u64, position: Position, time: Micros) -> Option<i64> {
        let version = visible(tables.versions(incarnation), position, time)?;
        version.rows.column(0).as_i64().map(|values| values[0])
    }

    #[test]
    fn the_last_valid_version_of_an_incarnation_is_seen() {
        let mut tables = Tables::default();
        for (position, valid_from, incarnation) in [(10, 5, 1), (20, 50, 1), (25, 60, 2), (30, 70, 2)] {
            tables.load(position, valid_from, rows(incarnation, position as i64));
        }
        let cases = [(1, 9, 99, None), (1, 15, 0, Some(10)), (1, 40, 49, Some(10)), (1, 40, 50, Some(20))];
        for (incarnation, position, time, expected) in cases {
            assert_eq!(seen(&tables, incarnation, position, time), expected, "{position} at {time}");
        }
        assert_eq!(
            seen(&tables, 2, 40, 0),
            Some(25),
            "the first of an incarnation is valid from the beginning"
        );
        assert_eq!(seen(&tables, 2, 40, 70), Some(30));
        assert_eq!(seen(&tables, 3, 40, 70), None);
    }

    #[test]
    fn what_nobody_can_see_any_more_is_let_go_of() {
        let mut tables = Tables::default();
        tables.load(1, Micros::MIN, rows(1, 1));
        tables.load(2, Micros::MIN, rows(1, 2));
        assert_eq!((tables.rows(), seen(&tables, 1, 3, 0)), (1, Some(2)));
        tables.load(3, 50, rows(1, 3));
        tables.load(4, 50, rows(1, 4));
        tables.load(5, 60, rows(2, 5));
        assert_eq!(tables.rows(), 3);
        assert_eq!((seen(&tables, 1, 6, 49), seen(&tables, 1, 6, 50)), (Some(2), Some(4)));
        tables.retain(|incarnation| incarnation == 2);
        assert_eq!((tables.rows(), seen(&tables, 1, 6, 50), seen(&tables, 2, 6, 0)), (1, None, Some(5)));
    }
}
