//! Scalar expressions: `sqlparser`'s trees to typed ones.

mod arrays;
mod forms;
mod literal;

use sqlparser::{
    ast::{self, BinaryOperator, Spanned as _},
    tokenizer::Span,
};

use expr::{Expr, TypeError};

use crate::{dialect, error::Fault};

use super::{call::Call, function, interval, place::Place, scope};

/// Expressions within each other.
pub const DEPTH_MAX: usize = 256;

/// Binds an expression in a place.
pub(super) fn bind(ast: &ast::Expr, place: &mut dyn Place) -> Result<Expr, Fault> {
    Binder { place, depth: 0, branches: 0, expanded: 0 }.expr(ast)
}

/// Binds an expression that must be a truth value.
pub(super) fn condition(ast: &ast::Expr, what: &str, place: &mut dyn Place) -> Result<Expr, Fault> {
    let bound = bind(ast, place)?;
    match bound.data_type() {
        types::DataType::Boolean => Ok(bound),
        _ if matches!(bound, Expr::Literal { value: None, .. }) => {
            expr::cast(bound, types::DataType::Boolean).map_err(|error| fault(span(ast), error))
        }
        given => Err(Fault::new(span(ast), format!("{what} is {given}, expected BOOLEAN"))
            .help("compare it with something: amount > 100")),
    }
}

/// The place of an expression, without recursion along chains of operators.
pub(super) fn span(ast: &ast::Expr) -> Span {
    let mut first = ast;
    let mut last = None;
    loop {
        match first {
            ast::Expr::BinaryOp { left, right, .. } => {
                last.get_or_insert(&**right);
                first = left;
            }
            ast::Expr::Nested(inner)
            | ast::Expr::IsNull(inner)
            | ast::Expr::IsNotNull(inner)
            | ast::Expr::Cast { expr: inner, .. }
            | ast::Expr::UnaryOp { expr: inner, .. } => first = inner,
            _ => break,
        }
    }
    let start = match first {
        ast::Expr::Function(function) => function.name.span().union(&function.span()),
        other => other.span(),
    };
    last.map_or(start, |last| start.union(&span(last)))
}

/// The expression within parentheses.
fn unnested(ast: &ast::Expr) -> &ast::Expr {
    match ast {
        ast::Expr::Nested(inner) => unnested(inner),
        other => other,
    }
}

/// A type error at its place.
pub(super) fn fault(span: Span, error: TypeError) -> Fault {
    match error {
        TypeError::Arguments { name, given, exists } => {
            let is_operator = !name.starts_with(|c: char| c.is_ascii_alphabetic());
            let help = if is_operator {
                "write CAST(x AS type) on one side".to_owned()
            } else {
                format!("write {name}{exists}")
            };
            Fault::new(span, format!("{name} does not take ({given})")).help(help)
        }
        TypeError::Array { what, instead } => Fault::unsupported(span, what, instead),
        error => Fault::new(span, error.to_string()),
    }
}

struct Binder<'a> {
    place: &'a mut dyn Place,
    depth: usize,
    /// CASE and COALESCE around what is bound: they need not compute all of it.
    branches: usize,
    /// Nodes that functions have put into it.
    expanded: usize,
}

impl Binder<'_> {
    fn expr(&mut self, ast: &ast::Expr) -> Result<Expr, Fault> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            let message = format!("an expression is nested more than {DEPTH_MAX} deep");
            return Err(Fault::new(span(ast), message)
                .help("group it in parentheses, or compute parts of it in a view below"));
        }
        let bound = self.inner(ast).map_err(|fault| fault.or_at(span(ast)));
        self.depth -= 1;
        bound
    }

    fn inner(&mut self, ast: &ast::Expr) -> Result<Expr, Fault> {
        match ast {
            ast::Expr::Nested(inner) => self.expr(inner),
            ast::Expr::Identifier(_) | ast::Expr::CompoundIdentifier(_) => {
                let (qualifier, name) = scope::column_name(ast)?.expect("an identifier is a column's name");
                self.place.column(qualifier.as_ref(), &name)
            }
            ast::Expr::Value(value) => literal::value(value),
            ast::Expr::TypedString(typed) => literal::typed(typed),
            ast::Expr::Interval(literal) => interval::literal(literal),
            ast::Expr::BinaryOp { left, op, right } => self.binary(ast, left, op, right),
            ast::Expr::UnaryOp { op, expr } => self.unary(ast, *op, expr),
            ast::Expr::Function(function) => self.function(function),
            ast::Expr::Subquery(query) => self.place.subquery(query, span(ast)),
            _ => self.form(ast),
        }
    }

    fn binary(
        &mut self,
        whole: &ast::Expr,
        left: &ast::Expr,
        op: &BinaryOperator,
        right: &ast::Expr,
    ) -> Result<Expr, Fault> {
        if matches!(op, BinaryOperator::And | BinaryOperator::Or) {
            return self.chain(whole, op);
        }
        if let (BinaryOperator::Overlaps, ast::Expr::Tuple(one), ast::Expr::Tuple(other)) = (op, left, right)
        {
            let ends = one.iter().chain(other).map(|end| self.expr(end)).collect::<Result<Vec<_>, _>>()?;
            return self.call("overlaps", ends, span(whole));
        }
        if let Some(asked) = self.array_operator(whole, (left, right), op) {
            return asked;
        }
        let name = dialect::operator_name(op).ok_or_else(|| {
            Fault::unsupported(
                span(whole),
                &format!("operator {op}"),
                "docs/functions.md lists the operators that exist",
            )
        })?;
        let arguments = vec![self.expr(left)?, self.expr(right)?];
        self.call(name, arguments, span(whole))
    }

    /// `a AND b AND c` as a balanced tree, so that long chains stay shallow.
    fn chain(&mut self, whole: &ast::Expr, op: &BinaryOperator) -> Result<Expr, Fault> {
        let mut parts = Vec::new();
        let mut rest = whole;
        while let ast::Expr::BinaryOp { left, op: inner, right } = rest
            && inner == op
        {
            parts.push(&**right);
            rest = left;
        }
        parts.push(rest);
        let mut bound = Vec::with_capacity(parts.len());
        for part in parts.into_iter().rev() {
            let value = self.expr(part)?;
            // Each operand is checked where it stands, before it disappears in the tree.
            let checked = expr::and(value, expr::literal(types::Value::Boolean(true)));
            let Expr::And(value, _) = checked.map_err(|error| fault(span(part), error))? else {
                unreachable!("AND makes an AND");
            };
            bound.push(*value);
        }
        balanced(bound, *op == BinaryOperator::And).map_err(|error| fault(span(whole), error))
    }

    fn unary(&mut self, whole: &ast::Expr, op: ast::UnaryOperator, inner: &ast::Expr) -> Result<Expr, Fault> {
        match op {
            ast::UnaryOperator::Minus => {
                if let Some(negative) = literal::negative(inner) {
                    return negative;
                }
                let arguments = vec![self.expr(inner)?];
                self.call("neg", arguments, span(whole))
            }
            ast::UnaryOperator::Plus => self.expr(inner),
            ast::UnaryOperator::BitwiseNot => {
                let arguments = vec![self.expr(inner)?];
                self.call("bit_not", arguments, span(whole))
            }
            ast::UnaryOperator::Not => {
                let value = self.expr(inner)?;
                expr::not(value).map_err(|error| fault(span(inner), error))
            }
            other => Err(Fault::unsupported(
                span(whole),
                &format!("operator {other}"),
                "docs/functions.md lists the operators that exist",
            )),
        }
    }

    fn function(&mut self, function: &ast::Function) -> Result<Expr, Fault> {
        let call = Call::of(function)?;
        if let Some(defined) = self.place.functions().get(&call.name).cloned() {
            let arguments = self.arguments(&call, 1)?;
            let value = function::call(&defined, &call, arguments, &mut self.expanded)?;
            return self.certain(value, call.span);
        }
        if call.is_special() {
            return self.place.special(&call);
        }
        if arrays::is_about_arrays(&call.name) {
            return self.array_function(&call);
        }
        if let Some(instead) = clock(&call.name) {
            return Err(
                Fault::new(call.span, format!("{} would differ between two runs", call.name)).help(instead)
            );
        }
        let arguments = self.arguments(&call, usize::from(call.name == "coalesce"))?;
        self.call(&call.name, arguments, call.span)
    }

    /// Binds the arguments of a call within `branches` that need not compute them.
    fn arguments(&mut self, call: &Call<'_>, branches: usize) -> Result<Vec<Expr>, Fault> {
        self.branches += branches;
        let arguments = call.arguments.iter().map(|argument| self.expr(argument)).collect();
        self.branches -= branches;
        arguments
    }

    fn call(&mut self, name: &str, arguments: Vec<Expr>, span: Span) -> Result<Expr, Fault> {
        let call = expr::call(name, arguments).map_err(|error| fault(span, error))?;
        self.certain(call, span)
    }

    /// Refuses a constant that has no value, unless a branch around it may never ask for it.
    fn certain(&self, call: Expr, span: Span) -> Result<Expr, Fault> {
        if let Some(code) = expr::constant_error(&call)
            && self.branches == 0
        {
            let fault = Fault::new(span, format!("this constant has no value: {}", code.message()))
                .help("every row would have NULL here; write the value that is meant");
            self.place.strictness().refuse(fault)?;
        }
        Ok(call)
    }
}

/// Whether a function would differ between two runs.
pub(super) fn is_clock(name: &str) -> bool {
    clock(name).is_some()
}

/// Functions that read a clock or draw a random number.
fn clock(name: &str) -> Option<&'static str> {
    match name {
        "now"
        | "current_timestamp"
        | "current_date"
        | "current_time"
        | "localtimestamp"
        | "localtime"
        | "clock_timestamp"
        | "statement_timestamp"
        | "transaction_timestamp" => Some("a decision's only clock is the event: write its event time"),
        "random" | "gen_random_uuid" | "uuid_generate_v4" | "setseed" => {
            Some("send the random value with the event, or hash the event's key")
        }
        _ => None,
    }
}

fn balanced(mut parts: Vec<Expr>, is_and: bool) -> Result<Expr, TypeError> {
    if parts.len() == 1 {
        return Ok(parts.remove(0));
    }
    let right = parts.split_off(parts.len() / 2);
    let (left, right) = (balanced(parts, is_and)?, balanced(right, is_and)?);
    if is_and { expr::and(left, right) } else { expr::or(left, right) }
}
