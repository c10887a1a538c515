//! `CREATE DECISION`: a view and its outcomes.

use crate::{
    definition::{Decision, Definitions, Kind, View},
    error::{Fault, suggest},
    parse::decision::CreateDecision,
    statement::Label,
    strictness::Strictness,
};

/// Outcomes of a decision.
pub const OUTCOMES_MAX: usize = 32;

/// What an event without a row is answered.
const NOT_APPLICABLE: &str = "not_applicable";

pub(super) fn bind(
    create: &CreateDecision,
    definitions: &Definitions,
    strictness: Strictness,
) -> Result<Decision, Fault> {
    let view = &create.view;
    match definitions.relation_kind(&view.text) {
        Some(Kind::View) => {}
        Some(Kind::Stream) => {
            return Err(Fault::new(view.span, format!("{} is a stream, expected a view", view.text))
                .help(format!("write CREATE VIEW name AS SELECT * FROM {}, and decide on it", view.text)));
        }
        Some(kind) => {
            return Err(Fault::new(view.span, format!("{} is a {kind}, expected a view", view.text)));
        }
        None => {
            let help = suggest(&view.text, definitions.views.keys().map(String::as_str));
            return Err(Fault { help, ..Fault::new(view.span, format!("unknown view {}", view.text)) });
        }
    }
    let outcomes = &create.outcomes;
    if !(2..=OUTCOMES_MAX).contains(&outcomes.len()) {
        let message = format!("a decision has 2 to {OUTCOMES_MAX} outcomes, here are {}", outcomes.len());
        return Err(Fault::new(outcomes[0].span.union(&outcomes[outcomes.len() - 1].span), message)
            .help("the first is the default, the last the strongest: OUTCOMES (approve, review, decline)"));
    }
    for (at, outcome) in outcomes.iter().enumerate() {
        if outcomes[..at].iter().any(|before| before.text == outcome.text) {
            return Err(Fault::new(outcome.span, format!("outcome {} is listed twice", outcome.text)));
        }
        if outcome.text == NOT_APPLICABLE {
            let message = format!("an outcome cannot be called {NOT_APPLICABLE}");
            let fault = Fault::new(outcome.span, message)
                .help("an event without a row in the view is answered so; choose another name");
            strictness.refuse(fault)?;
        }
    }
    Ok(Decision {
        name: create.name.text.clone(),
        view: view.text.clone(),
        outcomes: outcomes.iter().map(|outcome| outcome.text.clone()).collect(),
    })
}

/// The decision that a rule or sink names, and its view.
pub(super) fn known<'a>(
    name: &Label,
    definitions: &'a Definitions,
) -> Result<(&'a Decision, &'a View), Fault> {
    let decision = definitions.decisions.get(&name.text).ok_or_else(|| {
        if let Some(kind) = definitions.relation_kind(&name.text) {
            let view = match kind {
                Kind::View => name.text.as_str(),
                _ => "view",
            };
            return Fault::new(name.span, format!("{} is a {kind}, expected a decision", name.text))
                .help(format!("name the decision, as in CREATE DECISION name ON {view} OUTCOMES (...)"));
        }
        let help = suggest(&name.text, definitions.decisions.keys().map(String::as_str));
        Fault { help, ..Fault::new(name.span, format!("unknown decision {}", name.text)) }
    })?;
    let view = definitions.views.get(&decision.view).expect("a decision's view is defined before it");
    Ok((decision, view))
}
