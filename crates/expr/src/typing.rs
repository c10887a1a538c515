//! How the binder builds trees: names become kernels, and implicit casts become nodes.

mod array_text;
mod arrays;
mod conditional;
mod convert;
mod error;
mod resolve;
mod substitute;

pub use arrays::{
    Array, Quantifier, array_length, array_position, array_to_string, cardinality, contains, element,
    overlap, quantified,
};
pub use conditional::{
    and, between, case, coalesce, greatest, in_list, is_distinct_from, least, not, nullif, or,
};
pub use convert::{cast, column, constant_error, literal, null};
pub use error::TypeError;
pub use resolve::{call, is_built_in};
pub use substitute::{EXPANDED_DEPTH_MAX, EXPANDED_NODES_MAX, assign, substitute};
