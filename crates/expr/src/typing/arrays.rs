//! Arrays within an expression. No column holds one, so what is asked of an array is put in terms of what is asked of
//! its elements, or of the text that it was split from.

use types::{DataType, Value};

use super::{
    conditional::{and, case, elements, in_list, is_distinct_from, not, nullif, or},
    convert::{cast, literal},
    error::TypeError,
    resolve::call,
};
use crate::Expr;

/// An array.
#[derive(Clone, Debug, PartialEq)]
pub enum Array {
    /// `ARRAY[a, b]`: its elements, of one type.
    List(Vec<Expr>),
    /// `string_to_array(text, separator)`: the texts between separators, none of them NULL.
    Parts {
        /// NULL when the array is.
        text: Expr,
        /// A literal that is not NULL.
        separator: Expr,
    },
}

/// Whether a comparison must hold for one element or for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantifier {
    /// `ANY`, `SOME`.
    Any,
    /// `ALL`.
    All,
}

impl Array {
    /// `ARRAY[elements]`.
    ///
    /// # Errors
    /// `Mixed` when they have no common type.
    pub fn list(given: Vec<Expr>) -> Result<Self, TypeError> {
        Ok(Self::List(elements("ARRAY", given)?))
    }

    /// `string_to_array(text, separator)`.
    ///
    /// # Errors
    /// `Arguments` when they are no texts, `Array` when the separator is no literal: a NULL one would split the text
    /// into characters.
    pub fn parts(text: Expr, separator: Expr) -> Result<Self, TypeError> {
        let is_text = |expr: &Expr| expr.data_type() == DataType::Text;
        if !is_text(&text) || !is_text(&separator) {
            return Err(TypeError::Arguments {
                name: "string_to_array".to_owned(),
                given: format!("{}, {}", text.data_type(), separator.data_type()),
                exists: "(TEXT, TEXT)".to_owned(),
            });
        }
        if !is_present(&separator) {
            return Err(TypeError::Array {
                what: "a separator of string_to_array that is no literal",
                instead: "write it down: string_to_array(x, ',')",
            });
        }
        Ok(Self::Parts { text, separator })
    }

    /// The array that PostgreSQL reads from a text such as `{a,"b c",NULL}`; its elements take the type that they stand
    /// beside.
    ///
    /// # Errors
    /// `Array` when it does not read, or has arrays within.
    pub fn read(text: &str) -> Result<Self, TypeError> {
        let wrong = TypeError::Array {
            what: "a literal that is no array of one dimension",
            instead: "write '{a,\"b c\",NULL}', or ARRAY['a', 'b c', NULL]",
        };
        let items = super::array_text::read(text).ok_or(wrong)?;
        let element = |item: Option<String>| match item {
            Some(item) => literal(Value::Text(item)),
            None => super::null(),
        };
        Ok(Self::List(items.into_iter().map(element).collect()))
    }

    /// `CAST(array AS to[])`.
    ///
    /// # Errors
    /// As those of casting an element.
    pub fn cast(self, to: DataType) -> Result<Self, TypeError> {
        match self {
            Self::List(elements) => {
                let elements = elements.into_iter().map(|element| cast(element, to));
                Ok(Self::List(elements.collect::<Result<_, _>>()?))
            }
            Self::Parts { .. } if to == DataType::Text => Ok(self),
            Self::Parts { .. } => Err(parts("a cast to an array of another type")),
        }
    }
}

/// Whether a literal has a value.
fn is_present(expr: &Expr) -> bool {
    matches!(expr, Expr::Literal { value: Some(_), .. })
}

fn parts(what: &'static str) -> TypeError {
    TypeError::Array {
        what,
        instead: "string_to_array has = ANY, <> ALL, a subscript, cardinality, array_length, array_position, \
                  array_to_string, @> ARRAY[...] and && ARRAY[...]",
    }
}

/// The end of a chain of truth values: balanced, so that a long one stays shallow.
fn joined(mut tests: Vec<Expr>, quantifier: Quantifier) -> Result<Expr, TypeError> {
    match tests.len() {
        0 => Ok(literal(Value::Boolean(quantifier == Quantifier::All))),
        1 => Ok(tests.remove(0)),
        count => {
            let right = joined(tests.split_off(count / 2), quantifier)?;
            let left = joined(tests, quantifier)?;
            if quantifier == Quantifier::All { and(left, right) } else { or(left, right) }
        }
    }
}

/// `value operator ANY (array)`, or `ALL`. An element after the one that decides cannot raise, as in `OR` and `AND`.
///
/// # Errors
/// As those of `value operator element`.
pub fn quantified(
    operator: &str,
    value: Expr,
    quantifier: Quantifier,
    array: Array,
) -> Result<Expr, TypeError> {
    let list = match array {
        Array::List(list) => list,
        Array::Parts { text, separator } => {
            return match (operator, quantifier) {
                ("=", Quantifier::Any) => among_parts(value, text, separator),
                ("<>" | "!=", Quantifier::All) => not(among_parts(value, text, separator)?),
                _ => Err(parts("this comparison with string_to_array")),
            };
        }
    };
    match (operator, quantifier) {
        _ if list.is_empty() => joined(list, quantifier),
        ("=", Quantifier::Any) => in_list(value, list, false),
        ("<>" | "!=", Quantifier::All) => in_list(value, list, true),
        _ => {
            let compare = |element| match operator.strip_prefix("not ") {
                Some(operator) => not(call(operator, vec![value.clone(), element])?),
                None => call(operator, vec![value.clone(), element]),
            };
            joined(list.into_iter().map(compare).collect::<Result<_, _>>()?, quantifier)
        }
    }
}

fn among_parts(value: Expr, text: Expr, separator: Expr) -> Result<Expr, TypeError> {
    if value.data_type() != DataType::Text {
        return Err(TypeError::Mixed {
            construct: "ANY (string_to_array(...))",
            first: value.data_type(),
            second: DataType::Text,
        });
    }
    let is_certain = is_present(&value);
    let found = call("split_contains", vec![text.clone(), separator, value])?;
    if is_certain {
        return Ok(found);
    }
    // NULL is not among no parts: that is false.
    and(found, call("<>", vec![text, literal(Value::Text(String::new()))])?)
}

/// `array[place]`: NULL where there is none.
///
/// # Errors
/// `Subscript` when the place is no BIGINT.
pub fn element(array: Array, place: Expr) -> Result<Expr, TypeError> {
    let place = if matches!(place, Expr::Literal { value: None, .. }) {
        cast(place, DataType::BigInt)?
    } else {
        place
    };
    if place.data_type() != DataType::BigInt {
        return Err(TypeError::Subscript { given: place.data_type() });
    }
    match array {
        Array::List(mut list) => {
            let data_type = list.first().map_or(DataType::Text, Expr::data_type);
            if let Expr::Literal { value, .. } = &place {
                let index = match value {
                    Some(Value::BigInt(place)) => {
                        place.checked_sub(1).and_then(|index| usize::try_from(index).ok())
                    }
                    _ => None,
                };
                let found = index.filter(|index| *index < list.len());
                return found
                    .map_or_else(|| cast(super::null(), data_type), |index| Ok(list.swap_remove(index)));
            }
            let branch = |(index, element)| Ok((at(&place, index)?, element));
            let branches = list.into_iter().enumerate().map(branch).collect::<Result<Vec<_>, TypeError>>()?;
            if branches.is_empty() { Ok(super::null()) } else { case(branches, None) }
        }
        Array::Parts { text, separator } => {
            let count = call("split_count", vec![text.clone(), separator.clone()])?;
            let exists = super::between(place.clone(), literal(Value::BigInt(1)), count, false)?;
            case(vec![(exists, call("split_part", vec![text, separator, place])?)], None)
        }
    }
}

fn at(place: &Expr, index: usize) -> Result<Expr, TypeError> {
    call("=", vec![place.clone(), literal(Value::BigInt(index as i64 + 1))])
}

/// `cardinality(array)`.
///
/// # Errors
/// None that [`Array`] has not refused.
pub fn cardinality(array: Array) -> Result<Expr, TypeError> {
    match array {
        Array::List(list) => Ok(literal(Value::BigInt(list.len() as i64))),
        Array::Parts { text, separator } => call("split_count", vec![text, separator]),
    }
}

/// `array_length(array, dimension)`: NULL without elements, and of every dimension but the first.
///
/// # Errors
/// `Arguments` when the dimension is no number.
pub fn array_length(array: Array, dimension: Expr) -> Result<Expr, TypeError> {
    let first = call("=", vec![dimension, literal(Value::BigInt(1))])?;
    let length = nullif(cardinality(array)?, literal(Value::BigInt(0)))?;
    case(vec![(first, length)], None)
}

/// `array_position(array, value)`: the place, from 1, of the first element that is not distinct from the value.
///
/// # Errors
/// As those of comparing both.
pub fn array_position(array: Array, value: Expr) -> Result<Expr, TypeError> {
    match array {
        Array::List(list) => {
            let branch = |(index, element): (usize, Expr)| {
                let found = is_distinct_from(element, value.clone(), true)?;
                Ok((found, literal(Value::BigInt(index as i64 + 1))))
            };
            let branches = list.into_iter().enumerate().map(branch).collect::<Result<Vec<_>, TypeError>>()?;
            if branches.is_empty() { cast(super::null(), DataType::BigInt) } else { case(branches, None) }
        }
        Array::Parts { text, separator } => call("split_position", vec![text, separator, value]),
    }
}

/// `array_to_string(array, separator, null)`: elements that are NULL are left out, or written as `null`.
///
/// # Errors
/// `Arguments` when the separator is no text.
pub fn array_to_string(array: Array, separator: Expr, null: Option<Expr>) -> Result<Expr, TypeError> {
    match array {
        Array::List(list) => {
            let written = |element: Expr| match &null {
                None => Ok(element),
                Some(null) => {
                    let is_null = call("is_null", vec![element.clone()])?;
                    case(vec![(is_null, null.clone())], Some(call("concat", vec![element])?))
                }
            };
            let mut arguments = vec![separator];
            for element in list {
                arguments.push(written(element)?);
            }
            if arguments.len() == 1 {
                // An empty array is an empty text, unless the separator is NULL.
                arguments.push(literal(Value::Text(String::new())));
            }
            call("concat_ws", arguments)
        }
        Array::Parts { text, separator: old } => call("replace", vec![text, old, separator]),
    }
}

/// `whole @> part`: whether each element of `part` is one of `whole`; NULL is none of any.
///
/// # Errors
/// As those of comparing elements; `Array` when the part was split from a text.
pub fn contains(whole: Array, part: Array) -> Result<Expr, TypeError> {
    each(whole, part, Quantifier::All)
}

/// `one && other`: whether they have an element in common; NULL is none.
///
/// # Errors
/// As those of comparing elements; `Array` when both were split from texts.
pub fn overlap(one: Array, other: Array) -> Result<Expr, TypeError> {
    match (&one, &other) {
        (Array::List(_), Array::Parts { .. }) => each(other, one, Quantifier::Any),
        _ => each(one, other, Quantifier::Any),
    }
}

fn each(whole: Array, part: Array, quantifier: Quantifier) -> Result<Expr, TypeError> {
    let Array::List(list) = part else {
        return Err(parts("looking for the elements of string_to_array in an array"));
    };
    let among = |element: Expr| {
        let found = match whole.clone() {
            Array::List(whole) if whole.is_empty() => literal(Value::Boolean(false)),
            Array::List(whole) => in_list(element, whole, false)?,
            Array::Parts { text, separator } => {
                if element.data_type() != DataType::Text {
                    let (first, second) = (DataType::Text, element.data_type());
                    return Err(TypeError::Mixed { construct: "string_to_array and ARRAY", first, second });
                }
                call("split_contains", vec![text, separator, element])?
            }
        };
        call("is_true", vec![found])
    };
    let found = joined(list.into_iter().map(among).collect::<Result<_, _>>()?, quantifier)?;
    match whole {
        Array::List(_) => Ok(found),
        Array::Parts { text, .. } => case(vec![(call("is_not_null", vec![text])?, found)], None),
    }
}
