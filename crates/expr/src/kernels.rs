//! The loops that functions are made of, so that a function's file holds only its meaning.

pub(crate) mod comparison;
pub(crate) mod conditional;
pub(crate) mod extreme;
pub(crate) mod native;
pub(crate) mod rows;

pub(crate) use native::{binary, binary_raising, unary, unary_raising};
pub(crate) use rows::{Outcome, Text, prepared, prepared_text, rows1, rows2, rows3, text1, text2, text3};
