//! The newest rows of a table, in memory: a part that grows, and parts that are full.

use std::sync::Arc;

use arrow::{
    array::RecordBatch,
    datatypes::{Field, Schema},
};
use types::{Position, Values};

use crate::{cells::Cells, layout::Stored, segment::Span};

/// Rows of a part before the next one begins.
pub const PART_ROWS: usize = 4_096;

/// A part that grows.
#[derive(Debug)]
pub struct Open {
    /// Indices of the stored columns that it has, the position and the arrival first.
    pub places: Arc<[usize]>,
    cells: Vec<Cells>,
    /// Rows.
    pub rows: usize,
}

/// A part that is full.
#[derive(Clone, Debug)]
pub struct Part {
    /// Rows under the names that they are stored by.
    pub batch: RecordBatch,
    /// Where they are.
    pub span: Span,
}

impl Open {
    /// No rows.
    pub fn new(places: Arc<[usize]>, stored: &[Stored]) -> Self {
        let cells = places.iter().map(|place| Cells::new(stored[*place].column_type)).collect();
        Self { places, cells, rows: 0 }
    }

    /// Appends rows `from..to` of `cells`, one for each place.
    pub fn extend(&mut self, cells: &[Cells], from: usize, to: usize) {
        for (own, other) in self.cells.iter_mut().zip(cells) {
            own.extend(other, from, to);
        }
        self.rows += to - from;
    }

    /// The rows as they are now; none if there are none.
    pub fn part(&self, stored: &[Stored]) -> Option<Part> {
        if self.rows == 0 {
            return None;
        }
        let fields: Vec<Field> = self.places.iter().map(|place| stored[*place].field()).collect();
        let columns = self.cells.iter().map(Cells::array).collect();
        let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
            .expect("cells were checked against their columns, and all have the same rows");
        Some(Part { batch, span: self.span() })
    }

    /// The first rows as a part, and the last `rows` in a new one.
    pub fn split(self, rows: usize, stored: &[Stored]) -> (Option<Part>, Self) {
        let mut first = Self::new(Arc::clone(&self.places), stored);
        let mut last = Self::new(Arc::clone(&self.places), stored);
        let middle = self.rows - rows;
        if rows == 0 {
            return (self.part(stored), last);
        }
        first.extend(&self.cells, 0, middle);
        last.extend(&self.cells, middle, self.rows);
        (first.part(stored), last)
    }

    fn span(&self) -> Span {
        let number = |column: usize, row: usize| match &self.cells[column] {
            Cells::Values(column) => match &column.values {
                Values::BigInt(values) | Values::Timestamptz(values) => values[row],
                _ => unreachable!("positions and arrivals are numbers"),
            },
            Cells::Lists(_) => unreachable!("positions and arrivals are numbers"),
        };
        let position = |row| Position::try_from(number(0, row)).expect("a position is not negative");
        let last = self.rows - 1;
        Span {
            first_position: position(0),
            last_position: position(last),
            first_arrived: number(1, 0),
            last_arrived: number(1, last),
        }
    }
}
