//! The values that an aggregate is over: which rows count, and how their values compare.

use std::cmp::Ordering;

use types::DataType;

use crate::{
    Aggregate, Function, TimelineSpec,
    chunk::{Cell, Chunk, Layout, Place, low_bits},
    dictionary::Dictionary,
    keys::canonical_bits,
};

/// The values of a column in the rows that pass a filter.
#[derive(Clone, Debug, PartialEq)]
pub struct Lane {
    argument: Option<usize>,
    filter: Option<usize>,
    keep_nulls: bool,
    pub data_type: Option<DataType>,
    pub place: Option<Place>,
    nulls: Option<usize>,
    /// The plane of truth values and the plane of NULLs.
    filter_planes: Option<(usize, usize)>,
    /// Index in `Plan::links`.
    pub link: Option<usize>,
}

impl Lane {
    /// The lane of an aggregate's argument and filter.
    pub fn new(aggregate: &Aggregate, spec: &TimelineSpec, layout: &Layout) -> Self {
        let field = |column: usize| &layout.fields[column];
        let truths = |column: usize| match field(column).place {
            Place::Bit(plane) => (plane, field(column).nulls),
            _ => panic!("a filter is a boolean column"),
        };
        Self {
            argument: aggregate.argument,
            filter: aggregate.filter,
            keep_nulls: matches!(aggregate.function, Function::FirstValue | Function::LastValue),
            data_type: aggregate.argument.map(|column| spec.columns[column]),
            place: aggregate.argument.map(|column| field(column).place),
            nulls: aggregate.argument.map(|column| field(column).nulls),
            filter_planes: aggregate.filter.map(truths),
            link: None,
        }
    }

    /// Whether both have the same values.
    pub fn is_same(&self, other: &Self) -> bool {
        (self.argument, self.filter, self.keep_nulls) == (other.argument, other.filter, other.keep_nulls)
    }

    /// The rows of a chunk that are in the lane.
    #[inline]
    pub fn mask(&self, chunk: &Chunk) -> u64 {
        let mut mask = low_bits(chunk.len());
        if let Some((truths, nulls)) = self.filter_planes {
            mask &= chunk.plane(truths) & !chunk.plane(nulls);
        }
        if let Some(nulls) = self.nulls
            && !self.keep_nulls
        {
            mask &= !chunk.plane(nulls);
        }
        mask
    }

    /// Whether the argument is NULL in a row.
    pub fn is_null(&self, chunk: &Chunk, row: usize) -> bool {
        self.nulls.is_some_and(|nulls| chunk.plane(nulls) >> row & 1 == 1)
    }

    /// The argument in a row, which is a double, with all its bits.
    pub fn double(&self, chunk: &Chunk, row: usize) -> f64 {
        match self.place {
            Some(Place::Word(word)) => f64::from_bits(chunk.word(word, row)),
            _ => unreachable!("a double is a word"),
        }
    }

    /// Whether every row is in the lane.
    pub const fn is_every_row(&self) -> bool {
        self.filter_planes.is_none() && (self.nulls.is_none() || self.keep_nulls)
    }

    /// A value as an integer with the same order, but for texts, which are compared by their identifier's text.
    /// `-0.0` counts as less than `0.0` here, so that the result does not depend on which came first.
    #[inline]
    pub fn rank(&self, layout: &Layout, chunk: &Chunk, row: usize) -> i128 {
        match (self.place, self.data_type) {
            (Some(Place::Word(word)), Some(DataType::Double)) => {
                i128::from(double_rank(f64::from_bits(chunk.word(word, row))))
            }
            (Some(Place::Word(word)), _) => i128::from(chunk.word(word, row) as i64),
            (Some(Place::Decimal { low, high }), _) => chunk.decimal(layout, low, high, row),
            (Some(Place::Half(half)), Some(DataType::Date)) => i128::from(chunk.half(half, row) as i32),
            (Some(Place::Half(half)), _) => i128::from(chunk.half(half, row)),
            (Some(Place::Bit(plane)), _) => i128::from(chunk.plane(plane) >> row & 1),
            (None, _) => unreachable!("only `count(*)` has no argument"),
        }
    }

    /// Compares two values by what `rank` gave for them.
    #[inline]
    pub fn compare(&self, dictionary: &Dictionary, left: i128, right: i128) -> Ordering {
        if self.data_type == Some(DataType::Text) && left != right {
            return dictionary.bytes(left as u32).cmp(dictionary.bytes(right as u32));
        }
        left.cmp(&right)
    }

    /// A value so that equal ones, and no others, are equal.
    #[inline]
    pub fn identity(&self, layout: &Layout, chunk: &Chunk, row: usize) -> i128 {
        match (self.place, self.data_type) {
            (Some(Place::Word(word)), Some(DataType::Double)) => {
                i128::from(canonical_bits(f64::from_bits(chunk.word(word, row))))
            }
            _ => self.rank(layout, chunk, row),
        }
    }

    /// What [`Lane::identity`] will give for the row of these cells.
    #[inline]
    pub fn cell_identity(&self, cells: &[Cell]) -> i128 {
        let Some(cell) = self.argument.map(|argument| &cells[argument]) else { return 0 };
        match self.data_type {
            Some(DataType::Double) => i128::from(canonical_bits(f64::from_bits(cell.low))),
            Some(DataType::Decimal { .. }) => i128::from(cell.high as i64) << 64 | i128::from(cell.low),
            Some(DataType::Date) => i128::from(cell.low as u32 as i32),
            Some(DataType::Text | DataType::Boolean) => i128::from(cell.low),
            _ => i128::from(cell.low as i64),
        }
    }
}

/// An integer in the order of doubles, NaN greatest.
#[inline]
pub const fn double_rank(value: f64) -> i64 {
    if value.is_nan() {
        return i64::MAX;
    }
    let bits = value.to_bits() as i64;
    bits ^ (bits >> 63) & i64::MAX
}

/// The double with this rank.
pub const fn double_of_rank(rank: i64) -> f64 {
    if rank == i64::MAX {
        return f64::NAN;
    }
    f64::from_bits((rank ^ (rank >> 63) & i64::MAX) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Frame, plan::Plan};

    #[test]
    fn cells_tell_the_identity_that_their_row_will_have() {
        let types = [
            DataType::Text,
            DataType::BigInt,
            DataType::decimal(2),
            DataType::Double,
            DataType::Boolean,
            DataType::Timestamptz,
            DataType::Date,
        ];
        let frame = Frame::Range { start: 0, end: 0, exclude_current: false };
        let aggregate = |column| Aggregate {
            function: Function::CountDistinct,
            argument: Some(column),
            filter: None,
            frame,
        };
        let aggregates = (0..types.len()).map(aggregate).collect();
        let plan = Plan::new(TimelineSpec { columns: types.to_vec(), aggregates, key_horizon: 0 });
        let cell = |low: u64, high: u64| Cell { low, high, null: false };
        for row in [
            [cell(7, 0), cell(5, 0), cell(12, 0), cell(0, 0), cell(1, 0), cell(9, 0), cell(3, 0)],
            [
                cell(u64::from(u32::MAX), 0),
                cell(-5_i64 as u64, 0),
                cell(-12_i64 as u64, u64::MAX),
                cell((-0.0_f64).to_bits(), 0),
                cell(0, 0),
                cell(i64::MIN as u64, 0),
                cell(u64::from(-3_i32 as u32), 0),
            ],
            [
                cell(0, 0),
                cell(0, 0),
                cell(1, 1 << 40),
                cell(f64::NAN.to_bits(), 0),
                cell(0, 0),
                cell(0, 0),
                cell(0, 0),
            ],
        ] {
            let mut chunk = Chunk::new(&plan.large, 1, plan.needs_wide(&row));
            chunk.insert(&plan.large, 0, 1, &row);
            for lane in &plan.lanes {
                assert_eq!(
                    lane.cell_identity(&row),
                    lane.identity(&plan.large, &chunk, 0),
                    "{:?}",
                    lane.data_type
                );
            }
        }
    }
}
