//! What names and special calls mean in a place: a SELECT list, a rule, a subquery, a constant.

use sqlparser::{ast, tokenizer::Span};

use expr::Expr;

use crate::{definition::Functions, error::Fault, statement::Label, strictness::Strictness};

use super::call::Call;

/// Resolves what an expression cannot know by itself.
pub(super) trait Place {
    /// A column.
    fn column(&mut self, qualifier: Option<&Label>, name: &Label) -> Result<Expr, Fault>;

    /// A window function, aggregate or `predict`.
    fn special(&mut self, call: &Call<'_>) -> Result<Expr, Fault>;

    /// A scalar subquery.
    fn subquery(&mut self, query: &ast::Query, span: Span) -> Result<Expr, Fault>;

    /// The functions that can be called beside those that everybody has.
    fn functions(&self) -> &Functions;

    /// Whether it is a recorded statement's.
    fn strictness(&self) -> Strictness;
}

/// A place where only constants are allowed.
pub(super) struct Constants<'a> {
    /// What stands there, for errors.
    pub what: &'a str,
}

impl Place for Constants<'_> {
    fn column(&mut self, _: Option<&Label>, name: &Label) -> Result<Expr, Fault> {
        Err(Fault::new(name.span, format!("{} must be a constant, found column {}", self.what, name.text)))
    }

    fn special(&mut self, call: &Call<'_>) -> Result<Expr, Fault> {
        Err(Fault::new(call.span, format!("{} must be a constant, found {}(...)", self.what, call.name)))
    }

    fn subquery(&mut self, _: &ast::Query, span: Span) -> Result<Expr, Fault> {
        Err(Fault::new(span, format!("{} must be a constant, found a subquery", self.what)))
    }

    fn functions(&self) -> &Functions {
        static NONE: Functions = Functions::new();
        &NONE
    }

    fn strictness(&self) -> Strictness {
        // What must be known to bind has no other meaning.
        Strictness::Written
    }
}
