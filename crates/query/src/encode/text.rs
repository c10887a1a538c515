//! Values as text, as PostgreSQL writes them.

use std::fmt::Write as _;

use datafusion::{
    arrow::{
        array::{Array, AsArray as _},
        datatypes::{
            DataType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int16Type, Int32Type, Int64Type,
            Time64MicrosecondType, TimestampMicrosecondType,
        },
        util::display::{ArrayFormatter, FormatOptions},
    },
    error::Result,
};
use pgwire::api::Type;

use super::interval;

/// Appends the value at `row`, which is not NULL.
pub fn write(array: &dyn Array, row: usize, wire: &Type, out: &mut String) -> Result<()> {
    match array.data_type() {
        DataType::Boolean => out.push_str(if array.as_boolean().value(row) { "t" } else { "f" }),
        DataType::Int16 => number(array.as_primitive::<Int16Type>().value(row), out),
        DataType::Int32 => number(array.as_primitive::<Int32Type>().value(row), out),
        DataType::Int64 => number(array.as_primitive::<Int64Type>().value(row), out),
        DataType::Float64 => {
            types::value::write_double(out, array.as_primitive::<Float64Type>().value(row))
                .expect("a string takes all");
        }
        DataType::Float32 => float(array.as_primitive::<Float32Type>().value(row), out),
        DataType::Decimal128(_, scale) if *scale >= 0 => {
            let value = array.as_primitive::<Decimal128Type>().value(row);
            types::decimal::write(out, value, scale.unsigned_abs()).expect("a string takes all");
        }
        DataType::Utf8 => out.push_str(array.as_string::<i32>().value(row)),
        DataType::Binary => {
            out.push_str("\\x");
            for byte in array.as_binary::<i32>().value(row) {
                write!(out, "{byte:02x}").expect("a string takes all");
            }
        }
        DataType::Date32 => {
            types::time::write_date(out, array.as_primitive::<Date32Type>().value(row))
                .expect("a string takes all");
        }
        DataType::Timestamp(_, zone) => {
            let value = array.as_primitive::<TimestampMicrosecondType>().value(row);
            timestamp(value, zone.is_some(), out);
        }
        DataType::Time64(_) => time(array.as_primitive::<Time64MicrosecondType>().value(row), out),
        DataType::List(_) => list(array.as_list::<i32>().value(row).as_ref(), wire, out)?,
        _ => match interval::parts(array, row) {
            Some(parts) => interval::write(parts, out),
            None => {
                let options = FormatOptions::default();
                write!(out, "{}", ArrayFormatter::try_new(array, &options)?.value(row))
                    .expect("a string takes all");
            }
        },
    }
    Ok(())
}

fn number(value: impl std::fmt::Display, out: &mut String) {
    write!(out, "{value}").expect("a string takes all");
}

fn float(value: f32, out: &mut String) {
    if value.is_finite() {
        write!(out, "{value}").expect("a string takes all");
    } else {
        types::value::write_double(out, value.into()).expect("a string takes all");
    }
}

fn timestamp(micros: i64, has_zone: bool, out: &mut String) {
    let mut text = String::new();
    types::time::write_timestamp(&mut text, micros).expect("a string takes all");
    let plain = text.strip_suffix("+00").unwrap_or(&text);
    out.push_str(plain);
    if has_zone {
        out.push_str("+00");
    }
}

fn time(micros: i64, out: &mut String) {
    let (seconds, fraction) = (micros / 1_000_000, micros % 1_000_000);
    write!(out, "{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
        .expect("a string takes all");
    if fraction != 0 {
        write!(out, ".{}", format!("{fraction:06}").trim_end_matches('0')).expect("a string takes all");
    }
}

/// `{a,"b c",NULL}`.
fn list(items: &dyn Array, wire: &Type, out: &mut String) -> Result<()> {
    out.push('{');
    let mut item = String::new();
    for row in 0..items.len() {
        if row > 0 {
            out.push(',');
        }
        if items.is_null(row) {
            out.push_str("NULL");
            continue;
        }
        item.clear();
        write(items, row, wire, &mut item)?;
        let is_list = matches!(items.data_type(), DataType::List(_));
        let needs_quotes = item.is_empty()
            || item.eq_ignore_ascii_case("null")
            || item.contains(|c: char| matches!(c, '{' | '}' | ',' | '"' | '\\') || c.is_whitespace());
        if is_list || !needs_quotes {
            out.push_str(&item);
            continue;
        }
        out.push('"');
        for c in item.chars() {
            if matches!(c, '"' | '\\') {
                out.push('\\');
            }
            out.push(c);
        }
        out.push('"');
    }
    out.push('}');
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::{ArrayRef, ListBuilder, StringBuilder};

    use super::*;

    #[test]
    fn arrays_are_quoted_where_they_must_be() {
        let mut builder = ListBuilder::new(StringBuilder::new());
        for item in [Some("plain"), Some("two words"), Some("a\"b\\c"), Some(""), Some("null"), None] {
            builder.values().append_option(item);
        }
        builder.append(true);
        let array: ArrayRef = Arc::new(builder.finish());
        let mut text = String::new();
        write(&array, 0, &Type::TEXT_ARRAY, &mut text).unwrap();
        assert_eq!(text, r#"{plain,"two words","a\"b\\c","","null",NULL}"#);
    }
}
