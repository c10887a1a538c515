//! Intervals as months, days and microseconds.

use std::fmt::Write as _;

use datafusion::arrow::{
    array::{Array, AsArray as _},
    datatypes::{
        DataType, DurationMicrosecondType, DurationMillisecondType, DurationNanosecondType,
        DurationSecondType, IntervalDayTimeType, IntervalMonthDayNanoType, IntervalUnit,
        IntervalYearMonthType, TimeUnit,
    },
};

/// The parts of the value at `row`; none when the array holds no intervals.
pub fn parts(array: &dyn Array, row: usize) -> Option<(i32, i32, i64)> {
    Some(match array.data_type() {
        DataType::Interval(IntervalUnit::YearMonth) => {
            (array.as_primitive::<IntervalYearMonthType>().value(row), 0, 0)
        }
        DataType::Interval(IntervalUnit::DayTime) => {
            let value = array.as_primitive::<IntervalDayTimeType>().value(row);
            (0, value.days, i64::from(value.milliseconds) * 1_000)
        }
        DataType::Interval(IntervalUnit::MonthDayNano) => {
            let value = array.as_primitive::<IntervalMonthDayNanoType>().value(row);
            (value.months, value.days, value.nanoseconds / 1_000)
        }
        DataType::Duration(TimeUnit::Second) => {
            (0, 0, array.as_primitive::<DurationSecondType>().value(row).saturating_mul(1_000_000))
        }
        DataType::Duration(TimeUnit::Millisecond) => {
            (0, 0, array.as_primitive::<DurationMillisecondType>().value(row).saturating_mul(1_000))
        }
        DataType::Duration(TimeUnit::Microsecond) => {
            (0, 0, array.as_primitive::<DurationMicrosecondType>().value(row))
        }
        DataType::Duration(TimeUnit::Nanosecond) => {
            (0, 0, array.as_primitive::<DurationNanosecondType>().value(row) / 1_000)
        }
        _ => return None,
    })
}

/// As PostgreSQL writes it: `1 year 2 mons 3 days 04:05:06.7`.
pub fn write((months, days, micros): (i32, i32, i64), out: &mut String) {
    let mut words = Vec::new();
    let mut word = |count: i32, name: &str| {
        if count != 0 {
            words.push(format!("{count} {name}{}", if count == 1 { "" } else { "s" }));
        }
    };
    word(months / 12, "year");
    word(months % 12, "mon");
    word(days, "day");
    if micros != 0 || words.is_empty() {
        let sign = if micros < 0 { "-" } else { "" };
        let magnitude = micros.unsigned_abs();
        let (seconds, fraction) = (magnitude / 1_000_000, magnitude % 1_000_000);
        let mut clock = format!("{sign}{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60);
        if fraction != 0 {
            write!(clock, ".{}", format!("{fraction:06}").trim_end_matches('0')).expect("a string takes all");
        }
        words.push(clock);
    }
    out.push_str(&words.join(" "));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_read_as_postgresql_writes_them() {
        for (parts, wanted) in [
            ((0, 0, 0), "00:00:00"),
            ((14, 1, 0), "1 year 2 mons 1 day"),
            ((0, -3, 3_661_500_000), "-3 days 01:01:01.5"),
            ((0, 0, -1), "-00:00:00.000001"),
            ((-1, 0, 0), "-1 mons"),
        ] {
            let mut text = String::new();
            write(parts, &mut text);
            assert_eq!(text, wanted);
        }
    }
}
