//! `to_date`.

use crate::{
    calendar, kernels,
    registry::{Category, Entry, Kind, Signature},
    template,
};

pub(crate) const ENTRY: Entry = Entry {
    name: "to_date",
    form: "to_date(a, template)",
    category: Category::Time,
    description: "The date that a text shows by a template.",
    examples: &[("to_date('02 Jan 2026', 'DD Mon YYYY')", "2026-01-02")],
    signatures: &[Signature::new(&[Kind::Text, Kind::Text], Kind::Date, |arguments, output| {
        kernels::prepared(arguments, output, |row, prepared| {
            let moment = template::read(row.text(0), prepared.template(row.text(1)))?;
            Ok(calendar::date(moment.days)?)
        });
    })
    .prepare(template::prepare_reading)],
};
