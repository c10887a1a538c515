//! The box for statements: a rule is written, sent, and either acts from a stated position or is shown with its error.

use std::collections::BTreeMap;

use axum::{
    extract::{RawQuery, Request, State},
    http::StatusCode,
    response::Response,
};
use maud::{Markup, html};
use serve::{Applied, StatementRefusal, Status};

use super::{Here, answer, body, capitalised, parameter, refused};
use crate::{
    figures, layout,
    layout::Place,
    source::{Definition, Source},
};

/// What became of the statements.
enum Result {
    /// Nothing was sent yet.
    Unsent,
    Applied(Applied),
    Refused(StatementRefusal),
}

pub async fn form<S: Source>(State(shared): Here<S>, RawQuery(query): RawQuery) -> Response {
    let (status, definitions) = (shared.source.status(), shared.source.definitions());
    let text = parameter(query.as_deref(), "sql").unwrap_or_else(|| template(&status));
    let content = page(&text, &Result::Unsent, &status, &definitions);
    answer(StatusCode::OK, layout::page(&status, Place::Statements, "Add a rule", &content))
}

pub async fn apply<S: Source>(State(shared): Here<S>, request: Request) -> Response {
    let text = match body(request).await {
        Ok(form) => parameter(Some(&form), "sql").unwrap_or_default(),
        Err(refusal) => return refused(&shared, &refusal),
    };
    let applied = shared.source.statements(text.clone(), BTreeMap::new(), None).await;
    let (code, result) = match applied {
        Ok(applied) => (StatusCode::OK, Result::Applied(applied)),
        Err(refusal @ StatementRefusal::Errors(_)) => (StatusCode::BAD_REQUEST, Result::Refused(refusal)),
        Err(refusal) => (StatusCode::SERVICE_UNAVAILABLE, Result::Refused(refusal)),
    };
    let (status, definitions) = (shared.source.status(), shared.source.definitions());
    let content = page(&text, &result, &status, &definitions);
    answer(code, layout::page(&status, Place::Statements, "Add a rule", &content))
}

/// A first rule to change: in shadow, so that it can be watched before it decides.
fn template(status: &Status) -> String {
    let Some(decision) = status.decisions.first() else { return String::new() };
    let outcome = decision.outcomes.get(1).map_or("review", |outcome| outcome.name.as_str());
    format!(
        "CREATE RULE my_rule ON {}\n    WHEN \n    THEN {outcome} REASON ''\n    WITH (mode = 'shadow')",
        decision.name
    )
}

fn page(text: &str, result: &Result, status: &Status, definitions: &[Definition]) -> Markup {
    let rows = text.lines().count().clamp(5, 24);
    html! {
        div.columns {
            section.card.wide {
                h1 { "Add a rule" }
                (outcome(result))
                form action="/statements" method="post" {
                    label for="sql" { "Statements, which take effect together or not at all" }
                    textarea #sql name="sql" rows=(rows) spellcheck="false" autocapitalize="off" autocomplete="off" required {
                        // A first line break is the element's own and is dropped.
                        "\n" (text)
                    }
                    p {
                        button.primary { "Apply" }
                        span.note { "With " code { "mode = 'shadow'" } " a rule is recorded and does not count. Ctrl+Enter sends." }
                    }
                }
            }
            section.card {
                h2 { "Columns that a rule can read" }
                @for decision in &status.decisions { (columns(&decision.name, &decision.view, definitions)) }
            }
        }
    }
}

fn columns(decision: &str, view: &str, definitions: &[Definition]) -> Markup {
    let found = definitions.iter().find(|definition| definition.kind == "view" && definition.name == view);
    html! {
        h3 { (decision) span.note { "on " (view) } }
        @if let Some(view) = found {
            table.values.scroll {
                @for (name, data_type) in &view.columns { tr { th scope="row" { (name) } td { (data_type) } } }
            }
        }
    }
}

fn outcome(result: &Result) -> Markup {
    match result {
        Result::Unsent => html! {},
        Result::Applied(applied) => html! {
            div.notice.good role="status" {
                p { b { "In force from position " (figures::count(applied.position)) "." } " Epoch " (applied.epoch) "." }
                ul { @for change in &applied.changes { li { (change.action) " " (change.kind) " " b { (change.name) } } } }
            }
        },
        Result::Refused(StatementRefusal::Errors(errors)) => html! {
            div.notice.bad role="alert" {
                p { b { "Nothing was changed." } }
                @for error in errors { pre { (error.rendered) } }
            }
        },
        Result::Refused(StatementRefusal::Refused(refusal)) => html! {
            div.notice.bad role="alert" {
                p { b { "Nothing was changed. " } (capitalised(&refusal.message)) }
                p { (capitalised(&refusal.remedy)) }
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use serve::{
        StatementError,
        statement::Change,
        status::{Count, Decision},
    };

    use super::*;

    fn status() -> Status {
        let outcomes = ["approve", "review"].map(|name| Count { name: name.to_owned(), count: 0 });
        let (name, view) = ("risk".to_owned(), "features".to_owned());
        let decision = Decision { name, view, outcomes: outcomes.into(), ..Decision::default() };
        Status { decisions: vec![decision], ..Status::default() }
    }

    #[test]
    fn an_error_keeps_what_was_written() {
        let error = StatementError { rendered: "  | x <\n    ^".to_owned(), ..StatementError::default() };
        let result = Result::Refused(StatementRefusal::Errors(vec![error]));
        let page = page("CREATE </textarea>", &result, &status(), &[]).into_string();
        assert!(page.contains("  | x &lt;\n    ^"), "{page}");
        assert!(page.contains("\nCREATE &lt;/textarea&gt;</textarea>"), "{page}");
    }

    #[test]
    fn what_was_applied_says_from_where() {
        let change =
            Change { action: "create".to_owned(), kind: "rule".to_owned(), name: "v on risk".to_owned() };
        let applied = Applied { epoch: 3, position: 12_345, changes: vec![change] };
        let page = page(&template(&status()), &Result::Applied(applied), &status(), &[]).into_string();
        assert!(page.contains("In force from position 12,345."), "{page}");
        assert!(page.contains("CREATE RULE my_rule ON risk") && page.contains("THEN review"), "{page}");
    }
}
