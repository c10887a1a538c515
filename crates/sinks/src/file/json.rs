//! Values as JSON: decimals and integers as numbers with all their digits, timestamps as RFC 3339 in UTC, dates as
//! `YYYY-MM-DD`, and what JSON has no number for as the strings `NaN`, `Infinity` and `-Infinity`, which ingest reads.

use std::fmt::Write as _;

use types::{Column, Field, Values, decimal, time};

/// Rows of the same fields as objects.
#[derive(Debug)]
pub(crate) struct Rows {
    /// What stands before each value: the separator, the name and the colon.
    prefixes: Vec<String>,
}

impl Rows {
    pub(crate) fn new(fields: &[Field]) -> Self {
        let prefix = |(index, field): (usize, &Field)| {
            let mut prefix = String::from(if index == 0 { "{" } else { "," });
            write_text(&mut prefix, &field.name);
            prefix.push(':');
            prefix
        };
        Self { prefixes: fields.iter().enumerate().map(prefix).collect() }
    }

    /// Appends the object at `row`.
    pub(crate) fn write(&self, out: &mut String, columns: &[Column], row: usize) {
        for (prefix, column) in self.prefixes.iter().zip(columns) {
            out.push_str(prefix);
            write_value(out, column, row);
        }
        out.push('}');
    }
}

/// Appends the value at `row`, which may be NULL.
fn write_value(out: &mut String, column: &Column, row: usize) {
    if column.is_null(row) {
        return out.push_str("null");
    }
    let written = match &column.values {
        Values::Text(values) => {
            write_text(out, values.get(row));
            Ok(())
        }
        Values::BigInt(values) => write!(out, "{}", values[row]),
        Values::Decimal(values) => decimal::write(out, values[row], column.data_type.scale()),
        Values::Double(values) => {
            write_double(out, values[row]);
            Ok(())
        }
        Values::Boolean(values) => write!(out, "{}", values[row]),
        Values::Timestamptz(values) => {
            out.push('"');
            time::write_rfc3339(out, values[row]).and_then(|()| out.write_char('"'))
        }
        Values::Date(values) => {
            out.push('"');
            time::write_date(out, values[row]).and_then(|()| out.write_char('"'))
        }
        Values::Interval(_) => unreachable!("refused when the sink was opened"),
    };
    written.expect("a string takes all");
}

/// The shortest digits that read back as the same double.
fn write_double(out: &mut String, value: f64) {
    if value.is_nan() {
        out.push_str("\"NaN\"");
    } else if value.is_infinite() {
        out.push_str(if value > 0.0 { "\"Infinity\"" } else { "\"-Infinity\"" });
    } else {
        write!(out, "{value:?}").expect("a string takes all");
    }
}

/// Appends a string in quotes.
pub(crate) fn write_text(out: &mut String, text: &str) {
    out.push('"');
    let mut rest = text;
    while let Some(at) = rest.find(|character: char| matches!(character, '"' | '\\' | '\0'..='\x1f')) {
        out.push_str(&rest[..at]);
        match rest.as_bytes()[at] {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            other => write!(out, "\\u{other:04x}").expect("a string takes all"),
        }
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
    out.push('"');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use types::{DataType, Value};

    use super::*;

    fn written(data_type: DataType, value: Option<Value>) -> String {
        let mut column = Column::new(data_type);
        column.push(value.as_ref());
        let mut out = String::new();
        write_value(&mut out, &column, 0);
        out
    }

    #[test]
    fn numbers_keep_their_digits() {
        let decimal =
            |unscaled, scale| written(DataType::decimal(scale), Some(Value::Decimal { unscaled, scale }));
        assert_eq!(decimal(1250, 2), "12.50");
        assert_eq!(decimal(-5, 2), "-0.05");
        assert_eq!(decimal(10_i128.pow(37), 0), format!("1{}", "0".repeat(37)));
        assert_eq!(written(DataType::BigInt, Some(Value::BigInt(i64::MAX))), "9223372036854775807");
        for (value, text) in [
            (0.1, "0.1"),
            (-0.0, "-0.0"),
            (1e300, "1e300"),
            (5e-324, "5e-324"),
            (1e15, "1000000000000000.0"),
            (f64::NAN, "\"NaN\""),
            (f64::INFINITY, "\"Infinity\""),
            (f64::NEG_INFINITY, "\"-Infinity\""),
        ] {
            assert_eq!(written(DataType::Double, Some(Value::Double(value))), text);
        }
    }

    #[test]
    fn times_are_rfc_3339() {
        let time = Value::Timestamptz(1_767_323_045_678_000);
        assert_eq!(written(DataType::Timestamptz, Some(time)), "\"2026-01-02T03:04:05.678000Z\"");
        assert_eq!(written(DataType::Date, Some(Value::Date(20_455))), "\"2026-01-02\"");
        assert_eq!(written(DataType::Boolean, Some(Value::Boolean(true))), "true");
        assert_eq!(written(DataType::Date, None), "null");
    }

    proptest! {
        #[test]
        fn text_and_doubles_read_back(text in any::<String>(), bits in any::<u64>()) {
            let mut out = String::new();
            write_text(&mut out, &text);
            prop_assert_eq!(serde_json::from_str::<String>(&out).expect("JSON"), text);
            let value = f64::from_bits(bits);
            if value.is_finite() {
                out.clear();
                write_double(&mut out, value);
                prop_assert!(serde_json::from_str::<serde_json::value::Number>(&out).is_ok(), "{}", out);
                prop_assert_eq!(out.parse::<f64>().expect("a number").to_bits(), bits);
            }
        }
    }
}
