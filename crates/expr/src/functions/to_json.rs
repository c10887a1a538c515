//! `to_json`.

use types::Interval;

use crate::{
    intervals, json,
    kernels::{self, Text},
    number_text,
    registry::{Category, Entry, Kind, Signature},
    time_text,
};

pub(crate) const ENTRY: Entry = Entry {
    name: "to_json",
    form: "to_json(a)",
    category: Category::Json,
    description: "The value as JSON: numbers and truth values as they are, anything else as a text.",
    examples: &[
        ("to_json('say \"hi\"'::text)", "\"say \\\"hi\\\"\""),
        ("to_json(DATE '2026-01-02')", "\"2026-01-02\""),
    ],
    signatures: &[
        Signature::new(&[Kind::Text], Kind::Text, |arguments, output| {
            kernels::text1::<Text>(arguments, output, |a, out| {
                json::write_string(a, out);
                Ok(())
            });
        }),
        Signature::new(&[Kind::BigInt], Kind::Text, |arguments, output| {
            kernels::text1::<i64>(arguments, output, |a, out| {
                number_text::write_decimal(out, i128::from(a), 0);
                Ok(())
            });
        }),
        Signature::new(&[Kind::Decimal], Kind::Text, |arguments, output| {
            let scale = arguments.scale(0);
            kernels::text1::<i128>(arguments, output, |a, out| {
                number_text::write_decimal(out, a, scale);
                Ok(())
            });
        }),
        Signature::new(&[Kind::Double], Kind::Text, |arguments, output| {
            kernels::text1::<f64>(arguments, output, |a, out| {
                if a.is_finite() {
                    number_text::write_double(out, a);
                } else {
                    quoted(out, |out| number_text::write_double(out, a));
                }
                Ok(())
            });
        }),
        Signature::new(&[Kind::Boolean], Kind::Text, |arguments, output| {
            kernels::text1::<bool>(arguments, output, |a, out| {
                out.push_str(if a { "true" } else { "false" });
                Ok(())
            });
        }),
        Signature::new(&[Kind::Timestamptz], Kind::Text, |arguments, output| {
            kernels::text1::<i64>(arguments, output, |a, out| {
                quoted(out, |out| time_text::write_iso_timestamp(out, a));
                Ok(())
            });
        }),
        Signature::new(&[Kind::Date], Kind::Text, |arguments, output| {
            kernels::text1::<i32>(arguments, output, |a, out| {
                quoted(out, |out| time_text::write_date(out, a));
                Ok(())
            });
        }),
        Signature::new(&[Kind::Interval], Kind::Text, |arguments, output| {
            kernels::text1::<Interval>(arguments, output, |a, out| {
                quoted(out, |out| intervals::write(out, a));
                Ok(())
            });
        }),
    ],
};

fn quoted(out: &mut String, write: impl FnOnce(&mut String)) {
    out.push('"');
    write(out);
    out.push('"');
}
