//! Thousands of conditions evaluated together: which rules fire on each row, and the outcome that follows.
//!
//! [`RuleSet::evaluate`] takes one truth value per rule and row. [`RuleSet::compile`] looks into the
//! conditions and makes an [`index::Index`], whose cost hardly depends on the number of rules.

pub mod index;
mod verdicts;

pub use verdicts::{RULES_MAX, Rule, RuleSet, Verdicts};
