//! Thousands of conditions evaluated together: which rules fire on each row, and the outcome that follows.

mod verdicts;

pub use verdicts::{RULES_MAX, Rule, RuleSet, Verdicts};
