//! Arrays within expressions: `ANY`, `ALL`, subscripts, and the functions and operators that ask an array something.

use sqlparser::{
    ast::{self, AccessExpr, ArrayElemTypeDef, BinaryOperator, CastKind, Subscript},
    tokenizer::Span,
};

use expr::{Array, Expr, Quantifier, TypeError};

use crate::{
    bind::{call::Call, data_type},
    dialect,
    error::Fault,
};

use super::{Binder, fault, span, unnested};

/// The function that makes an array of a text.
const SPLIT: &str = "string_to_array";

/// What there is instead of an array as a value.
pub(super) const INSTEAD: &str = "an array is asked something where it stands: x = ANY (ARRAY[a, b]), (ARRAY[a, b])[n], \
                                  cardinality, array_position, @>, &&; or write one column for each element";

/// Whether a function takes or makes an array.
pub(super) fn is_about_arrays(name: &str) -> bool {
    matches!(name, SPLIT | "cardinality" | "array_length" | "array_position" | "array_to_string")
}

impl Binder<'_> {
    /// The array that an expression is; `None` when it is another value.
    fn array(&mut self, ast: &ast::Expr) -> Result<Option<Array>, Fault> {
        let array = match unnested(ast) {
            ast::Expr::Array(ast::Array { elem, named: true }) => {
                let elements =
                    elem.iter().map(|element| self.expr(element)).collect::<Result<Vec<_>, _>>()?;
                Array::list(elements)
            }
            ast::Expr::Function(function) => {
                let call = Call::of(function)?;
                if call.name != SPLIT || call.is_special() {
                    return Ok(None);
                }
                let [text, separator] = call.arguments[..] else {
                    let message = format!("{SPLIT} was given {} arguments", call.arguments.len());
                    return Err(Fault::new(call.span, message)
                        .help("write string_to_array(text, ','): NULL as an element has no text here"));
                };
                Array::parts(self.expr(text)?, self.expr(separator)?)
            }
            ast::Expr::Cast {
                kind: CastKind::Cast | CastKind::DoubleColon,
                expr,
                data_type: ast::DataType::Array(definition),
                array: false,
                format: None,
            } => {
                let (ArrayElemTypeDef::SquareBracket(element, None)
                | ArrayElemTypeDef::AngleBracket(element)
                | ArrayElemTypeDef::Parenthesis(element)) = definition
                else {
                    return Err(Fault::unsupported(span(ast), "an array of this type", "write text[]"));
                };
                let to = data_type::of_value(element, span(ast))?;
                let given = match unnested(expr) {
                    // Without elements only the cast says of what type it is, as in PostgreSQL.
                    ast::Expr::Array(array) if array.elem.is_empty() => Some(Array::List(Vec::new())),
                    _ => self.array_or_text(expr)?,
                };
                let given = given.ok_or_else(|| no_array(span(expr), "a cast to an array"))?;
                given.cast(to)
            }
            _ => return Ok(None),
        };
        array.map(Some).map_err(|error| fault(span(ast), error))
    }

    /// The array that an expression is, or that its text says.
    fn array_or_text(&mut self, ast: &ast::Expr) -> Result<Option<Array>, Fault> {
        match unnested(ast) {
            ast::Expr::Value(ast::ValueWithSpan { value: ast::Value::SingleQuotedString(text), span }) => {
                Array::read(text).map(Some).map_err(|error| fault(*span, error))
            }
            _ => self.array(ast),
        }
    }

    /// `left operator ANY (right)`, or `ALL`.
    pub(super) fn quantified(
        &mut self,
        whole: &ast::Expr,
        operator: &str,
        (left, right): (&ast::Expr, &ast::Expr),
        quantifier: Quantifier,
    ) -> Result<Expr, Fault> {
        let name = if quantifier == Quantifier::Any { "ANY" } else { "ALL" };
        if let ast::Expr::Subquery(_) = unnested(right) {
            let what = format!("{name} (SELECT ...)");
            return Err(Fault::unsupported(
                span(whole),
                &what,
                "write (SELECT count(*) FROM ... WHERE ...) > 0",
            ));
        }
        let value = self.expr(left)?;
        let array = self.array_or_text(right)?.ok_or_else(|| no_array(span(right), name))?;
        let found = expr::quantified(operator, value, quantifier, array);
        found.map_err(|error| fault(span(whole), error))
    }

    /// `left @> right`, `<@` and `&&`; `None` for other operators.
    pub(super) fn array_operator(
        &mut self,
        whole: &ast::Expr,
        (left, right): (&ast::Expr, &ast::Expr),
        op: &BinaryOperator,
    ) -> Option<Result<Expr, Fault>> {
        let of: fn(Array, Array) -> Result<Expr, TypeError> = match op {
            BinaryOperator::AtArrow => expr::contains,
            BinaryOperator::ArrowAt => |part, whole| expr::contains(whole, part),
            BinaryOperator::PGOverlap => expr::overlap,
            _ => return None,
        };
        let name = op.to_string();
        let both = self.needed(left, &name).and_then(|left| Ok((left, self.needed(right, &name)?)));
        Some(both.and_then(|(left, right)| of(left, right).map_err(|error| fault(span(whole), error))))
    }

    /// The array that must stand here.
    fn needed(&mut self, ast: &ast::Expr, name: &str) -> Result<Array, Fault> {
        self.array(ast)?.ok_or_else(|| no_array(span(ast), name))
    }

    /// `array[n]`.
    pub(super) fn subscript(
        &mut self,
        whole: &ast::Expr,
        root: &ast::Expr,
        chain: &[AccessExpr],
    ) -> Result<Expr, Fault> {
        let [AccessExpr::Subscript(Subscript::Index { index })] = chain else {
            return Err(Fault::unsupported(span(whole), "a slice or a field of a field", INSTEAD));
        };
        let array = self.needed(root, "a subscript")?;
        let index = self.expr(index)?;
        expr::element(array, index).map_err(|error| fault(span(whole), error))
    }

    /// A call of a function that [`is_about_arrays`].
    pub(super) fn array_function(&mut self, call: &Call<'_>) -> Result<Expr, Fault> {
        if call.name == SPLIT {
            return Err(value(call.span));
        }
        let wrong = |exists: &str| {
            let message = format!("{} was given {} arguments", call.name, call.arguments.len());
            Err(Fault::new(call.span, message).help(format!("write {exists}")))
        };
        let Some((first, rest)) = call.arguments.split_first() else {
            return wrong(&format!("{}(ARRAY[a, b])", call.name));
        };
        let array = self.needed(first, &call.name)?;
        let mut rest = rest.iter().map(|argument| self.expr(argument)).collect::<Result<Vec<_>, _>>()?;
        let made = match (call.name.as_str(), rest.len()) {
            ("cardinality", 0) => expr::cardinality(array),
            ("array_length", 1) => expr::array_length(array, rest.remove(0)),
            ("array_position", 1) => expr::array_position(array, rest.remove(0)),
            ("array_to_string", 1 | 2) => {
                let null = (rest.len() == 2).then(|| rest.remove(1));
                expr::array_to_string(array, rest.remove(0), null)
            }
            ("cardinality", _) => return wrong("cardinality(a)"),
            ("array_length", _) => return wrong("array_length(a, 1)"),
            ("array_position", _) => return wrong("array_position(a, x)"),
            _ => return wrong("array_to_string(a, ',') or array_to_string(a, ',', 'null')"),
        };
        made.map_err(|error| fault(call.whole_span(), error))
    }
}

/// The name of a comparison before ANY or ALL, `not ` before it when its opposite is meant.
pub(super) fn compared(op: &BinaryOperator, span: Span) -> Result<&'static str, Fault> {
    let name = match op {
        BinaryOperator::PGLikeMatch => Some("like"),
        BinaryOperator::PGILikeMatch => Some("ilike"),
        BinaryOperator::PGNotLikeMatch => Some("not like"),
        BinaryOperator::PGNotILikeMatch => Some("not ilike"),
        op => dialect::operator_name(op),
    };
    name.ok_or_else(|| {
        Fault::unsupported(span, &format!("operator {op}"), "docs/functions.md lists those that exist")
    })
}

fn no_array(span: Span, name: &str) -> Fault {
    Fault::new(span, format!("{name} needs an array here"))
        .help("write ARRAY[a, b], or string_to_array(x, ',') for a text of elements")
}

/// An array where a value must stand.
pub(super) fn value(span: Span) -> Fault {
    Fault::unsupported(span, "an array as a value", INSTEAD)
}
