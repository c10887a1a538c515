//! Reference tables as of an event: every version of a table that an event can still see.

use std::{collections::BTreeMap, sync::Arc};

use hashbrown::HashTable;
use types::{Column, Micros, Position};
use windows::Keys;

use crate::Error;

/// One version's rows, found by primary key.
#[derive(Debug)]
pub struct TableRows {
    columns: Vec<Column>,
    keys: Keys,
    index: HashTable<u32>,
}

impl TableRows {
    /// Indexes `columns` by the one at `primary_key`. A row whose key is NULL matches nothing.
    ///
    /// # Errors
    /// `DuplicateKey` with the numbers of both rows.
    pub fn new(columns: Vec<Column>, primary_key: usize) -> Result<Self, Error> {
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
        Ok(Self { columns, keys, index })
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

/// All versions of all tables.
#[derive(Debug, Default)]
pub struct Tables {
    versions: BTreeMap<String, Vec<Version>>,
}

impl Tables {
    /// Adds a version; versions come in the order of their positions. The first one of a table is valid from the
    /// beginning of time.
    pub fn load(&mut self, table: &str, position: Position, valid_from: Micros, rows: Arc<TableRows>) {
        let versions = self.versions.entry(table.to_owned()).or_default();
        let valid_from = if versions.is_empty() { Micros::MIN } else { valid_from };
        assert!(
            versions.last().is_none_or(|last| last.position < position),
            "table versions come in log order"
        );
        versions.push(Version { position, valid_from, rows });
    }

    /// All versions of a table, oldest first.
    pub fn versions(&self, table: &str) -> &[Version] {
        self.versions.get(table).map_or(&[], Vec::as_slice)
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
