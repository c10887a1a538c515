//! `-` between two values.

use types::Interval;

use super::add::{shift, shift_by_interval};
use crate::{
    decimals, doubles,
    error::ErrorCode,
    intervals, kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "-",
    form: "a - b",
    category: Category::Math,
    description: "Difference; of two timestamps an interval in days and the rest, of two dates a number of days.",
    examples: &[
        ("2 - 3", "-1"),
        ("DATE '2026-03-01' - DATE '2026-02-01'", "28"),
        ("TIMESTAMPTZ '2026-01-02 12:00:00+00' - TIMESTAMPTZ '2026-01-01 10:30:00+00'", "1 day 01:30:00"),
    ],
    signatures: &[
        Signature::new(&[Kind::BigInt, Kind::BigInt], Kind::BigInt, |arguments, output| {
            kernels::binary_raising(arguments, output, |a: i64, b: i64| {
                let (difference, over) = a.overflowing_sub(b);
                (difference, if over { ErrorCode::OutOfRange as u8 } else { 0 })
            });
        }),
        Signature::new(&[Kind::Decimal, Kind::Decimal], Kind::Decimal, |arguments, output| {
            let (left, right) = (arguments.scale(0), arguments.scale(1));
            kernels::binary_raising(arguments, output, |a, b: i128| decimals::add(a, left, -b, right));
        }),
        Signature::new(&[Kind::Double, Kind::Double], Kind::Double, |arguments, output| {
            kernels::binary_raising(arguments, output, |a, b: f64| doubles::add(a, -b));
        }),
        Signature::new(&[Kind::Timestamptz, Kind::Timestamptz], Kind::Interval, |arguments, output| {
            kernels::rows2::<i64, i64, Interval>(arguments, output, |a, b| {
                Ok(intervals::between_timestamps(a, b)?)
            });
        }),
        Signature::new(&[Kind::Timestamptz, Kind::Interval], Kind::Timestamptz, |arguments, output| {
            kernels::rows2::<i64, Interval, i64>(arguments, output, |time, interval| {
                Ok(intervals::add_to_timestamp(time, intervals::negate(interval)?)?)
            });
        }),
        Signature::new(&[Kind::Date, Kind::Date], Kind::BigInt, |arguments, output| {
            kernels::binary(arguments, output, |a: i32, b: i32| i64::from(a) - i64::from(b));
        }),
        Signature::new(&[Kind::Date, Kind::BigInt], Kind::Date, |arguments, output| {
            kernels::rows2::<i32, i64, i32>(arguments, output, |date, days| {
                Ok(shift(date, days.checked_neg().ok_or(ErrorCode::OutOfRange)?)?)
            });
        }),
        Signature::new(&[Kind::Date, Kind::Interval], Kind::Timestamptz, |arguments, output| {
            kernels::rows2::<i32, Interval, i64>(arguments, output, |date, interval| {
                Ok(shift_by_interval(date, intervals::negate(interval)?)?)
            });
        }),
        Signature::new(&[Kind::Interval, Kind::Interval], Kind::Interval, |arguments, output| {
            kernels::rows2::<Interval, Interval, Interval>(arguments, output, |a, b| {
                Ok(intervals::subtract(a, b)?)
            });
        }),
    ],
};
