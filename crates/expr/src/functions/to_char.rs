//! `to_char`.

use crate::{
    error::State,
    kernels,
    registry::{Category, Entry, Kind, Signature},
    template, zones,
};

pub(crate) const ENTRY: Entry = Entry {
    name: "to_char",
    form: "to_char(a, template), to_char(a, template, zone)",
    category: Category::Time,
    description: "The time as a template says, in UTC or as clocks in a time zone show it: `YYYY`, `MM`, `Mon`, `Month`, `DD`, `Dy`, `Day`, `HH24`, `HH12`, `AM`, `MI`, `SS`, `MS`, `US`, `IYYY`, `IW`, `Q`, `TZ`, `OF` and the others of PostgreSQL, `FM` before one that is not to be filled up, `th` behind a number, and text in double quotes.",
    examples: &[(
        "to_char(TIMESTAMPTZ '2026-01-02 03:04:05+00', 'Dy DD Mon YYYY, HH24:MI')",
        "Fri 02 Jan 2026, 03:04",
    )],
    signatures: &[
        Signature::new(&[Kind::Timestamptz, Kind::Text], Kind::Text, |arguments, output| {
            kernels::prepared_text(arguments, output, |row, out, prepared| {
                let clock = template::Clock::utc(row.get::<i64>(0));
                let items = prepared.template(row.text(1));
                if row.text(1).is_empty() {
                    return Err(State::IS_NULL);
                }
                template::write(&clock, items, out);
                Ok(())
            });
        })
        .prepare(template::prepare),
        Signature::new(&[Kind::Timestamptz, Kind::Text, Kind::Text], Kind::Text, |arguments, output| {
            kernels::prepared_text(arguments, output, |row, out, prepared| {
                let clock = {
                    let (time, zone) = (row.get::<i64>(0), zones::named(row.text(2))?);
                    template::Clock::new(time, zones::local(zone, time)?, Some(zone))
                };
                let items = prepared.template(row.text(1));
                if row.text(1).is_empty() {
                    return Err(State::IS_NULL);
                }
                template::write(&clock, items, out);
                Ok(())
            });
        })
        .prepare(template::prepare_with_zone),
    ],
};
