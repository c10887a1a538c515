//! Values that clients bind to the parameters of a prepared statement.

use std::sync::Arc;

use datafusion::{
    arrow::datatypes::{DataType, TimeUnit},
    common::tree_node::{TreeNode as _, TreeNodeRecursion},
    logical_expr::{Expr, ExprSchemable as _, LogicalPlan},
    scalar::ScalarValue,
};
use pgwire::api::Type;

use crate::{
    encode::{EPOCH_DAYS, EPOCH_MICROS, decode_numeric},
    failure::Failure,
};

/// Parameters of a statement at most, as the protocol counts them.
const COUNT_MAX: usize = 65_535;

/// The types of a plan's parameters in order, as far as the statement tells them.
///
/// # Errors
/// What the planner refuses, and a number that is none.
pub fn types(plan: &LogicalPlan) -> Result<Vec<Option<DataType>>, Failure> {
    let known = plan.get_parameter_types().map_err(|error| Failure::new("42P18", error.strip_backtrace()))?;
    let mut all: Vec<Option<DataType>> = Vec::new();
    for (name, data_type) in known {
        let number: usize = name.trim_start_matches('$').parse().unwrap_or(0);
        if !(1..=COUNT_MAX).contains(&number) {
            return Err(Failure::new("42P02", format!("there is no parameter {name}")));
        }
        if all.len() < number {
            all.resize(number, None);
        }
        all[number - 1] = data_type;
    }
    let mut set = |id: &str, data_type: &DataType| {
        let number: usize = id.trim_start_matches('$').parse().unwrap_or(0);
        if let Some(unknown @ None) = number.checked_sub(1).and_then(|index| all.get_mut(index)) {
            *unknown = Some(data_type.clone());
        }
    };
    let walked = plan.apply(|node| {
        if let LogicalPlan::Limit(limit) = node {
            for bound in [&limit.skip, &limit.fetch].into_iter().flatten() {
                bound.apply(|expression| {
                    if let Expr::Placeholder(placeholder) = expression {
                        set(&placeholder.id, &DataType::Int64);
                    }
                    Ok(TreeNodeRecursion::Continue)
                })?;
            }
        }
        for expression in node.expressions() {
            expression.apply(|expression| {
                if let Some((id, list)) = member_list(expression, node) {
                    set(id, &list);
                }
                if let Expr::Cast(cast) = expression
                    && let Expr::Placeholder(placeholder) = &*cast.expr
                {
                    set(&placeholder.id, cast.field.data_type());
                }
                Ok(TreeNodeRecursion::Continue)
            })?;
        }
        Ok(TreeNodeRecursion::Continue)
    });
    walked.map_err(|error| Failure::new("XX000", error.strip_backtrace()))?;
    Ok(all)
}

/// The parameter, and its type, of `column = ANY($1)`, which is planned as a search in a list.
fn member_list<'a>(expression: &'a Expr, node: &LogicalPlan) -> Option<(&'a str, DataType)> {
    let Expr::ScalarFunction(function) = expression else { return None };
    let [Expr::Placeholder(placeholder), member] = function.args.as_slice() else { return None };
    if function.name() != "array_has" {
        return None;
    }
    let item = match member.get_type(node.inputs().first()?.schema()).ok()? {
        DataType::Utf8View | DataType::LargeUtf8 => DataType::Utf8,
        other => other,
    };
    Some((&placeholder.id, DataType::new_list(item, true)))
}

/// The value of a parameter; `index` is from 0.
///
/// # Errors
/// Names the parameter and what it should be.
pub fn value(
    index: usize,
    wire: &Type,
    bytes: Option<&[u8]>,
    is_binary: bool,
) -> Result<ScalarValue, Failure> {
    let wrong =
        |expected: &str| Failure::new("22P02", format!("parameter ${} is not a valid {expected}", index + 1));
    let arrow = arrow_type(wire).ok_or_else(|| {
        Failure::new("0A000", format!("parameter ${} has type {wire}, which is not supported", index + 1))
            .with_hint("cast it in the statement, as in $1::text, and send text")
    })?;
    let Some(bytes) = bytes else {
        return ScalarValue::try_from(&arrow).map_err(|error| Failure::new("XX000", error.strip_backtrace()));
    };
    let value = if is_binary {
        of_binary(wire, bytes)
    } else {
        std::str::from_utf8(bytes).ok().and_then(|text| of_text(wire, &arrow, text))
    };
    value.ok_or_else(|| wrong(wire.name()))
}

fn arrow_type(wire: &Type) -> Option<DataType> {
    Some(match *wire {
        Type::BOOL => DataType::Boolean,
        Type::INT2 => DataType::Int16,
        Type::INT4 | Type::OID => DataType::Int32,
        Type::INT8 => DataType::Int64,
        Type::FLOAT4 => DataType::Float32,
        Type::FLOAT8 => DataType::Float64,
        Type::NUMERIC => DataType::Decimal128(38, 10),
        Type::DATE => DataType::Date32,
        Type::TIMESTAMP => DataType::Timestamp(TimeUnit::Microsecond, None),
        Type::TIMESTAMPTZ => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        Type::BYTEA => DataType::Binary,
        Type::TEXT
        | Type::VARCHAR
        | Type::BPCHAR
        | Type::NAME
        | Type::CHAR
        | Type::UNKNOWN
        | Type::JSON
        | Type::JSONB => DataType::Utf8,
        Type::TEXT_ARRAY | Type::VARCHAR_ARRAY | Type::NAME_ARRAY => DataType::new_list(DataType::Utf8, true),
        Type::INT8_ARRAY => DataType::new_list(DataType::Int64, true),
        Type::INT4_ARRAY => DataType::new_list(DataType::Int32, true),
        Type::FLOAT8_ARRAY => DataType::new_list(DataType::Float64, true),
        _ => return None,
    })
}

fn of_text(wire: &Type, arrow: &DataType, text: &str) -> Option<ScalarValue> {
    match arrow {
        DataType::Utf8 => Some(ScalarValue::Utf8(Some(text.to_owned()))),
        DataType::Boolean => match text.trim().to_ascii_lowercase().as_str() {
            "t" | "true" | "1" | "on" | "yes" | "y" => Some(ScalarValue::Boolean(Some(true))),
            "f" | "false" | "0" | "off" | "no" | "n" => Some(ScalarValue::Boolean(Some(false))),
            _ => None,
        },
        DataType::Decimal128(..) => decimal(text.trim()),
        DataType::Binary => {
            let digits = text.strip_prefix("\\x")?;
            let byte = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
            let bytes: Option<Vec<u8>> = (0..digits.len()).step_by(2).map(byte).collect();
            Some(ScalarValue::Binary(Some(bytes?)))
        }
        DataType::List(item) => {
            let item_wire = item_of(wire)?;
            let mut values = Vec::new();
            for text in items(text)? {
                values.push(match text {
                    Some(text) => of_text(&item_wire, item.data_type(), &text)?,
                    None => ScalarValue::try_from(item.data_type()).ok()?,
                });
            }
            Some(ScalarValue::List(ScalarValue::new_list_nullable(&values, item.data_type())))
        }
        other => ScalarValue::try_from_string(text.trim().to_owned(), other).ok(),
    }
}

/// A number with the scale that it is written with, so that nothing is rounded.
fn decimal(text: &str) -> Option<ScalarValue> {
    let fraction = text.split(['e', 'E']).next()?.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let exponent: i64 = text.split_once(['e', 'E']).map_or(Some(0), |(_, exponent)| exponent.parse().ok())?;
    let scale =
        u8::try_from((i64::try_from(fraction).ok()? - exponent).max(0)).ok().filter(|scale| *scale <= 38)?;
    let unscaled = types::decimal::parse(text, 38, scale).ok()?;
    Some(ScalarValue::Decimal128(Some(unscaled), 38, i8::try_from(scale).ok()?))
}

/// The items of `{a,"b c",NULL}`.
fn items(text: &str) -> Option<Vec<Option<String>>> {
    let body = text.trim().strip_prefix('{')?.strip_suffix('}')?;
    let mut all = Vec::new();
    let mut characters = body.chars().peekable();
    while characters.peek().is_some() {
        let mut item = String::new();
        let is_quoted = characters.next_if_eq(&'"').is_some();
        let mut is_open = is_quoted;
        while let Some(c) = characters.next() {
            match c {
                '\\' => item.push(characters.next()?),
                '"' if is_open => is_open = false,
                ',' if !is_open => break,
                '{' | '}' if !is_open => return None,
                c => item.push(c),
            }
        }
        if is_open {
            return None;
        }
        let is_null = !is_quoted && item.eq_ignore_ascii_case("null");
        all.push((!is_null).then_some(item));
    }
    Some(all)
}

fn item_of(wire: &Type) -> Option<Type> {
    Some(match *wire {
        Type::TEXT_ARRAY | Type::VARCHAR_ARRAY | Type::NAME_ARRAY => Type::TEXT,
        Type::INT8_ARRAY => Type::INT8,
        Type::INT4_ARRAY => Type::INT4,
        Type::FLOAT8_ARRAY => Type::FLOAT8,
        _ => return None,
    })
}

fn of_binary(wire: &Type, bytes: &[u8]) -> Option<ScalarValue> {
    Some(match *wire {
        Type::BOOL => ScalarValue::Boolean(Some(*bytes.first()? != 0)),
        Type::INT2 => ScalarValue::Int16(Some(i16::from_be_bytes(bytes.try_into().ok()?))),
        Type::INT4 | Type::OID => ScalarValue::Int32(Some(i32::from_be_bytes(bytes.try_into().ok()?))),
        Type::INT8 => ScalarValue::Int64(Some(i64::from_be_bytes(bytes.try_into().ok()?))),
        Type::FLOAT4 => ScalarValue::Float32(Some(f32::from_be_bytes(bytes.try_into().ok()?))),
        Type::FLOAT8 => ScalarValue::Float64(Some(f64::from_be_bytes(bytes.try_into().ok()?))),
        Type::NUMERIC => {
            let (unscaled, scale) = decode_numeric(bytes)?;
            ScalarValue::Decimal128(Some(unscaled), 38, i8::try_from(scale).ok()?)
        }
        Type::DATE => {
            ScalarValue::Date32(Some(i32::from_be_bytes(bytes.try_into().ok()?).checked_add(EPOCH_DAYS)?))
        }
        Type::TIMESTAMP | Type::TIMESTAMPTZ => {
            let micros = i64::from_be_bytes(bytes.try_into().ok()?).checked_add(EPOCH_MICROS)?;
            let zone: Option<Arc<str>> = (*wire == Type::TIMESTAMPTZ).then(|| "UTC".into());
            ScalarValue::TimestampMicrosecond(Some(micros), zone)
        }
        Type::BYTEA => ScalarValue::Binary(Some(bytes.to_vec())),
        _ if item_of(wire).is_some() => array(wire, bytes)?,
        _ => {
            // The binary form of json with operators begins with its version.
            let bytes = if *wire == Type::JSONB { bytes.get(1..)? } else { bytes };
            ScalarValue::Utf8(Some(std::str::from_utf8(bytes).ok()?.to_owned()))
        }
    })
}

fn array(wire: &Type, bytes: &[u8]) -> Option<ScalarValue> {
    let item = item_of(wire)?;
    let item_arrow = arrow_type(&item)?;
    let mut rest = bytes;
    let mut number = || {
        let (four, after) = rest.split_first_chunk::<4>()?;
        rest = after;
        Some(i32::from_be_bytes(*four))
    };
    let dimensions = number()?;
    let (_, _) = (number()?, number()?);
    if dimensions == 0 {
        return Some(ScalarValue::List(ScalarValue::new_list_nullable(&[], &item_arrow)));
    }
    let (count, _) = (number()?, number()?);
    if dimensions != 1 || count < 0 {
        return None;
    }
    let mut values = Vec::new();
    for _ in 0..count {
        let (four, after) = rest.split_first_chunk::<4>()?;
        rest = after;
        values.push(match usize::try_from(i32::from_be_bytes(*four)) {
            Err(_) => ScalarValue::try_from(&item_arrow).ok()?,
            Ok(len) => {
                let (value, after) = rest.split_at_checked(len)?;
                rest = after;
                of_binary(&item, value)?
            }
        });
    }
    Some(ScalarValue::List(ScalarValue::new_list_nullable(&values, &item_arrow)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_exact_in_text_and_binary() {
        let text = |wire: &Type, text: &str| value(0, wire, Some(text.as_bytes()), false);
        assert_eq!(text(&Type::NUMERIC, "10.50").unwrap(), ScalarValue::Decimal128(Some(1050), 38, 2));
        assert_eq!(text(&Type::NUMERIC, "1e-3").unwrap(), ScalarValue::Decimal128(Some(1), 38, 3));
        assert_eq!(text(&Type::NUMERIC, "ten").unwrap_err().state, "22P02");
        assert_eq!(text(&Type::BOOL, "t").unwrap(), ScalarValue::Boolean(Some(true)));
        let at = ScalarValue::TimestampMicrosecond(Some(EPOCH_MICROS), Some("UTC".into()));
        assert_eq!(text(&Type::TIMESTAMPTZ, "2000-01-01 00:00:00+00").unwrap(), at);
        assert_eq!(value(0, &Type::TIMESTAMPTZ, Some(&[0; 8]), true).unwrap(), at);
        assert!(value(0, &Type::INT4, None, true).unwrap().is_null());
        let list = text(&Type::TEXT_ARRAY, r#"{a,"b, \"c\"",NULL}"#).unwrap();
        assert_eq!(list.to_string(), "[a, b, \"c\", ]");
        assert_eq!(text(&Type::TEXT_ARRAY, "{a").unwrap_err().message, "parameter $1 is not a valid _text");
        assert_eq!(text(&Type::INET, "::1").unwrap_err().state, "0A000");
    }
}
