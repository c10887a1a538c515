//! Expressions with a syntax of their own: CASE, CAST, IN, BETWEEN, LIKE, EXTRACT, ...

use sqlparser::{
    ast::{self, CastKind, CeilFloorKind, DateTimeField, TrimWhereField},
    tokenizer::Span,
};
use types::Value;

use expr::{Expr, Quantifier};

use crate::{bind::data_type, error::Fault};

use super::{Binder, arrays, fault, span, unnested};

impl Binder<'_> {
    pub(super) fn form(&mut self, ast: &ast::Expr) -> Result<Expr, Fault> {
        match ast {
            ast::Expr::Case { operand, conditions, else_result, .. } => {
                self.case(ast, operand.as_deref(), conditions, else_result.as_deref())
            }
            ast::Expr::Cast { kind, expr, data_type, array, format } => {
                if !matches!(kind, CastKind::Cast | CastKind::DoubleColon) || *array || format.is_some() {
                    return Err(Fault::unsupported(span(ast), "this form of cast", "write CAST(x AS type)"));
                }
                if let ast::DataType::Array(_) = data_type {
                    return Err(arrays::value(span(ast)));
                }
                let to = data_type::of_value(data_type, span(ast))?;
                let value = self.expr(expr)?;
                let cast = expr::cast(value, to).map_err(|error| fault(span(expr), error))?;
                self.certain(cast, span(ast))
            }
            ast::Expr::InList { expr, list, negated } => {
                let value = self.expr(expr)?;
                let list = self.all(list)?;
                expr::in_list(value, list, *negated).map_err(|error| fault(span(ast), error))
            }
            ast::Expr::Between { expr, negated, low, high } => {
                let (value, low, high) = (self.expr(expr)?, self.expr(low)?, self.expr(high)?);
                expr::between(value, low, high, *negated).map_err(|error| fault(span(ast), error))
            }
            ast::Expr::AnyOp { left, compare_op, right, .. } => {
                let operator = arrays::compared(compare_op, span(ast))?;
                self.quantified(ast, operator, (left, right), Quantifier::Any)
            }
            ast::Expr::AllOp { left, compare_op, right } => {
                let operator = arrays::compared(compare_op, span(ast))?;
                self.quantified(ast, operator, (left, right), Quantifier::All)
            }
            ast::Expr::CompoundFieldAccess { root, access_chain } => self.subscript(ast, root, access_chain),
            ast::Expr::IsDistinctFrom(left, right) => self.distinct(ast, left, right, false),
            ast::Expr::IsNotDistinctFrom(left, right) => self.distinct(ast, left, right, true),
            ast::Expr::Like { negated, any, expr, pattern, escape_char } => {
                self.like(ast, "like", (*negated, *any), expr, pattern, escape_char.as_ref())
            }
            ast::Expr::ILike { negated, any, expr, pattern, escape_char } => {
                self.like(ast, "ilike", (*negated, *any), expr, pattern, escape_char.as_ref())
            }
            ast::Expr::Extract { field, expr, .. } => self.extract(ast, field, expr),
            ast::Expr::AtTimeZone { timestamp, time_zone } => {
                let arguments = vec![self.expr(time_zone)?, self.expr(timestamp)?];
                self.call("timezone", arguments, span(ast))
            }
            ast::Expr::Ceil { expr, field } => self.rounding(ast, "ceil", expr, field),
            ast::Expr::Floor { expr, field } => self.rounding(ast, "floor", expr, field),
            ast::Expr::Position { expr, r#in } => {
                let arguments = vec![self.expr(r#in)?, self.expr(expr)?];
                self.call("strpos", arguments, span(ast))
            }
            ast::Expr::Substring { expr, substring_from, substring_for, .. } => {
                self.substring(ast, expr, substring_from.as_deref(), substring_for.as_deref())
            }
            ast::Expr::Overlay { expr, overlay_what, overlay_from, overlay_for } => {
                let parts = [Some(expr), Some(overlay_what), Some(overlay_from), overlay_for.as_ref()];
                let parts = parts.into_iter().flatten().map(|part| self.expr(part));
                let arguments = parts.collect::<Result<Vec<_>, _>>()?;
                self.call("overlay", arguments, span(ast))
            }
            ast::Expr::Trim { expr, trim_where, trim_what, trim_characters } => {
                let characters = trim_characters.as_ref().and_then(|list| list.first());
                self.trim(ast, expr, *trim_where, trim_what.as_deref().or(characters))
            }
            _ => self.is(ast),
        }
    }

    /// `IS NULL` and its like.
    fn is(&mut self, ast: &ast::Expr) -> Result<Expr, Fault> {
        match ast {
            ast::Expr::IsNull(expr) => self.test(ast, "is_null", expr, false),
            ast::Expr::IsNotNull(expr) => self.test(ast, "is_not_null", expr, false),
            ast::Expr::IsTrue(expr) => self.test(ast, "is_true", expr, false),
            ast::Expr::IsNotTrue(expr) => self.test(ast, "is_true", expr, true),
            ast::Expr::IsFalse(expr) => self.test(ast, "is_false", expr, false),
            ast::Expr::IsNotFalse(expr) => self.test(ast, "is_false", expr, true),
            ast::Expr::IsUnknown(expr) => self.test(ast, "is_null", expr, false),
            ast::Expr::IsNotUnknown(expr) => self.test(ast, "is_not_null", expr, false),
            other => Err(unsupported(other)),
        }
    }

    fn all(&mut self, list: &[ast::Expr]) -> Result<Vec<Expr>, Fault> {
        list.iter().map(|item| self.expr(item)).collect()
    }

    fn case(
        &mut self,
        whole: &ast::Expr,
        operand: Option<&ast::Expr>,
        conditions: &[ast::CaseWhen],
        otherwise: Option<&ast::Expr>,
    ) -> Result<Expr, Fault> {
        let operand = operand.map(|operand| self.expr(operand)).transpose()?;
        self.branches += 1;
        let mut branches = Vec::with_capacity(conditions.len());
        for when in conditions {
            let mut condition = self.expr(&when.condition)?;
            if let Some(operand) = &operand {
                condition = self.call("=", vec![operand.clone(), condition], span(&when.condition))?;
            }
            branches.push((condition, self.expr(&when.result)?));
        }
        let otherwise = otherwise.map(|value| self.expr(value)).transpose()?;
        self.branches -= 1;
        expr::case(branches, otherwise).map_err(|error| fault(span(whole), error))
    }

    fn distinct(
        &mut self,
        whole: &ast::Expr,
        left: &ast::Expr,
        right: &ast::Expr,
        negated: bool,
    ) -> Result<Expr, Fault> {
        let (left, right) = (self.expr(left)?, self.expr(right)?);
        expr::is_distinct_from(left, right, negated).map_err(|error| fault(span(whole), error))
    }

    fn like(
        &mut self,
        whole: &ast::Expr,
        name: &str,
        (negated, any): (bool, bool),
        value: &ast::Expr,
        pattern: &ast::Expr,
        escape: Option<&ast::ValueWithSpan>,
    ) -> Result<Expr, Fault> {
        if let Some(escape) = escape {
            let instead = "the escape character is \\: write LIKE '100\\%'";
            return Err(Fault::unsupported(escape.span, "ESCAPE", instead));
        }
        if any {
            let operator = match (name, negated) {
                ("like", false) => "like",
                ("like", true) => "not like",
                (_, false) => "ilike",
                (_, true) => "not ilike",
            };
            return self.quantified(whole, operator, (value, pattern), Quantifier::Any);
        }
        let arguments = vec![self.expr(value)?, self.expr(pattern)?];
        let found = self.call(name, arguments, span(whole))?;
        if negated { expr::not(found).map_err(|error| fault(span(whole), error)) } else { Ok(found) }
    }

    fn rounding(
        &mut self,
        whole: &ast::Expr,
        name: &str,
        value: &ast::Expr,
        kind: &CeilFloorKind,
    ) -> Result<Expr, Fault> {
        if !matches!(kind, CeilFloorKind::DateTimeField(DateTimeField::NoDateTime)) {
            let what = format!("{name} with a second argument");
            return Err(Fault::unsupported(
                span(whole),
                &what,
                "write round(x, digits) or date_trunc(unit, x)",
            ));
        }
        let arguments = vec![self.expr(value)?];
        self.call(name, arguments, span(whole))
    }

    fn substring(
        &mut self,
        whole: &ast::Expr,
        value: &ast::Expr,
        from: Option<&ast::Expr>,
        length: Option<&ast::Expr>,
    ) -> Result<Expr, Fault> {
        let mut arguments = vec![self.expr(value)?];
        match from {
            Some(from) => arguments.push(self.expr(from)?),
            None => arguments.push(expr::literal(Value::BigInt(1))),
        }
        if let Some(length) = length {
            arguments.push(self.expr(length)?);
        }
        self.call("substring", arguments, span(whole))
    }

    fn extract(
        &mut self,
        whole: &ast::Expr,
        field: &DateTimeField,
        value: &ast::Expr,
    ) -> Result<Expr, Fault> {
        let field = text(&extract_field(field, span(value))?);
        // A part of what local clocks show is a function of its own: their time is no type.
        let arguments = match unnested(value) {
            ast::Expr::AtTimeZone { timestamp, time_zone } => {
                vec![field, self.expr(timestamp)?, self.expr(time_zone)?]
            }
            _ => vec![field, self.expr(value)?],
        };
        self.call("extract", arguments, span(whole))
    }

    fn trim(
        &mut self,
        whole: &ast::Expr,
        value: &ast::Expr,
        side: Option<TrimWhereField>,
        what: Option<&ast::Expr>,
    ) -> Result<Expr, Fault> {
        let name = match side {
            None | Some(TrimWhereField::Both) => "btrim",
            Some(TrimWhereField::Leading) => "ltrim",
            Some(TrimWhereField::Trailing) => "rtrim",
        };
        let mut arguments = vec![self.expr(value)?];
        if let Some(what) = what {
            arguments.push(self.expr(what)?);
        }
        self.call(name, arguments, span(whole))
    }

    /// `x IS ...`, from a test that is never NULL.
    fn test(
        &mut self,
        whole: &ast::Expr,
        name: &str,
        value: &ast::Expr,
        negated: bool,
    ) -> Result<Expr, Fault> {
        let arguments = vec![self.expr(value)?];
        let test = self.call(name, arguments, span(whole))?;
        if negated { expr::not(test).map_err(|error| fault(span(whole), error)) } else { Ok(test) }
    }
}

fn text(text: &str) -> Expr {
    expr::literal(Value::Text(text.to_owned()))
}

fn extract_field(field: &DateTimeField, span: Span) -> Result<String, Fault> {
    match field {
        DateTimeField::Custom(ident) => Ok(ident.value.to_ascii_lowercase()),
        DateTimeField::NoDateTime => Err(Fault::new(span, "extract needs a field: extract(hour FROM x)")),
        field => Ok(field.to_string().to_ascii_lowercase()),
    }
}

/// What SQL has and we have not, each with what to write instead.
fn unsupported(ast: &ast::Expr) -> Fault {
    let (what, instead) = match ast {
        ast::Expr::InSubquery { .. } => ("IN (SELECT ...)", "write (SELECT count(*) FROM ... WHERE ...) > 0"),
        ast::Expr::Exists { .. } => ("EXISTS", "write (SELECT count(*) FROM ... WHERE ...) > 0"),
        ast::Expr::SimilarTo { .. } | ast::Expr::RLike { .. } => ("SIMILAR TO or RLIKE", "write x ~ 'regex'"),
        ast::Expr::Collate { .. } => ("COLLATE", "text compares by its bytes"),
        ast::Expr::Tuple(_) => ("a row value", "compare column by column"),
        ast::Expr::Array(_) => return arrays::value(span(ast)),
        ast::Expr::JsonAccess { .. } => ("JSON access", "declare the field as a column of the stream"),
        ast::Expr::Convert { .. } => ("CONVERT", "write CAST(x AS type)"),
        _ => ("this expression", "docs/functions.md lists what exists"),
    };
    Fault::unsupported(span(ast), what, instead)
}
