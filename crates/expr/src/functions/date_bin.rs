//! `date_bin`.

use types::Interval;

use crate::{
    calendar::{self, DAY},
    error::ErrorCode,
    kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "date_bin",
    form: "date_bin(stride, a, origin)",
    category: Category::Time,
    description: "The start of the stride that the time lies in, counted from the origin; a stride has no months.",
    examples: &[(
        "date_bin(INTERVAL '15 minutes', TIMESTAMPTZ '2026-01-02 03:44:05+00', TIMESTAMPTZ '2026-01-01 00:00:00+00')",
        "2026-01-02 03:30:00+00",
    )],
    signatures: &[Signature::new(
        &[Kind::Interval, Kind::Timestamptz, Kind::Timestamptz],
        Kind::Timestamptz,
        |arguments, output| {
            kernels::rows3::<Interval, i64, i64, i64>(arguments, output, |stride, time, origin| {
                Ok(bin(stride, time, origin)?)
            });
        },
    )],
};

fn bin(stride: Interval, time: i64, origin: i64) -> Result<i64, ErrorCode> {
    if stride.months != 0 {
        return Err(ErrorCode::InvalidArgument);
    }
    let stride = i64::from(stride.days).checked_mul(DAY).and_then(|days| days.checked_add(stride.micros));
    let stride = stride.filter(|stride| *stride > 0).ok_or(ErrorCode::OutOfRange)?;
    let distance = time.checked_sub(origin).ok_or(ErrorCode::OutOfRange)?;
    let start = time.checked_sub(distance.rem_euclid(stride)).ok_or(ErrorCode::OutOfRange)?;
    calendar::timestamp(0, start)
}
