//! `CREATE RULE`: a condition over the columns of a decision's view.

use sqlparser::{ast, tokenizer::Span};
use types::DataType;

use expr::Expr;

use crate::{
    definition::{Definitions, Functions, Rule, RuleMode, View},
    error::{Fault, suggest},
    parse::rule::CreateRule,
    statement::Label,
    strictness::Strictness,
};

use super::{call::Call, decision, place::Place, scalar};

/// Rules of one decision.
pub const RULES_MAX: usize = 10_000;
/// Bytes of a reason.
pub const REASON_BYTES_MAX: usize = 1_024;

pub(super) fn bind(
    create: &CreateRule,
    definitions: &Definitions,
    strictness: Strictness,
) -> Result<Rule, Fault> {
    let (decision, view) = decision::known(&create.decision, definitions)?;
    let outcome =
        decision.outcomes.iter().position(|outcome| *outcome == create.outcome.text).ok_or_else(|| {
            let message = format!("decision {} has no outcome {}", decision.name, create.outcome.text);
            let help = suggest(&create.outcome.text, decision.outcomes.iter().map(String::as_str))
                .or(Some(format!("its outcomes are {}", decision.outcomes.join(", "))));
            Fault { help, ..Fault::new(create.outcome.span, message) }
        })?;
    count(create, definitions)?;
    if create.reason.as_ref().is_some_and(|reason| reason.len() > REASON_BYTES_MAX) {
        let message =
            format!("the reason of rule {} is longer than {REASON_BYTES_MAX} bytes", create.name.text);
        return Err(Fault::new(create.name.span, message));
    }
    let mut columns = Columns {
        view,
        decision: &decision.name,
        outcome: false,
        reads: Vec::new(),
        functions: &definitions.functions,
        strictness,
    };
    let condition = scalar::condition(&create.condition, "WHEN", &mut columns)
        .map_err(|fault| fault.or_at(create.condition_span))?;
    Ok(Rule {
        name: create.name.text.clone(),
        decision: decision.name.clone(),
        condition,
        condition_text: create.condition_text.clone(),
        reads: columns.reads,
        outcome,
        reason: create.reason.clone(),
        mode: mode(create)?,
    })
}

fn count(create: &CreateRule, definitions: &Definitions) -> Result<(), Fault> {
    if definitions.rules.len() < RULES_MAX {
        return Ok(());
    }
    let decision = &create.decision.text;
    let first = (decision.clone(), String::new());
    let others = definitions.rules.range(first..).take_while(|((of, _), _)| of == decision);
    let others = others.filter(|((_, name), _)| *name != create.name.text).count();
    if others < RULES_MAX {
        return Ok(());
    }
    let message = format!("decision {decision} has {RULES_MAX} rules already, which is the limit");
    Err(Fault::new(create.name.span, message).help("join rules of one outcome with OR, or drop some"))
}

fn mode(create: &CreateRule) -> Result<RuleMode, Fault> {
    let mut mode = RuleMode::Live;
    for option in &create.options {
        if option.name.text != "mode" {
            let fault = Fault::new(option.name.span, format!("unknown option {}", option.name.text));
            return Err(fault.help("a rule has one option: WITH (mode = 'shadow') or 'live'"));
        }
        mode = match option.value.text.as_str() {
            "live" => RuleMode::Live,
            "shadow" => RuleMode::Shadow,
            other => {
                let message = format!("unknown mode {other}");
                return Err(Fault::new(option.value.span, message).help("there is 'live' and 'shadow'"));
            }
        };
    }
    Ok(mode)
}

/// The columns of a decision's records.
pub(super) struct Columns<'a> {
    pub view: &'a View,
    pub decision: &'a str,
    /// Whether the decision's `outcome` follows them.
    pub outcome: bool,
    /// Columns of the view that were named, in order of appearance.
    pub reads: Vec<usize>,
    pub functions: &'a Functions,
    pub strictness: Strictness,
}

impl Place for Columns<'_> {
    fn column(&mut self, qualifier: Option<&Label>, name: &Label) -> Result<Expr, Fault> {
        if let Some(qualifier) = qualifier
            && qualifier.text != self.view.name
            && qualifier.text != self.decision
        {
            let fault = Fault::new(qualifier.span, format!("unknown relation {}", qualifier.text));
            return Err(fault.help(format!("write the column of {} alone", self.view.name)));
        }
        let found = self.view.columns.iter().position(|column| column.name == name.text);
        if self.outcome && name.text == "outcome" {
            if found.is_some() {
                let message = "outcome is both a column of the view and the decision's outcome";
                return Err(Fault::new(name.span, message).help("rename the view's column"));
            }
            return Ok(expr::column(self.view.columns.len(), DataType::Text));
        }
        let Some(index) = found else {
            let own = self.outcome.then_some("outcome");
            let names = self.view.columns.iter().map(|column| column.name.as_str()).chain(own);
            let message = format!("view {} has no column {}", self.view.name, name.text);
            return Err(Fault { help: suggest(&name.text, names), ..Fault::new(name.span, message) });
        };
        if !self.reads.contains(&index) {
            self.reads.push(index);
        }
        Ok(expr::column(index, self.view.slots[self.view.columns[index].slot].data_type))
    }

    fn special(&mut self, call: &Call<'_>) -> Result<Expr, Fault> {
        Err(Fault::new(call.span, format!("{} cannot stand in a condition", call.name))
            .help(format!("compute it as a column of view {}", self.view.name)))
    }

    fn subquery(&mut self, _: &ast::Query, span: Span) -> Result<Expr, Fault> {
        Err(Fault::new(span, "a subquery cannot stand in a condition")
            .help(format!("compute it as a column of view {}", self.view.name)))
    }

    fn functions(&self) -> &Functions {
        self.functions
    }

    fn strictness(&self) -> Strictness {
        self.strictness
    }
}
