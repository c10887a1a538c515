//! `a IS DISTINCT FROM b OR c` as PostgreSQL reads it: `(a IS DISTINCT FROM b) OR c`.
//!
//! The parser takes everything after FROM as the second operand. What was meant is known all the same, because parentheses
//! stand in the tree: an AND or OR that begins an operand without them was never meant to be in it.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr, Statement, UnaryOperator, Value, VisitMut as _, VisitorMut,
};

/// How strongly operators bind; those that are not here bind more strongly.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Strength {
    Or,
    And,
    Not,
    Is,
}

/// Puts the operands of a statement where PostgreSQL has them.
pub fn mend(statement: &mut Statement) {
    // It never breaks off.
    let _: ControlFlow<()> = statement.visit(&mut Mend);
}

struct Mend;

impl VisitorMut for Mend {
    type Break = ();

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        let is_at_fault = match expr {
            Expr::IsDistinctFrom(_, right) | Expr::IsNotDistinctFrom(_, right) => {
                is_weaker(right, Strength::Is)
            }
            Expr::BinaryOp { op: BinaryOperator::And, right, .. } => is_weaker(right, Strength::And),
            Expr::UnaryOp { op: UnaryOperator::Not, expr } => is_weaker(expr, Strength::Not),
            _ => false,
        };
        if is_at_fault {
            *expr = mended(std::mem::replace(expr, Expr::value(Value::Null)));
        }
        ControlFlow::Continue(())
    }
}

fn strength(operator: &BinaryOperator) -> Option<Strength> {
    match operator {
        BinaryOperator::Or => Some(Strength::Or),
        BinaryOperator::And => Some(Strength::And),
        _ => None,
    }
}

fn is_weaker(operand: &Expr, than: Strength) -> bool {
    matches!(operand, Expr::BinaryOp { op, .. } if strength(op).is_some_and(|strength| strength < than))
}

fn mended(expr: Expr) -> Expr {
    match expr {
        Expr::IsDistinctFrom(left, right) => {
            onto_first(*right, Strength::Is, |right| Expr::IsDistinctFrom(left, Box::new(right)))
        }
        Expr::IsNotDistinctFrom(left, right) => {
            onto_first(*right, Strength::Is, |right| Expr::IsNotDistinctFrom(left, Box::new(right)))
        }
        Expr::BinaryOp { left, op: op @ BinaryOperator::And, right } => {
            onto_first(*right, Strength::And, |right| Expr::BinaryOp { left, op, right: Box::new(right) })
        }
        Expr::UnaryOp { op: op @ UnaryOperator::Not, expr } => {
            onto_first(*expr, Strength::Not, |expr| Expr::UnaryOp { op, expr: Box::new(expr) })
        }
        other => other,
    }
}

/// Gives the first operand that binds as strongly as `strength` to `operator`, and leaves what follows it outside.
fn onto_first(operand: Expr, strength: Strength, operator: impl FnOnce(Expr) -> Expr) -> Expr {
    if !is_weaker(&operand, strength) {
        return operator(operand);
    }
    let Expr::BinaryOp { left, op, right } = operand else {
        unreachable!("only AND and OR bind less strongly")
    };
    // Its first operand may be a chain of its own; the recursion is as deep as the parser allows an expression to be.
    Expr::BinaryOp { left: Box::new(onto_first(*left, strength, operator)), op, right }
}

#[cfg(test)]
mod tests {
    use datafusion::sql::sqlparser::{ast::SelectItem, dialect::PostgreSqlDialect, parser::Parser};

    use super::*;

    /// Every operand in parentheses.
    fn grouped(expr: &Expr) -> String {
        match expr {
            Expr::BinaryOp { left, op, right } => format!("({} {op} {})", grouped(left), grouped(right)),
            Expr::UnaryOp { op, expr } => format!("({op} {})", grouped(expr)),
            Expr::IsDistinctFrom(left, right) => format!("({} <> {})", grouped(left), grouped(right)),
            Expr::IsNotDistinctFrom(left, right) => format!("({} == {})", grouped(left), grouped(right)),
            Expr::Nested(inner) => grouped(inner),
            other => other.to_string(),
        }
    }

    fn condition(sql: &str) -> String {
        let text = format!("SELECT {sql}");
        let mut statement = Parser::parse_sql(&PostgreSqlDialect {}, &text).unwrap().remove(0);
        mend(&mut statement);
        let Statement::Query(query) = statement else { panic!("{sql}") };
        let select = query.body.as_select().unwrap();
        match &select.projection[0] {
            SelectItem::UnnamedExpr(expr) => grouped(expr),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn operands_are_those_of_postgresql() {
        for (sql, wanted) in [
            ("a IS DISTINCT FROM b OR c", "((a <> b) OR c)"),
            ("a IS NOT DISTINCT FROM b AND c", "((a == b) AND c)"),
            ("a IS DISTINCT FROM b AND c OR d", "(((a <> b) AND c) OR d)"),
            ("a IS DISTINCT FROM b OR c AND d", "((a <> b) OR (c AND d))"),
            ("x AND a IS DISTINCT FROM b OR c", "((x AND (a <> b)) OR c)"),
            ("x OR a IS DISTINCT FROM b AND c", "(x OR ((a <> b) AND c))"),
            ("NOT a IS DISTINCT FROM b OR c", "((NOT (a <> b)) OR c)"),
            ("x AND NOT a IS DISTINCT FROM b AND c OR d", "((x AND ((NOT (a <> b)) AND c)) OR d)"),
            ("a IS DISTINCT FROM b + 1", "(a <> (b + 1))"),
            ("a IS DISTINCT FROM (b OR c)", "(a <> (b OR c))"),
            ("x AND (a IS DISTINCT FROM b OR c)", "(x AND ((a <> b) OR c))"),
            ("a IS DISTINCT FROM b OR c IS DISTINCT FROM d OR e", "((a <> b) OR ((c <> d) OR e))"),
        ] {
            assert_eq!(condition(sql), wanted, "{sql}");
        }
    }
}
