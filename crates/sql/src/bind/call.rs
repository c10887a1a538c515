//! Function calls, with what SQL can hang on them taken apart.

use sqlparser::{
    ast::{
        self, DuplicateTreatment, FunctionArg, FunctionArgExpr, FunctionArgumentClause, FunctionArguments,
        NullTreatment, WindowType,
    },
    tokenizer::Span,
};
use windows::Function;

use crate::{error::Fault, parse::reader::fold};

use super::scalar;

/// A call as written.
pub(super) struct Call<'a> {
    /// In lower case.
    pub name: String,
    pub span: Span,
    pub arguments: Vec<&'a ast::Expr>,
    /// `f(*)`.
    pub star: bool,
    /// `f(DISTINCT ...)`.
    pub distinct: bool,
    pub filter: Option<&'a ast::Expr>,
    pub over: Option<&'a WindowType>,
}

impl<'a> Call<'a> {
    pub fn of(function: &'a ast::Function) -> Result<Self, Fault> {
        let [ast::ObjectNamePart::Identifier(ident)] = function.name.0.as_slice() else {
            let span = ast::Spanned::span(&function.name);
            return Err(Fault::unsupported(span, "a schema-qualified function", "write its name alone"));
        };
        let span = ident.span;
        let mut call = Self {
            name: fold(ident).to_ascii_lowercase(),
            span,
            arguments: Vec::new(),
            star: false,
            distinct: false,
            filter: function.filter.as_deref(),
            over: function.over.as_ref(),
        };
        let refuse = |what: &str, instead: &str| Err(Fault::unsupported(span, what, instead));
        if function.null_treatment == Some(NullTreatment::IgnoreNulls) {
            return refuse("IGNORE NULLS", "write FILTER (WHERE x IS NOT NULL)");
        }
        if !function.within_group.is_empty() {
            return refuse("WITHIN GROUP", "there is count, sum, avg, min, max, stddev and variance");
        }
        if !matches!(function.parameters, FunctionArguments::None) || function.uses_odbc_syntax {
            return refuse("this form of call", "write f(x, y)");
        }
        let list = match &function.args {
            FunctionArguments::None => return Ok(call),
            FunctionArguments::Subquery(_) => {
                return refuse("a subquery as an argument list", "put it in parentheses of its own");
            }
            FunctionArguments::List(list) => list,
        };
        for clause in &list.clauses {
            match clause {
                FunctionArgumentClause::IgnoreOrRespectNulls(NullTreatment::RespectNulls) => {}
                FunctionArgumentClause::IgnoreOrRespectNulls(NullTreatment::IgnoreNulls) => {
                    return refuse("IGNORE NULLS", "write FILTER (WHERE x IS NOT NULL)");
                }
                _ => return refuse("a clause within the arguments", "write f(x) and FILTER, OVER after it"),
            }
        }
        call.distinct = list.duplicate_treatment == Some(DuplicateTreatment::Distinct);
        for argument in &list.args {
            match argument {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => call.arguments.push(expr),
                FunctionArg::Unnamed(FunctionArgExpr::Wildcard) if list.args.len() == 1 => call.star = true,
                FunctionArg::Unnamed(_) => {
                    return refuse("a wildcard among arguments", "write count(*) or count(column)");
                }
                _ => return refuse("a named argument", "write arguments in order"),
            }
        }
        Ok(call)
    }

    /// Whether it is more than a scalar function.
    pub fn is_special(&self) -> bool {
        self.over.is_some()
            || self.filter.is_some()
            || self.distinct
            || self.star
            || aggregate(&self.name).is_some()
            || is_window_only(&self.name)
            || self.name == "predict"
    }

    /// The one argument.
    pub fn only_argument(&self) -> Result<&'a ast::Expr, Fault> {
        match self.arguments[..] {
            [argument] => Ok(argument),
            _ => Err(Fault::new(
                self.span,
                format!("{} takes one argument and was given {}", self.name, self.arguments.len()),
            )),
        }
    }

    /// The place from the name to the last argument.
    pub fn whole_span(&self) -> Span {
        self.arguments.last().map_or(self.span, |last| self.span.union(&scalar::span(last)))
    }
}

/// An aggregate by its name; `count` is decided by its argument.
pub(super) fn aggregate(name: &str) -> Option<Function> {
    Some(match name {
        "count" => Function::Count,
        "sum" => Function::Sum,
        "avg" => Function::Avg,
        "min" => Function::Min,
        "max" => Function::Max,
        "variance" | "var_samp" => Function::VarSamp,
        "var_pop" => Function::VarPop,
        "stddev" | "stddev_samp" => Function::StddevSamp,
        "stddev_pop" => Function::StddevPop,
        _ => return None,
    })
}

/// Whether a name means more than a scalar function, or is refused for a reason of its own.
pub(super) fn is_reserved(name: &str) -> bool {
    name == "predict" || aggregate(name).is_some() || is_window_only(name) || scalar::is_clock(name)
}

/// Functions that exist only with `OVER`, supported or not.
pub(super) fn is_window_only(name: &str) -> bool {
    matches!(name, "first_value" | "last_value" | "lag") || unsupported(name).is_some()
}

/// What to write instead of an aggregate or window function that is not supported.
pub(super) fn unsupported(name: &str) -> Option<&'static str> {
    Some(match name {
        "lead" => "a decision cannot see later rows; write lag",
        "row_number" | "rank" | "dense_rank" => "write count(*) OVER (... ROWS UNBOUNDED PRECEDING)",
        "nth_value" => "write lag(x, n), or first_value(x) over a ROWS frame",
        "ntile" | "percent_rank" | "cume_dist" => "compare with min, max, avg and stddev",
        "percentile_cont" | "percentile_disc" | "median" | "mode" => "compare with min, max, avg and stddev",
        "approx_count_distinct" => "write count(DISTINCT x): it is exact",
        "array_agg" | "string_agg" | "json_agg" | "jsonb_agg" | "json_object_agg" => {
            "there is count, sum, avg, min, max, stddev, variance, first_value, last_value and lag"
        }
        "bool_and" | "every" => "write count(*) FILTER (WHERE NOT x) OVER ... = 0",
        "bool_or" => "write count(*) FILTER (WHERE x) OVER ... > 0",
        "corr" | "covar_pop" | "covar_samp" | "regr_slope" | "regr_intercept" => {
            "there is count, sum, avg, min, max, stddev and variance"
        }
        _ => return None,
    })
}
