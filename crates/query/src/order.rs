//! `ORDER BY position DESC LIMIT 50` begins with the newest files, so that the others are skipped.
//!
//! A scan that knows which rows come first in an order reads its files and row groups by it, and a sort with a limit tells it
//! all the time what is still of interest. DataFusion tells the order to a scan, and not through the union of the files with the rows
//! in memory: this rule does.

use std::sync::Arc;

use datafusion::{
    common::{
        Result,
        config::ConfigOptions,
        tree_node::{Transformed, TransformedResult as _, TreeNode as _},
    },
    physical_expr::PhysicalSortExpr,
    physical_optimizer::PhysicalOptimizerRule,
    physical_plan::{
        ChildrenPropertiesMode, ExecutionPlan, ReplaceChildrenOptions, SortOrderPushdownResult,
        sorts::sort::SortExec, union::UnionExec,
    },
};

/// The rule; to be applied after DataFusion's own.
#[derive(Debug)]
pub struct FirstWanted;

impl PhysicalOptimizerRule for FirstWanted {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        let rule = |plan: Arc<dyn ExecutionPlan>| {
            let sort = plan.downcast_ref::<SortExec>().filter(|sort| sort.fetch().is_some());
            let Some(sort) = sort else { return Ok(Transformed::no(plan)) };
            let Some(input) = ordered(sort.input(), sort.expr())? else { return Ok(Transformed::no(plan)) };
            Ok(Transformed::yes(plan.replace_children(vec![input], recomputed())?))
        };
        plan.transform_down(rule).data()
    }

    fn name(&self) -> &str {
        "first_wanted"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// What is known of a plan is found out again from its new inputs.
fn recomputed() -> ReplaceChildrenOptions {
    ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute)
}

/// A union whose inputs were told the order; none when there is no union or none of them cares. The rows may still come in any
/// order: the sort stays.
fn ordered(
    plan: &Arc<dyn ExecutionPlan>,
    order: &[PhysicalSortExpr],
) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    if !plan.is::<UnionExec>() {
        return Ok(None);
    }
    let mut is_told = false;
    let mut inputs = Vec::new();
    for input in plan.children() {
        inputs.push(match input.try_pushdown_sort(order)? {
            SortOrderPushdownResult::Exact { inner } | SortOrderPushdownResult::Inexact { inner } => {
                is_told = true;
                inner
            }
            SortOrderPushdownResult::Unsupported => Arc::clone(input),
        });
    }
    if is_told { Arc::clone(plan).replace_children(inputs, recomputed()).map(Some) } else { Ok(None) }
}
