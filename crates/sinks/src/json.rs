//! JSON of one column's values, without an allocation per value.

use std::fmt::Write as _;

use types::{Column, Values, decimal, time};

/// Writes the value at `row`. Decimals keep every digit, NaN and infinities are strings, times are RFC 3339 in UTC.
pub(crate) fn write_value(out: &mut String, column: &Column, row: usize) {
    if column.is_null(row) {
        return out.push_str("null");
    }
    match &column.values {
        Values::Text(values) => {
            write_string(out, values.get(row));
            Ok(())
        }
        Values::BigInt(values) => write!(out, "{}", values[row]),
        Values::Decimal(values) => decimal::write(out, values[row], column.data_type.scale()),
        Values::Double(values) => write_double(out, values[row]),
        Values::Boolean(values) => write!(out, "{}", values[row]),
        Values::Timestamptz(values) => {
            out.push('"');
            time::write_rfc3339(out, values[row]).map(|()| out.push('"'))
        }
        Values::Date(values) => {
            out.push('"');
            time::write_date(out, values[row]).map(|()| out.push('"'))
        }
        Values::Interval(_) => unreachable!("a sink with an INTERVAL column is refused when it is opened"),
    }
    .expect("a string takes all");
}

fn write_double(out: &mut String, value: f64) -> std::fmt::Result {
    if value.is_nan() {
        out.push_str("\"NaN\"");
    } else if value.is_infinite() {
        out.push_str(if value > 0.0 { "\"Infinity\"" } else { "\"-Infinity\"" });
    } else {
        // The shortest digits that read back as the same double, with an exponent where that is shorter.
        return write!(out, "{value:?}");
    }
    Ok(())
}

/// Writes a JSON string with its quotes.
pub(crate) fn write_string(out: &mut String, text: &str) {
    out.push('"');
    let mut rest = text;
    while let Some(at) = rest.find(|character: char| character < ' ' || matches!(character, '"' | '\\')) {
        out.push_str(&rest[..at]);
        // All of these are one byte long.
        let byte = rest.as_bytes()[at];
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            _ => write!(out, "\\u{byte:04x}").expect("a string takes all"),
        }
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
    out.push('"');
}
