//! Functions that are expressions with parameters: arguments take the places of columns in a typed body.

use types::DataType;

use super::{
    convert::{coerce_exactly, fold, is_implicit, is_unknown},
    error::TypeError,
};
use crate::{
    Expr,
    registry::{self, Kind},
};

/// The most nodes that functions put into one expression: a parameter that stands twice in each of twenty functions that
/// call each other would be a million.
pub const EXPANDED_NODES_MAX: usize = 2_000;
/// The most nodes within each other, which whatever walks an expression recurses over.
pub const EXPANDED_DEPTH_MAX: usize = 512;

/// A value as one of type `to`, without an explicit cast: a literal that reads as it, a smaller type of number, a date for
/// a time, a decimal at another scale. `None` when it takes more than that.
///
/// # Errors
/// `Literal` when a literal does not read as the type.
pub fn assign(value: Expr, to: DataType) -> Result<Option<Expr>, TypeError> {
    let (from, kind) = (Kind::of(value.data_type()), Kind::of(to));
    let assigns = from == kind || is_unknown(&value) || is_implicit(from, kind);
    if assigns { coerce_exactly(value, to).map(Some) } else { Ok(None) }
}

/// `body` with its column `i` replaced by argument `i`, which has that column's type. `nodes` counts what was put into the
/// whole expression so far.
///
/// # Errors
/// `Pattern` when a literal argument can never work where it comes to stand, `Expanded` when the whole is too large.
pub fn substitute(body: &Expr, arguments: &[Expr], nodes: &mut usize) -> Result<Expr, TypeError> {
    let extents: Vec<Extent> = arguments.iter().map(Extent::of).collect();
    Substitution { arguments, extents: &extents, nodes }.expr(body, 1)
}

/// How large an expression is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Extent {
    nodes: usize,
    depth: usize,
}

impl Extent {
    fn of(expr: &Expr) -> Self {
        let mut extent = Self { nodes: 1, depth: 0 };
        each_part(expr, &mut |part| {
            let part = Self::of(part);
            extent.nodes += part.nodes;
            extent.depth = extent.depth.max(part.depth);
        });
        Self { depth: extent.depth + 1, ..extent }
    }
}

fn each_part(expr: &Expr, visit: &mut dyn FnMut(&Expr)) {
    match expr {
        Expr::Column { .. } | Expr::Literal { .. } => {}
        Expr::Call { arguments, .. } | Expr::Coalesce { arguments, .. } => arguments.iter().for_each(visit),
        Expr::And(left, right) | Expr::Or(left, right) => {
            [left, right].into_iter().for_each(|part| visit(part))
        }
        Expr::Case { branches, otherwise, .. } => {
            branches
                .iter()
                .for_each(|(condition, value)| [condition, value].into_iter().for_each(&mut *visit));
            otherwise.iter().for_each(|value| visit(value));
        }
    }
}

struct Substitution<'a> {
    arguments: &'a [Expr],
    extents: &'a [Extent],
    nodes: &'a mut usize,
}

impl Substitution<'_> {
    fn take(&mut self, extent: Extent, depth: usize) -> Result<(), TypeError> {
        *self.nodes += extent.nodes;
        if *self.nodes > EXPANDED_NODES_MAX {
            return Err(TypeError::Expanded { what: "parts", limit: EXPANDED_NODES_MAX });
        }
        if depth + extent.depth > EXPANDED_DEPTH_MAX {
            return Err(TypeError::Expanded { what: "parts within each other", limit: EXPANDED_DEPTH_MAX });
        }
        Ok(())
    }

    fn all(&mut self, parts: &[Expr], depth: usize) -> Result<Vec<Expr>, TypeError> {
        parts.iter().map(|part| self.expr(part, depth)).collect()
    }

    fn boxed(&mut self, part: &Expr, depth: usize) -> Result<Box<Expr>, TypeError> {
        self.expr(part, depth).map(Box::new)
    }

    fn expr(&mut self, body: &Expr, depth: usize) -> Result<Expr, TypeError> {
        if let Expr::Column { index, data_type } = body {
            self.take(self.extents[*index], depth)?;
            let argument = &self.arguments[*index];
            let (given, wanted) = (argument.data_type(), *data_type);
            assert!(
                Kind::of(given) == Kind::of(wanted) && given.scale() == wanted.scale(),
                "an argument has its parameter's type"
            );
            return Ok(argument.clone());
        }
        self.take(Extent { nodes: 1, depth: 1 }, depth)?;
        let next = depth + 1;
        Ok(match body {
            Expr::Column { .. } => unreachable!("columns are replaced above"),
            Expr::Literal { .. } => body.clone(),
            Expr::And(left, right) => Expr::And(self.boxed(left, next)?, self.boxed(right, next)?),
            Expr::Or(left, right) => Expr::Or(self.boxed(left, next)?, self.boxed(right, next)?),
            Expr::Coalesce { arguments, data_type } => {
                Expr::Coalesce { arguments: self.all(arguments, next)?, data_type: *data_type }
            }
            Expr::Case { branches, otherwise, data_type } => Expr::Case {
                branches: branches
                    .iter()
                    .map(|(condition, value)| Ok((self.expr(condition, next)?, self.expr(value, next)?)))
                    .collect::<Result<_, _>>()?,
                otherwise: otherwise.as_ref().map(|value| self.boxed(value, next)).transpose()?,
                data_type: *data_type,
            },
            Expr::Call { function, arguments, data_type } => {
                let arguments = self.all(arguments, next)?;
                prepare(function, &arguments)?;
                fold(Expr::Call { function, arguments, data_type: *data_type })
            }
        })
    }
}

/// Refuses literals that can never work, as a call that is written out would.
fn prepare(function: &'static str, arguments: &[Expr]) -> Result<(), TypeError> {
    let prepare = registry::exact(function, arguments).and_then(|signature| signature.prepare);
    let prepared = prepare.map_or(Ok(()), |prepare| prepare(arguments).map(drop));
    prepared.map_err(|reason| TypeError::Pattern { name: function.to_owned(), reason })
}
