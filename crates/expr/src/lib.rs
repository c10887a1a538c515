//! Typed scalar expressions and SQL functions, compiled to register programs over column vectors.
//!
//! The binder builds [`Expr`] trees through the constructors ([`call`], [`cast`], [`case`], ...), which type them as
//! PostgreSQL 15 would. [`Program::compile`] turns any number of trees into one list of instructions, and
//! [`Program::run`] computes a batch in a [`Machine`]'s reused registers. Errors are values: see [`ErrorCode`].

mod calendar;
mod decimals;
mod degrees;
mod doubles;
mod encoding;
pub mod error;
pub mod expression;
mod fields;
mod functions;
mod globe;
mod hashing;
mod inet;
mod intervals;
mod json;
mod kernels;
mod like;
mod likeness;
mod machine;
mod membership;
mod number_text;
mod prepared;
mod program;
pub mod registry;
mod template;
mod time_text;
mod typing;
mod vector;
mod wide;
mod zones;

pub use error::{ErrorCode, Raised};
pub use expression::Expr;
pub use intervals::parse as parse_interval;
pub use kernels::rows::TEXT_BYTES_MAX;
pub use machine::Machine;
pub use program::{Program, ROWS_MAX};
pub use typing::{
    Array, EXPANDED_DEPTH_MAX, EXPANDED_NODES_MAX, Quantifier, TypeError, and, array_length, array_position,
    array_to_string, assign, between, call, cardinality, case, cast, coalesce, column, constant_error,
    contains, element, greatest, in_list, is_built_in, is_distinct_from, least, literal, not, null, nullif,
    or, overlap, quantified, substitute,
};
