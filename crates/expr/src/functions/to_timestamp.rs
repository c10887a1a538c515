//! `to_timestamp`.

use crate::{
    calendar::{self, SECOND},
    error::ErrorCode,
    intervals, kernels,
    registry::{Category, Entry, Kind, Signature},
    template,
};

pub(crate) const ENTRY: Entry = Entry {
    name: "to_timestamp",
    form: "to_timestamp(seconds), to_timestamp(a, template)",
    category: Category::Time,
    description: "The time so many seconds after 1970-01-01 00:00:00 UTC, or the one that a text shows by a template, in UTC without `TZH`.",
    examples: &[("to_timestamp(1767323045.5)", "2026-01-02 03:04:05.5+00")],
    signatures: &[
        Signature::new(&[Kind::Double], Kind::Timestamptz, |arguments, output| {
            kernels::rows1::<f64, i64>(arguments, output, |seconds| Ok(from_seconds(seconds)?));
        }),
        Signature::new(&[Kind::Text, Kind::Text], Kind::Timestamptz, |arguments, output| {
            kernels::prepared(arguments, output, |row, prepared| {
                let moment = template::read(row.text(0), prepared.template(row.text(1)))?;
                Ok(calendar::timestamp(moment.days, moment.clock - moment.zone)?)
            });
        })
        .prepare(template::prepare_reading),
    ],
};

/// Rounds to microseconds after PostgreSQL's own origin, 2000-01-01, for the same last digit.
fn from_seconds(seconds: f64) -> Result<i64, ErrorCode> {
    const ORIGIN: i64 = 946_684_800;
    let micros = libm::rint((seconds - ORIGIN as f64) * SECOND as f64);
    let micros = intervals::double_to_i64(micros)?;
    calendar::timestamp(0, micros.checked_add(ORIGIN * SECOND).ok_or(ErrorCode::OutOfRange)?)
}
