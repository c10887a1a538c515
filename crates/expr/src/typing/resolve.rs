//! Overload resolution by PostgreSQL's rules, as far as they matter for these types.

use types::DataType;

use super::{
    conditional,
    convert::{coerce, fold, is_implicit, is_unknown},
    error::TypeError,
};
use crate::{
    Expr,
    registry::{self, Entry, Kind, Signature},
};

/// The function or operator `name` of these arguments, with implicit casts put in.
///
/// # Errors
/// `UnknownFunction`, or `Arguments` when it does not take these types.
pub fn call(name: &str, mut arguments: Vec<Expr>) -> Result<Expr, TypeError> {
    let name = canonical(name);
    if let Some(special) = conditional::by_name(name, &mut arguments) {
        return special;
    }
    let entry = registry::entry(name)
        .ok_or_else(|| TypeError::UnknownFunction { name: name.to_owned(), suggestion: closest(name) })?;
    if matches!(name, "concat" | "concat_ws" | "format" | "||") {
        arguments = to_texts(name, arguments)?;
    }
    let signature = choose(entry, &arguments).ok_or_else(|| does_not_take(entry, &arguments))?;
    let arguments = arguments
        .into_iter()
        .enumerate()
        .map(|(index, argument)| coerce(argument, signature.parameter(index)))
        .collect::<Result<Vec<_>, _>>()?;
    let arguments =
        if entry.category == registry::Category::Comparison { align(arguments) } else { arguments };
    if let Some(prepare) = signature.prepare {
        prepare(&arguments).map_err(|reason| TypeError::Pattern { name: name.to_owned(), reason })?;
    }
    let data_type = signature.result_type(&arguments);
    Ok(fold(Expr::Call { function: entry.name, arguments, data_type }))
}

/// Whether a function has this name, under which no other one can be defined.
pub fn is_built_in(name: &str) -> bool {
    registry::entry(canonical(name)).is_some()
}

/// One name for what SQL writes in several ways.
fn canonical(name: &str) -> &str {
    match name {
        "!=" => "<>",
        "~~" => "like",
        "~~*" => "ilike",
        "ceiling" => "ceil",
        "pow" | "^" => "power",
        "log10" => "log",
        "substr" => "substring",
        "char_length" | "character_length" => "length",
        "trim" => "btrim",
        "position" => "strpos",
        name => name,
    }
}

/// Arguments of concatenations become text. `||` writes truth values as `true` and `false`, the others as `t` and `f`.
fn to_texts(name: &str, arguments: Vec<Expr>) -> Result<Vec<Expr>, TypeError> {
    if name == "||" && !arguments.iter().any(|argument| argument.data_type() == DataType::Text) {
        return Ok(arguments);
    }
    let short = |letter: &str| super::literal(types::Value::Text(letter.to_owned()));
    arguments
        .into_iter()
        .enumerate()
        .map(|(index, argument)| match argument.data_type() {
            // The separator and the form are not cast: they must be text.
            _ if index == 0 && matches!(name, "concat_ws" | "format") => Ok(argument),
            DataType::Boolean if name != "||" => {
                super::case(vec![(argument.clone(), short("t")), (super::not(argument)?, short("f"))], None)
            }
            _ => super::cast(argument, DataType::Text),
        })
        .collect()
}

/// A literal compared with a decimal gets that decimal's scale when it loses nothing by it, for the fast kernel.
fn align(arguments: Vec<Expr>) -> Vec<Expr> {
    let scale = arguments.iter().find_map(|argument| match (argument, argument.data_type()) {
        (Expr::Literal { .. }, _) => None,
        (_, DataType::Decimal { scale, .. }) => Some(scale),
        _ => None,
    });
    let Some(to) = scale else { return arguments };
    let aligned = |argument: Expr| match argument {
        Expr::Literal { value: Some(types::Value::Decimal { unscaled, scale }), .. } if scale < to => {
            match types::decimal::rescale(unscaled, scale, to) {
                Some(unscaled) => super::literal(types::Value::Decimal { unscaled, scale: to }),
                None => argument,
            }
        }
        argument => argument,
    };
    arguments.into_iter().map(aligned).collect()
}

/// Most arguments of the exact type first, then most of the preferred types of PostgreSQL, then the first listed.
fn choose(entry: &Entry, arguments: &[Expr]) -> Option<&'static Signature> {
    let known: Vec<Option<Kind>> = arguments
        .iter()
        .map(|argument| (!is_unknown(argument)).then(|| Kind::of(argument.data_type())))
        .collect();
    let mut best: Option<(&'static Signature, (usize, usize))> = None;
    for signature in entry.signatures.iter().filter(|signature| signature.takes(arguments.len())) {
        let Some(score) = score(signature, &known) else { continue };
        if best.is_none_or(|(_, best)| score > best) {
            best = Some((signature, score));
        }
    }
    best.map(|(signature, _)| signature)
}

fn score(signature: &Signature, known: &[Option<Kind>]) -> Option<(usize, usize)> {
    let (mut exact, mut preferred) = (0, 0);
    for (index, kind) in known.iter().enumerate() {
        let wanted = signature.parameter(index);
        match kind {
            Some(kind) if *kind == wanted => exact += 1,
            Some(kind) if is_implicit(*kind, wanted) => preferred += usize::from(wanted == Kind::Double),
            Some(_) => return None,
            // PostgreSQL first takes an unknown literal for the type of its neighbour, then for text.
            None if known.len() == 2 && known.contains(&Some(wanted)) => preferred += 10,
            None => {
                preferred += match wanted {
                    Kind::Text => 9,
                    Kind::Double | Kind::Timestamptz | Kind::Interval | Kind::Boolean => 1,
                    _ => 0,
                }
            }
        }
    }
    Some((exact, preferred))
}

fn does_not_take(entry: &Entry, arguments: &[Expr]) -> TypeError {
    let one = |signature: &Signature| {
        let parameters: Vec<&str> = signature.parameters.iter().map(|kind| kind.name()).collect();
        format!("({}{})", parameters.join(", "), if signature.variadic { ", ..." } else { "" })
    };
    TypeError::Arguments {
        name: entry.name.to_owned(),
        given: arguments
            .iter()
            .map(|argument| argument.data_type().to_string())
            .collect::<Vec<_>>()
            .join(", "),
        exists: entry.signatures.iter().map(one).collect::<Vec<_>>().join(" or "),
    }
}

/// The name that is the fewest letters away, if that is at most a third of them.
fn closest(name: &str) -> Option<&'static str> {
    registry::entries()
        .iter()
        .map(|entry| (distance(name, entry.name), entry.name))
        .min()
        .filter(|(distance, _)| *distance * 3 <= name.len().max(3))
        .map(|(_, name)| name)
}

/// Levenshtein's edit distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut previous: Vec<usize> = (0..=b.len()).collect();
    for (row, from) in a.chars().enumerate() {
        let mut current = vec![row + 1];
        for (column, to) in b.iter().enumerate() {
            let replaced = previous[column] + usize::from(from != *to);
            current.push(replaced.min(previous[column + 1] + 1).min(current[column] + 1));
        }
        previous = current;
    }
    previous[b.len()]
}
