//! `timezone`.

use crate::{
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
    time_text, zones,
};

pub(crate) const ENTRY: Entry = Entry {
    name: "timezone",
    form: "timezone(zone, a), a AT TIME ZONE zone",
    category: Category::Time,
    description: "What clocks in a time zone show at a time, as text; or the time at which they show a text.",
    examples: &[
        ("timezone('Asia/Kolkata', TIMESTAMPTZ '2026-01-02 20:00:00+00')", "2026-01-03 01:30:00"),
        ("timezone('Asia/Kolkata', '2026-01-03 01:30'::text)", "2026-01-02 20:00:00+00"),
    ],
    signatures: &[
        Signature::new(&[Kind::Text, Kind::Timestamptz], Kind::Text, |arguments, output| {
            kernels::text2::<Text, i64>(arguments, output, |zone, time, out| {
                time_text::write_local(out, zones::local(zones::named(zone)?, time)?);
                Ok(())
            });
        })
        .prepare(zones::prepare_first),
        Signature::new(&[Kind::Text, Kind::Text], Kind::Timestamptz, |arguments, output| {
            kernels::rows2::<Text, Text, i64>(arguments, output, |zone, text| {
                let local = time_text::parse_local(text)?;
                Ok(zones::instant(zones::named(zone)?, local)?)
            });
        })
        .prepare(zones::prepare_first),
    ],
};
