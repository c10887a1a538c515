//! What a timeline keeps and what is read from it, so that a planner can ask for it without knowing how.

use types::DataType;

/// Which rows of a key, relative to the reading row, an aggregate sees. Only rows that are already in the timeline
/// are seen, whatever their time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Frame {
    /// Rows whose event time is within `[time - start, time - end]`, both bounds included.
    Range {
        /// Microseconds back to the first row, at least `end`.
        start: i64,
        /// Microseconds back to the last row, at least 0.
        end: i64,
        /// `EXCLUDE CURRENT ROW`: the reading row itself is not seen.
        exclude_current: bool,
    },
    /// Rows by their rank before the reading row in (event time, position) order, the reading row being 0.
    Rows {
        /// Rank of the first row, at least `end`.
        start: u64,
        /// Rank of the last row.
        end: u64,
        /// `EXCLUDE CURRENT ROW`: the reading row itself is not seen, ranks stay.
        exclude_current: bool,
    },
}

/// An aggregate function over the rows of a frame that pass its filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Function {
    /// `count(*)`: no argument.
    CountRows,
    /// `count(x)`: rows where x is not NULL.
    Count,
    /// `count(DISTINCT x)`.
    CountDistinct,
    /// `sum(x)`: NULL over no value.
    Sum,
    /// `avg(x)`.
    Avg,
    /// `min(x)`.
    Min,
    /// `max(x)`.
    Max,
    /// `var_samp(x)` and `variance(x)`: NULL below two values.
    VarSamp,
    /// `var_pop(x)`.
    VarPop,
    /// `stddev_samp(x)` and `stddev(x)`: NULL below two values.
    StddevSamp,
    /// `stddev_pop(x)`.
    StddevPop,
    /// `first_value(x)`, NULLs respected.
    FirstValue,
    /// `last_value(x)`, NULLs respected.
    LastValue,
}

/// One value to read from a timeline for an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Aggregate {
    /// The function.
    pub function: Function,
    /// Index of the argument in the timeline's columns; `None` for `CountRows` only.
    pub argument: Option<usize>,
    /// Index of a boolean column in the timeline's columns: rows where it is not true are not aggregated.
    pub filter: Option<usize>,
    /// The rows seen.
    pub frame: Frame,
}

/// One timeline: rows of one stream by one key, in (event time, position) order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TimelineSpec {
    /// Types of the columns that each row keeps (arguments and filters).
    pub columns: Vec<DataType>,
    /// The values read, each by its index here.
    pub aggregates: Vec<Aggregate>,
    /// `ROWS` frames see no row whose event time is more than this many microseconds before the reading row's.
    pub key_horizon: i64,
}

impl Frame {
    /// Microseconds back to the oldest row that the frame can see.
    pub const fn reach(&self, key_horizon: i64) -> i64 {
        match self {
            Self::Range { start, .. } => *start,
            Self::Rows { .. } => key_horizon,
        }
    }
}

impl Function {
    /// Whether the result over no row is 0 and not NULL.
    pub const fn counts(self) -> bool {
        matches!(self, Self::CountRows | Self::Count | Self::CountDistinct)
    }

    /// Whether it is computed from the sum of the values.
    pub(crate) const fn sums(self) -> bool {
        matches!(self, Self::Sum | Self::Avg) || self.squares()
    }

    /// Whether it is computed from the sum of the values' squares.
    pub(crate) const fn squares(self) -> bool {
        matches!(self, Self::VarSamp | Self::VarPop | Self::StddevSamp | Self::StddevPop)
    }

    /// The type of the result over an argument of type `argument` (`None` for `CountRows`), or `None` when the
    /// function does not take that type. Sums of `BIGINT` and decimals have 38 digits, averages of them at least six
    /// after the point, variance and standard deviation are correctly rounded doubles.
    pub fn result_type(self, argument: Option<DataType>) -> Option<DataType> {
        let Some(argument) = argument else { return (self == Self::CountRows).then_some(DataType::BigInt) };
        match self {
            Self::CountRows => None,
            _ if argument == DataType::Interval => None,
            Self::Count | Self::CountDistinct => Some(DataType::BigInt),
            Self::Sum => match argument {
                DataType::BigInt => Some(DataType::decimal(0)),
                DataType::Decimal { scale, .. } => Some(DataType::decimal(scale)),
                DataType::Double => Some(DataType::Double),
                _ => None,
            },
            Self::Avg => match argument {
                DataType::BigInt | DataType::Decimal { .. } => {
                    Some(DataType::decimal(argument.scale().max(6)))
                }
                DataType::Double => Some(DataType::Double),
                _ => None,
            },
            Self::Min | Self::Max => (argument != DataType::Boolean).then_some(argument),
            Self::FirstValue | Self::LastValue => Some(argument),
            Self::VarSamp | Self::VarPop | Self::StddevSamp | Self::StddevPop => {
                argument.is_numeric().then_some(DataType::Double)
            }
        }
    }
}
