//! What is defined: a picture of what reads what, and each statement with its cost.

use std::collections::BTreeMap;

use axum::{extract::State, http::StatusCode, response::Response};
use maud::{Markup, html};
use serve::{Status, status::Rule};

use super::{Here, answer};
use crate::{
    figures, layout,
    layout::Place,
    lineage::{self, anchor},
    source::{Definition, Source},
    syntax::highlight,
};

/// Kinds in the order of the page, with the title of each.
const KINDS: [(&str, &str); 8] = [
    ("decision", "Decisions"),
    ("rule", "Rules"),
    ("view", "Views"),
    ("model", "Models"),
    ("stream", "Streams"),
    ("table", "Tables"),
    ("function", "Functions"),
    ("sink", "Sinks"),
];

pub async fn show<S: Source>(State(shared): Here<S>) -> Response {
    let status = shared.source.status();
    let (definitions, cost) = (shared.source.definitions(), shared.source.cost());
    let content = page(&status, &definitions, &cost);
    answer(StatusCode::OK, layout::page(&status, Place::Definitions, "Definitions", &content))
}

fn page(status: &Status, definitions: &[Definition], cost: &str) -> Markup {
    let rules = fired(status);
    html! {
        section.card {
            h1 { "Definitions" span.note { "epoch " (status.epoch) } }
            (lineage::picture(definitions))
        }
        @for (kind, title) in KINDS {
            @let of_kind: Vec<&Definition> = definitions.iter().filter(|found| found.kind == kind).collect();
            @if !of_kind.is_empty() {
                section.card {
                    h2 { (title) span.note { (of_kind.len()) } }
                    @for definition in of_kind { (one(definition, &rules)) }
                }
            }
        }
        section.card {
            details {
                summary { "Cost of everything, as " code { "mitra check" } " prints it" }
                pre { (cost) }
            }
        }
    }
}

type Rules<'a> = BTreeMap<(&'a str, &'a str), &'a Rule>;

fn fired(status: &Status) -> Rules<'_> {
    status
        .decisions
        .iter()
        .flat_map(|decision| {
            decision.rules.iter().map(|rule| ((decision.name.as_str(), rule.name.as_str()), rule))
        })
        .collect()
}

fn one(definition: &Definition, rules: &Rules<'_>) -> Markup {
    let decision = definition.decision.as_deref();
    let rule = decision.and_then(|decision| rules.get(&(decision, definition.name.as_str())));
    html! {
        details.definition id=(anchor(definition)) {
            summary {
                b { (definition.name) }
                @if let Some(decision) = decision { span.note { "on " (decision) } }
                @if let Some(rule) = rule {
                    @if rule.mode == "shadow" { i { "shadow" } }
                    span.cost { (rule.outcome) ", fired " (times(rule.fired)) " since the start" }
                } @else if !definition.cost.is_empty() {
                    span.cost { (definition.cost) }
                }
            }
            pre { code { (highlight(&definition.text)) } }
            p.note {
                (definition.place)
                @if let Some(decision) = decision {
                    " · " a href=(drop_path(&definition.name, decision)) { "drop it" }
                }
            }
            @if !definition.columns.is_empty() {
                table.values {
                    @for (name, data_type) in &definition.columns { tr { th scope="row" { (name) } td { (data_type) } } }
                }
            }
        }
    }
}

fn times(count: u64) -> String {
    if count == 1 { "once".to_owned() } else { format!("{} times", figures::count(count)) }
}

/// The box for statements with the one that drops a rule.
fn drop_path(rule: &str, decision: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("sql", &format!("DROP RULE {} ON {}", identifier(rule), identifier(decision)));
    format!("/statements?{}", query.finish())
}

/// A name as SQL reads it.
fn identifier(name: &str) -> String {
    let plain = |letter: char| letter.is_ascii_lowercase() || letter == '_' || letter.is_ascii_digit();
    let first = name.starts_with(|letter: char| letter.is_ascii_digit());
    if !name.is_empty() && !first && name.chars().all(plain) {
        return name.to_owned();
    }
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use serve::status::Decision;

    use super::*;

    #[test]
    fn each_definition_has_its_text_its_cost_and_a_rule_its_count() {
        let rule =
            Rule { name: "velocity".to_owned(), mode: "shadow".to_owned(), fired: 1_234, ..Rule::default() };
        let decision = Decision { name: "risk".to_owned(), rules: vec![rule], ..Decision::default() };
        let status = Status { decisions: vec![decision], ..Status::default() };
        let definitions = [
            Definition {
                kind: "rule",
                name: "velocity".to_owned(),
                decision: Some("risk".to_owned()),
                text: "CREATE RULE velocity ON risk WHEN a < 3 THEN review".to_owned(),
                ..Definition::default()
            },
            Definition {
                kind: "view",
                name: "features".to_owned(),
                cost: "2 windows".to_owned(),
                columns: vec![("amount".to_owned(), "DECIMAL(18,2)".to_owned())],
                ..Definition::default()
            },
        ];
        let page = page(&status, &definitions, "total < 1").into_string();
        for part in [
            "fired 1,234 times",
            "<i>shadow</i>",
            "a &lt; 3",
            "2 windows",
            "<td>DECIMAL(18,2)</td>",
            "total &lt; 1",
            "/statements?sql=DROP+RULE+velocity+ON+risk",
        ] {
            assert!(page.contains(part), "{part} is missing in {page}");
        }
        assert_eq!(identifier("Big one"), "\"Big one\"");
        assert_eq!(identifier("1st"), "\"1st\"");
    }
}
