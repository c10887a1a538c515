//! One decision: what was decided, which rules said so, and every value that they saw.

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    extract::{Path, RawQuery, State},
    http::StatusCode,
    response::Response,
};
use maud::{Markup, html};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serve::{
    Answer, Refusal, Status,
    answer::{Fired, Late},
    refusal::Kind,
    status,
    text::literal,
};
use types::{Named, Value};

use super::{Here, Shared, answer, overview, parameter, refused};
use crate::{figures, layout, layout::Place, source::Source, syntax::highlight};

/// What stands as it is in a path.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The path of a decision's page.
pub fn path(decision: &str, id: &str) -> String {
    format!("/decisions/{}/{}", utf8_percent_encode(decision, ENCODED), utf8_percent_encode(id, ENCODED))
}

/// The page for a path's names.
pub async fn named<S: Source>(
    State(shared): Here<S>,
    Path((decision, id)): Path<(String, String)>,
) -> Response {
    show(&shared, decision, id).await
}

/// The page for what the search asks.
pub async fn asked<S: Source>(State(shared): Here<S>, RawQuery(query): RawQuery) -> Response {
    let decision = parameter(query.as_deref(), "decision").unwrap_or_default();
    let id = parameter(query.as_deref(), "id").unwrap_or_default();
    show(&shared, decision, id.trim().to_owned()).await
}

async fn show<S: Source>(shared: &Arc<Shared<S>>, decision: String, id: String) -> Response {
    let found = shared.source.decision(decision.clone(), id.clone()).await;
    match found {
        Ok(Some(record)) => {
            let status = shared.source.status();
            let content = page(&record, &status);
            answer(StatusCode::OK, layout::page(&status, Place::Elsewhere, &record.id, &content))
        }
        Ok(None) => {
            let message = format!("{decision} has decided on no event with the key {id}");
            let remedy = "look at the key: it is the event's primary key, in full";
            refused(shared, &Refusal::new(Kind::NotFound, "unknown_event", message, remedy))
        }
        Err(refusal) => refused(shared, &refusal),
    }
}

fn page(record: &Answer, status: &Status) -> Markup {
    let decision = status.decisions.iter().find(|decision| decision.name == record.decision);
    let seen: BTreeSet<&str> =
        record.reasons.iter().flat_map(|fired| fired.saw.iter()).map(|(name, _)| name).collect();
    html! {
        section.card.hero {
            div { (overview::outcome(record, decision)) h1 { (record.id) } p.note { (record.decision) } }
            (facts(record))
        }
        section.card {
            h2 { "Rules that fired" }
            @if record.reasons.is_empty() {
                p.empty { "None: the default outcome stands." }
            }
            div.fired { @for fired in &record.reasons { (rule(fired, decision)) } }
        }
        @if !record.raised.is_empty() {
            section.card {
                h2 { "Raised an error" span.note { "and so is NULL, or did not fire" } }
                table.values {
                    @for raised in &record.raised { tr { th { (raised.item) } td { (raised.message) } } }
                }
            }
        }
        @if !record.scores.is_empty() {
            section.card { h2 { "Scores" } @for (name, value) in record.scores.iter() { (score(name, value)) } }
        }
        div.columns.even {
            (values("Features", "features", &record.features, &seen))
            (values("Event", "event", &record.event, &seen))
        }
        section.card {
            h2 { "Provenance" }
            p { "Computed again from the log and compared byte for byte:" }
            pre.command { code { "mitra explain " (shell(&record.decision)) " " (shell(&record.id)) " --verify" } }
            @if !record.versions.is_empty() {
                table.values {
                    @for (name, version) in &record.versions { tr { th { (name) } td.hash { (version) } } }
                }
            }
        }
    }
}

fn facts(record: &Answer) -> Markup {
    html! {
        dl.facts {
            @if let Some(arrived) = record.arrived { dt { "Arrived" } dd { (figures::moment(arrived)) } }
            dt { "Position" } dd { (figures::count(record.position)) }
            dt { "Epoch" } dd { (record.epoch) }
            @if let Some(late) = record.late {
                dt { "Time" }
                dd {
                    @match late { Late::Past => "late", Late::Future => "ahead" }
                    " beyond " code { (late.bound()) } ": on no timeline, its timeline features are NULL"
                }
            }
            @if record.not_applicable { dt { "Row" } dd { "the decision's view has none for this event" } }
        }
    }
}

fn rule(fired: &Fired, decision: Option<&status::Decision>) -> Markup {
    let class = decision.map_or("mild", |decision| overview::severity(decision, &fired.outcome));
    html! {
        article class=(if fired.shadow { "rule shadow" } else { "rule" }) {
            header {
                span class=(format!("badge {class}")) { (fired.outcome) }
                b { (fired.rule) }
                @if fired.shadow { i { "shadow: recorded, not counted" } }
            }
            @if !fired.reason.is_empty() { p { (fired.reason) } }
            pre { code { (highlight(&fired.condition)) } }
            dl.saw {
                @for (name, value) in fired.saw.iter() { div { dt { (name) } dd { (literal(value)) } } }
            }
        }
    }
}

/// A probability is drawn; another score is a number.
fn score(name: &str, value: Option<&Value>) -> Markup {
    let part = match value {
        Some(Value::Double(score)) if (0.0..=1.0).contains(score) => Some(*score),
        _ => None,
    };
    html! {
        div.score {
            b { (name) }
            span.number { (literal(value)) }
            @if let Some(part) = part { meter min="0" max="1" value=(part) { (part) } }
        }
    }
}

fn values(title: &str, id: &str, values: &Named, seen: &BTreeSet<&str>) -> Markup {
    html! {
        section.card {
            h2 {
                (title) span.note { (values.len()) }
                input.filter type="search" data-filter=(id) placeholder="Filter" aria-label=(format!("Filter {id}")) hidden;
            }
            @if values.is_empty() { p.empty { "None." } }
            table.values id=(id) {
                @for (name, value) in values.iter() {
                    tr class=[seen.contains(name).then_some("seen")] {
                        th scope="row" { (name) }
                        td class=[value.is_none().then_some("null")] { (literal(value)) }
                    }
                }
            }
        }
    }
}

/// A word of a shell's command.
fn shell(word: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:".contains(letter);
    if !word.is_empty() && !word.starts_with('-') && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_a_record_is_there_and_escaped() {
        let text = |text: &str| text.to_owned();
        let record = Answer {
            decision: text("risk"),
            id: text("<b>'1"),
            position: 1_042,
            outcome: Some(text("review")),
            late: Some(Late::Past),
            reasons: vec![Fired {
                rule: text("velocity"),
                outcome: text("review"),
                reason: text("many <payments>"),
                condition: text("payments_1h > 3"),
                saw: Named::from_iter([("payments_1h", Some(Value::BigInt(4)))]),
                shadow: false,
            }],
            scores: Named::from_iter([
                ("score", Some(Value::Double(0.25))),
                ("loss", Some(Value::Double(7.5))),
            ]),
            features: Named::from_iter([("payments_1h", Some(Value::BigInt(4))), ("ratio", None)]),
            event: Named::from_iter([("note", Some(Value::Text(text("</td><script>"))))]),
            ..Answer::default()
        };
        let page = page(&record, &Status::default()).into_string();
        assert!(!page.contains("<script>") && !page.contains("<b>'1"), "{page}");
        for part in [
            "1,042",
            "many &lt;payments&gt;",
            "payments_1h &gt; 3",
            "<div><dt>payments_1h</dt><dd>4</dd></div>",
            "<tr class=\"seen\"><th scope=\"row\">payments_1h</th><td>4</td></tr>",
            "<tr><th scope=\"row\">ratio</th><td class=\"null\">NULL</td></tr>",
            "beyond <code>allowed_lateness</code>",
            "<meter min=\"0\" max=\"1\" value=\"0.25\">",
            "mitra explain risk '&lt;b&gt;'\\''1' --verify",
        ] {
            assert!(page.contains(part), "{part} is missing in {page}");
        }
        assert_eq!(page.matches("<meter").count(), 1);
    }

    #[test]
    fn paths_and_shell_words_hold_any_name() {
        assert_eq!(path("risk", "a/b é?"), "/decisions/risk/a%2Fb%20%C3%A9%3F");
        assert_eq!(shell("evt_1"), "evt_1");
        assert_eq!(shell("-rf"), "'-rf'");
        assert_eq!(shell(""), "''");
    }
}
