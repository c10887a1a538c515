//! Constructors of what is not a plain call: logic, choices, and the forms that are built from them.

use types::DataType;

use super::{
    convert::{cast, coerce_exactly, fold, is_implicit, is_unknown},
    error::TypeError,
    resolve::call,
};
use crate::{Expr, registry::Kind};

/// `left AND right`.
///
/// # Errors
/// `Condition` when one is not a truth value.
pub fn and(left: Expr, right: Expr) -> Result<Expr, TypeError> {
    Ok(Expr::And(Box::new(condition("AND", left)?), Box::new(condition("AND", right)?)))
}

/// `left OR right`.
///
/// # Errors
/// `Condition` when one is not a truth value.
pub fn or(left: Expr, right: Expr) -> Result<Expr, TypeError> {
    Ok(Expr::Or(Box::new(condition("OR", left)?), Box::new(condition("OR", right)?)))
}

/// `NOT value`.
///
/// # Errors
/// `Condition` when it is not a truth value.
pub fn not(value: Expr) -> Result<Expr, TypeError> {
    let value = condition("NOT", value)?;
    call("not", vec![value])
}

fn condition(construct: &'static str, value: Expr) -> Result<Expr, TypeError> {
    match value.data_type() {
        DataType::Boolean => Ok(value),
        _ if is_unknown(&value) => coerce_exactly(value, DataType::Boolean),
        given => Err(TypeError::Condition { construct, given }),
    }
}

/// `CASE WHEN condition THEN value ... ELSE otherwise END`; for `CASE x WHEN y` give `x = y` as conditions.
///
/// # Errors
/// `Condition`, or `Mixed` when the values have no common type.
pub fn case(branches: Vec<(Expr, Expr)>, otherwise: Option<Expr>) -> Result<Expr, TypeError> {
    let (conditions, mut values): (Vec<_>, Vec<_>) = branches.into_iter().unzip();
    let has_otherwise = otherwise.is_some();
    values.extend(otherwise);
    if conditions.is_empty() {
        return Err(TypeError::Count { construct: "CASE", least: 1, given: 0 });
    }
    let (mut values, data_type) = unify("CASE", values)?;
    let otherwise = if has_otherwise { values.pop().map(Box::new) } else { None };
    let conditions =
        conditions.into_iter().map(|value| condition("WHEN", value)).collect::<Result<Vec<_>, _>>()?;
    Ok(Expr::Case { branches: conditions.into_iter().zip(values).collect(), otherwise, data_type })
}

/// `COALESCE(arguments)`.
///
/// # Errors
/// `Mixed` when the arguments have no common type.
pub fn coalesce(arguments: Vec<Expr>) -> Result<Expr, TypeError> {
    let (arguments, data_type) = unify("COALESCE", arguments)?;
    Ok(Expr::Coalesce { arguments, data_type })
}

/// `NULLIF(value, other)`: NULL when both are equal.
///
/// # Errors
/// As those of `value = other`.
pub fn nullif(value: Expr, other: Expr) -> Result<Expr, TypeError> {
    let equal = call("=", vec![value.clone(), other.clone()])?;
    // The type is that of the left operand of the implied comparison.
    let data_type = common(value.data_type(), other.data_type(), is_unknown(&value), is_unknown(&other));
    let value = match data_type {
        // PostgreSQL compares a date with a timestamp as they are.
        Some(DataType::Timestamptz) if value.data_type() == DataType::Date => value,
        Some(DataType::Decimal { .. }) if matches!(value.data_type(), DataType::Decimal { .. }) => value,
        Some(DataType::Decimal { .. }) if !is_unknown(&value) => {
            cast(value, DataType::Decimal { precision: 19, scale: 0 })?
        }
        Some(data_type) => coerce_exactly(value, data_type)?,
        None => value,
    };
    let data_type = value.data_type();
    let nothing = Expr::Literal { value: None, data_type };
    Ok(Expr::Case { branches: vec![(equal, nothing)], otherwise: Some(Box::new(value)), data_type })
}

/// The largest argument that is not NULL.
///
/// # Errors
/// `Mixed` when the arguments have no common type.
pub fn greatest(arguments: Vec<Expr>) -> Result<Expr, TypeError> {
    extreme("greatest", arguments)
}

/// The smallest argument that is not NULL.
///
/// # Errors
/// `Mixed` when the arguments have no common type.
pub fn least(arguments: Vec<Expr>) -> Result<Expr, TypeError> {
    extreme("least", arguments)
}

fn extreme(function: &'static str, arguments: Vec<Expr>) -> Result<Expr, TypeError> {
    let (arguments, data_type) = unify(function, arguments)?;
    Ok(fold(Expr::Call { function, arguments, data_type }))
}

/// `value IN (list)`; `negated` for `NOT IN`.
///
/// # Errors
/// As those of `value = item`.
pub fn in_list(value: Expr, list: Vec<Expr>, negated: bool) -> Result<Expr, TypeError> {
    if list.is_empty() {
        return Err(TypeError::Count { construct: "IN", least: 1, given: 0 });
    }
    let found = match constant_list(&value, &list)? {
        Some(found) => found,
        None => {
            // PostgreSQL looks at the constants of a list first.
            let (constants, others): (Vec<_>, Vec<_>) =
                list.into_iter().partition(|item| matches!(item, Expr::Literal { .. }));
            let mut found = constant_list(&value, &constants)?;
            let rest = if found.is_some() { others } else { constants.into_iter().chain(others).collect() };
            for item in rest {
                let equal = call("=", vec![value.clone(), item])?;
                found = Some(match found {
                    Some(found) => or(found, equal)?,
                    None => equal,
                });
            }
            found.expect("the list has an item")
        }
    };
    if negated { not(found) } else { Ok(found) }
}

/// `IN` with literals only, all of one type with the value; `None` when that is not so.
fn constant_list(value: &Expr, list: &[Expr]) -> Result<Option<Expr>, TypeError> {
    if list.len() < 2 || !list.iter().all(|item| matches!(item, Expr::Literal { .. })) {
        return Ok(None);
    }
    let mut arguments = vec![value.clone()];
    arguments.extend_from_slice(list);
    // A decimal that would need another scale than the column's keeps its comparisons one by one.
    let wide = |item: &Expr| item.data_type().scale() > value.data_type().scale();
    if matches!(value.data_type(), DataType::Decimal { .. }) && list.iter().any(wide) {
        return Ok(None);
    }
    let (arguments, _) = unify("IN", arguments)?;
    if !arguments[1..].iter().all(|item| matches!(item, Expr::Literal { .. })) {
        // A literal left the range of the common type, which its comparison does not.
        return Ok(None);
    }
    Ok(Some(fold(Expr::Call { function: "in", arguments, data_type: DataType::Boolean })))
}

/// `value BETWEEN low AND high`; `negated` for `NOT BETWEEN`.
///
/// # Errors
/// As those of `value >= low` and `value <= high`.
pub fn between(value: Expr, low: Expr, high: Expr, negated: bool) -> Result<Expr, TypeError> {
    if negated {
        return or(call("<", vec![value.clone(), low])?, call(">", vec![value, high])?);
    }
    and(call(">=", vec![value.clone(), low])?, call("<=", vec![value, high])?)
}

/// `left IS DISTINCT FROM right`; `negated` for `IS NOT DISTINCT FROM`.
///
/// # Errors
/// As those of `left = right`.
pub fn is_distinct_from(left: Expr, right: Expr, negated: bool) -> Result<Expr, TypeError> {
    let distinct = call("is_distinct_from", vec![left, right])?;
    if negated { not(distinct) } else { Ok(distinct) }
}

/// The sum of a test over all arguments, which may be of any types.
fn count_nulls(construct: &'static str, test: &str, arguments: Vec<Expr>) -> Result<Expr, TypeError> {
    let count = |argument| cast(call(test, vec![argument])?, DataType::BigInt);
    let mut counts = arguments.into_iter().map(count);
    let first = counts.next().ok_or(TypeError::Count { construct, least: 1, given: 0 })??;
    counts.try_fold(first, |sum, count| call("+", vec![sum, count?]))
}

/// The constructs that the binder may also ask for by name.
pub(super) fn by_name(name: &str, arguments: &mut Vec<Expr>) -> Option<Result<Expr, TypeError>> {
    let two = |arguments: &mut Vec<Expr>| <[Expr; 2]>::try_from(std::mem::take(arguments));
    let wrong = |construct, given: Vec<Expr>| TypeError::Count { construct, least: 2, given: given.len() };
    Some(match name {
        "in" if !arguments.is_empty() => {
            let value = arguments.remove(0);
            in_list(value, std::mem::take(arguments), false)
        }
        "coalesce" => coalesce(std::mem::take(arguments)),
        "greatest" => greatest(std::mem::take(arguments)),
        "least" => least(std::mem::take(arguments)),
        "num_nulls" => count_nulls("num_nulls", "is_null", std::mem::take(arguments)),
        "num_nonnulls" => count_nulls("num_nonnulls", "is_not_null", std::mem::take(arguments)),
        "nullif" => two(arguments)
            .map_err(|given| wrong("NULLIF", given))
            .and_then(|[value, other]| nullif(value, other)),
        "and" => two(arguments).map_err(|given| wrong("AND", given)).and_then(|[a, b]| and(a, b)),
        "or" => two(arguments).map_err(|given| wrong("OR", given)).and_then(|[a, b]| or(a, b)),
        _ => return None,
    })
}

/// The elements of an array, all cast to their common type.
pub(super) fn elements(construct: &'static str, values: Vec<Expr>) -> Result<Vec<Expr>, TypeError> {
    Ok(unify(construct, values)?.0)
}

/// Casts all values to their common type.
fn unify(construct: &'static str, values: Vec<Expr>) -> Result<(Vec<Expr>, DataType), TypeError> {
    let mut data_type: Option<DataType> = None;
    for value in values.iter().filter(|value| !is_unknown(value)) {
        let second = value.data_type();
        data_type = Some(match data_type {
            None => second,
            Some(first) => {
                common(first, second, false, false).ok_or(TypeError::Mixed { construct, first, second })?
            }
        });
    }
    if values.is_empty() {
        return Err(TypeError::Count { construct, least: 1, given: 0 });
    }
    let data_type = values.iter().fold(data_type.unwrap_or(DataType::Text), widened);
    let values =
        values.into_iter().map(|value| coerce_exactly(value, data_type)).collect::<Result<Vec<_>, _>>()?;
    Ok((values, data_type))
}

/// A quoted number beside decimals keeps all its digits.
fn widened(data_type: DataType, value: &Expr) -> DataType {
    match (data_type, value) {
        (DataType::Decimal { scale, .. }, Expr::Literal { value: Some(types::Value::Text(text)), .. })
            if crate::number_text::scale_of(text) > scale =>
        {
            DataType::decimal(crate::number_text::scale_of(text))
        }
        _ => data_type,
    }
}

/// The type that holds both; an unknown literal takes the other's.
fn common(first: DataType, second: DataType, unknown: bool, other_unknown: bool) -> Option<DataType> {
    if first == second || other_unknown {
        return Some(first);
    }
    if unknown {
        return Some(second);
    }
    let scale = first.scale().max(second.scale());
    match (Kind::of(first), Kind::of(second)) {
        (Kind::Decimal, Kind::Decimal | Kind::BigInt) | (Kind::BigInt, Kind::Decimal) => {
            Some(DataType::decimal(scale))
        }
        (a, b) if is_implicit(a, b) => Some(second),
        (a, b) if is_implicit(b, a) => Some(first),
        _ => None,
    }
}
