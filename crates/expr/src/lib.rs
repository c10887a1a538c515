//! Typed scalar expressions and SQL functions, compiled to register programs over column vectors.

pub mod expression;

pub use expression::Expr;
