//! `+`.

use types::Interval;

use crate::{
    calendar::DAY,
    decimals, doubles,
    error::ErrorCode,
    intervals, kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "+",
    form: "a + b",
    category: Category::Math,
    description: "Sum; of a time and an interval, months first and to the month's last day at most.",
    examples: &[
        ("2 + 3", "5"),
        ("DATE '2026-01-31' + 1", "2026-02-01"),
        ("TIMESTAMPTZ '2026-01-31 10:00:00+00' + INTERVAL '1 month'", "2026-02-28 10:00:00+00"),
    ],
    signatures: &[
        Signature::new(&[Kind::BigInt, Kind::BigInt], Kind::BigInt, |arguments, output| {
            kernels::binary_raising(arguments, output, |a: i64, b: i64| {
                let (sum, over) = a.overflowing_add(b);
                (sum, if over { ErrorCode::OutOfRange as u8 } else { 0 })
            });
        }),
        Signature::new(&[Kind::Decimal, Kind::Decimal], Kind::Decimal, |arguments, output| {
            let (left, right) = (arguments.scale(0), arguments.scale(1));
            kernels::binary_raising(arguments, output, |a, b| decimals::add(a, left, b, right));
        }),
        Signature::new(&[Kind::Double, Kind::Double], Kind::Double, |arguments, output| {
            kernels::binary_raising(arguments, output, doubles::add);
        }),
        Signature::new(&[Kind::Timestamptz, Kind::Interval], Kind::Timestamptz, |arguments, output| {
            kernels::rows2::<i64, Interval, i64>(arguments, output, |time, interval| {
                Ok(intervals::add_to_timestamp(time, interval)?)
            });
        }),
        Signature::new(&[Kind::Interval, Kind::Timestamptz], Kind::Timestamptz, |arguments, output| {
            kernels::rows2::<Interval, i64, i64>(arguments, output, |interval, time| {
                Ok(intervals::add_to_timestamp(time, interval)?)
            });
        }),
        Signature::new(&[Kind::Date, Kind::BigInt], Kind::Date, |arguments, output| {
            kernels::rows2::<i32, i64, i32>(arguments, output, |date, days| Ok(shift(date, days)?));
        }),
        Signature::new(&[Kind::BigInt, Kind::Date], Kind::Date, |arguments, output| {
            kernels::rows2::<i64, i32, i32>(arguments, output, |days, date| Ok(shift(date, days)?));
        }),
        Signature::new(&[Kind::Date, Kind::Interval], Kind::Timestamptz, |arguments, output| {
            kernels::rows2::<i32, Interval, i64>(arguments, output, |date, interval| {
                Ok(shift_by_interval(date, interval)?)
            });
        }),
        Signature::new(&[Kind::Interval, Kind::Date], Kind::Timestamptz, |arguments, output| {
            kernels::rows2::<Interval, i32, i64>(arguments, output, |interval, date| {
                Ok(shift_by_interval(date, interval)?)
            });
        }),
        Signature::new(&[Kind::Interval, Kind::Interval], Kind::Interval, |arguments, output| {
            kernels::rows2::<Interval, Interval, Interval>(arguments, output, |a, b| {
                Ok(intervals::add(a, b)?)
            });
        }),
    ],
};

/// A date `days` later.
pub(super) fn shift(date: i32, days: i64) -> Result<i32, ErrorCode> {
    crate::calendar::date(i64::from(date).checked_add(days).ok_or(ErrorCode::OutOfRange)?)
}

/// The time `interval` after a date's midnight.
pub(super) fn shift_by_interval(date: i32, interval: Interval) -> Result<i64, ErrorCode> {
    let midnight = i64::from(date).checked_mul(DAY).ok_or(ErrorCode::OutOfRange)?;
    intervals::add_to_timestamp(midnight, interval)
}
