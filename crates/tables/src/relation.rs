//! One table: its columns, its files and its newest rows.

use std::sync::Arc;

use types::Micros;

use crate::{
    frame::Rows,
    layout::{self, Kind, Stored},
    open::{Open, PART_ROWS, Part},
    segment::Segment,
};

/// Columns and where they are stored.
type Places = (Arc<[layout::Column]>, Arc<[usize]>);

/// One table.
#[derive(Debug)]
pub struct Relation {
    /// What it holds.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// How long rows are kept: microseconds.
    pub hot: Micros,
    /// Every column that it ever had.
    pub stored: Vec<Stored>,
    /// Its files, in the order of their rows.
    pub segments: Vec<Arc<Segment>>,
    /// Rows after those of the files.
    pub parts: Vec<Part>,
    /// Rows after those of the parts.
    pub open: Option<Open>,
    /// How many of its last rows are of a batch whose outputs may still come: they are all in `open`.
    pub pending: usize,
    /// The columns that came last, and their places.
    places: Option<Places>,
}

impl Relation {
    /// A table without rows.
    pub fn new(kind: Kind, name: &str) -> Self {
        Self {
            kind,
            name: name.to_owned(),
            hot: 0,
            stored: Vec::new(),
            segments: Vec::new(),
            parts: Vec::new(),
            open: None,
            pending: 0,
            places: None,
        }
    }

    /// Adds the rows of one frame.
    pub fn append(&mut self, rows: &Rows) {
        self.hot = rows.hot;
        let places = self.places(&rows.columns);
        let fits = |open: &Open| {
            open.rows < PART_ROWS && (Arc::ptr_eq(&open.places, &places) || open.places == places)
        };
        // Only before a frame's rows, so that those of one frame stay together.
        if !self.open.as_ref().is_some_and(fits) {
            self.close_part();
            self.open = Some(Open::new(places, &self.stored));
        }
        let open = self.open.as_mut().expect("it was just opened");
        open.extend(&rows.cells, 0, rows.count);
    }

    /// The stored places of columns.
    pub fn places(&mut self, columns: &Arc<[layout::Column]>) -> Arc<[usize]> {
        if let Some((last, places)) = &self.places
            && Arc::ptr_eq(last, columns)
        {
            return Arc::clone(places);
        }
        let places: Arc<[usize]> =
            columns.iter().map(|column| layout::place(&mut self.stored, column)).collect();
        self.places = Some((Arc::clone(columns), Arc::clone(&places)));
        places
    }

    /// After the stored columns were replaced.
    pub fn forget_places(&mut self) {
        self.places = None;
    }

    fn close_part(&mut self) {
        if let Some(open) = self.open.take() {
            self.parts.extend(open.part(&self.stored));
        }
    }

    /// Rows that are in memory.
    pub fn rows_in_memory(&self) -> usize {
        let parts: usize = self.parts.iter().map(|part| part.batch.num_rows()).sum();
        parts + self.open.as_ref().map_or(0, |open| open.rows)
    }

    /// Puts every row but the pending ones into parts, which it returns; the pending ones stay.
    pub fn settle(&mut self) -> &[Part] {
        if let Some(open) = self.open.take() {
            let (part, rest) = open.split(self.pending, &self.stored);
            self.parts.extend(part);
            self.open = (rest.rows > 0).then_some(rest);
        }
        &self.parts
    }

    /// All rows in memory, as they are now.
    pub fn rows_now(&self) -> Vec<Part> {
        let open = self.open.as_ref().and_then(|open| open.part(&self.stored));
        self.parts.iter().cloned().chain(open).collect()
    }
}
