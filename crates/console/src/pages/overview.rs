//! The first page: is it well, what does it do, what has it just decided.

use std::collections::{BTreeMap, VecDeque};

use maud::{Markup, html};
use serve::{Answer, Status, answer::Fired, status, text::literal};
use types::Value;

use crate::{
    chart,
    feed::State,
    figures, layout,
    pages::decision::path,
    samples::SAMPLES_MAX,
    source::{Health, Role},
};

/// Which decisions are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Show {
    /// All.
    All,
    /// Those for which a rule fired, shadow rules included.
    Flagged,
}

impl Show {
    /// What the parameter `show` asks for.
    pub fn of(parameter: Option<&str>) -> Self {
        if parameter == Some("flagged") { Self::Flagged } else { Self::All }
    }
}

/// The page's content; what changes stands in elements whose ids [`update`] names.
pub fn page(state: &State, status: &Status, roles: &[Role], show: Show) -> Markup {
    html! {
        h1.unseen { "Overview" }
        div #tiles.tiles { (tiles(state, status)) }
        div.columns {
            section.card.wide {
                h2 { "Outcomes" span.note { "a second, each on its own scale" } }
                div #outcomes { (outcomes(state, status)) }
            }
            section.card {
                h2 { "Roles" }
                div #roles { (self::roles(status, roles)) }
            }
        }
        section.card {
            h2 {
                "Latest decisions"
                span.tabs {
                    a href="/" aria-current=[(show == Show::All).then_some("true")] { "All" }
                    a href="/?show=flagged" aria-current=[(show == Show::Flagged).then_some("true")] { "A rule fired" }
                }
            }
            div #latest data-hold { (latest(state, status, show)) }
        }
        div data-feed=(if show == Show::Flagged { "/feed?show=flagged" } else { "/feed" }) {}
    }
}

/// The changing parts by the ids of their elements, as a JSON object.
pub fn update(state: &State, status: &Status, roles: &[Role], show: Show) -> String {
    let parts = BTreeMap::from([
        ("state", layout::state(status).into_string()),
        ("tiles", tiles(state, status).into_string()),
        ("outcomes", outcomes(state, status).into_string()),
        ("roles", self::roles(status, roles).into_string()),
        ("latest", latest(state, status, show).into_string()),
    ]);
    serde_json::to_string(&parts).expect("texts are JSON")
}

fn tiles(state: &State, status: &Status) -> Markup {
    let samples = &state.samples;
    let (events, latencies) = (samples.events_series(), samples.latency_series());
    let latency = samples.latency();
    html! {
        div.tile {
            h2 { "Events a second" }
            strong { (figures::rate(samples.events_per_second())) }
            small { (figures::count(status.events)) " in all" }
            (chart::area(&events, chart::top(&events), "events a second"))
        }
        div.tile {
            h2 { "Decide, p99" }
            strong { @if let Some(latency) = latency { (figures::milliseconds(latency.p99_us)) } @else { "–" } }
            small {
                @if let Some(latency) = latency { "p50 " (figures::milliseconds(latency.p50_us)) }
                @else { "nobody asks over HTTP" }
            }
            (chart::area(&latencies, chart::top(&latencies), "99th percentile of the time to decide"))
        }
        div.tile {
            h2 { "Flagged" }
            (flagged(state, status))
        }
        div.tile {
            h2 { "Log" }
            strong { (figures::count(status.next_position)) }
            small { "records, " (figures::bytes(status.log.bytes)) " here" }
            small { "epoch " (status.epoch) ", up " (figures::duration(status.uptime_s)) }
        }
    }
}

/// The share of decisions that are not the default.
fn flagged(state: &State, status: &Status) -> Markup {
    let count = |decision: &status::Decision, skipped: usize| -> u64 {
        let outcomes = decision.outcomes.iter().skip(skipped);
        outcomes.map(|outcome| state.samples.outcome_count(&decision.name, &outcome.name)).sum()
    };
    let all: u64 = status.decisions.iter().map(|decision| count(decision, 0)).sum();
    let flagged: u64 = status.decisions.iter().map(|decision| count(decision, 1)).sum();
    html! {
        strong { @if all == 0 { "–" } @else { (format!("{:.2} %", flagged as f64 * 100.0 / all as f64)) } }
        small { (figures::count(flagged)) " of " (figures::count(all)) }
        small { "in the last " (SAMPLES_MAX / 60) " min" }
    }
}

/// A chart for each outcome on a scale of its own: on a common one the default would flatten all others.
fn outcomes(state: &State, status: &Status) -> Markup {
    html! {
        @if status.decisions.is_empty() { p.empty { "No decision is defined yet." } }
        @for decision in &status.decisions {
            @if status.decisions.len() > 1 { h3 { (decision.name) } }
            div.multiples {
                @for outcome in &decision.outcomes {
                    (multiple(state, decision, &outcome.name))
                }
                div.axis aria-hidden="true" { span { (state.samples.span_s() / 60) " min ago" } span { "now" } }
            }
        }
    }
}

fn multiple(state: &State, decision: &status::Decision, outcome: &str) -> Markup {
    let samples = &state.samples;
    let series = samples.outcome_series(&decision.name, outcome);
    let peak = chart::peak(&series);
    let now = samples.outcomes_per_second(&decision.name, outcome);
    html! {
        div class=(format!("multiple {}", severity(decision, outcome))) {
            div.label {
                b { (outcome) }
                small { (figures::count(samples.outcome_count(&decision.name, outcome))) }
            }
            (chart::area(&series, chart::top(&series), &format!("{outcome} a second")))
            div.label.end {
                b { (figures::rate(now)) "/s" }
                small { @if let Some(peak) = peak { "peak " (figures::rate(peak)) "/s" } @else { "none yet" } }
            }
        }
    }
}

fn roles(status: &Status, roles: &[Role]) -> Markup {
    html! {
        dl.roles {
            @for role in roles {
                dt { span class=(format!("dot {}", health(role.health))) role="img" aria-label=(health(role.health)) {} (role.name) }
                dd {
                    (role.state)
                    @if let Some(lag) = role.lag_bytes { small { (lag_text(lag)) } }
                }
            }
        }
        @for pending in &status.pending {
            p.pending {
                "Change " (pending.change) " builds its state: " (pending.what)
                progress max="1" value=(format!("{:.3}", pending.progress)) {}
            }
        }
        @if !status.reason.is_empty() { p.problem { (status.reason) } }
    }
}

fn health(health: Health) -> &'static str {
    match health {
        Health::Good => "good",
        Health::Waiting => "waiting",
        Health::Bad => "bad",
    }
}

fn lag_text(bytes: u64) -> String {
    if bytes == 0 { "has seen everything".to_owned() } else { format!("{} behind", figures::bytes(bytes)) }
}

fn latest(state: &State, status: &Status, show: Show) -> Markup {
    let shown: &VecDeque<Answer> = match show {
        Show::All => &state.latest,
        Show::Flagged => &state.flagged,
    };
    let several = status.decisions.len() > 1;
    html! {
        @if !state.problem.is_empty() { p.problem { (state.problem) } }
        @if shown.is_empty() {
            p.empty {
                @if show == Show::Flagged { "No rule fired lately." }
                @else { "Nothing was decided lately. Send an event to " code { "/v1/decide/<decision>" } "." }
            }
        } @else {
            table.latest {
                thead {
                    tr {
                        th { "Time, UTC" } th { "Event" }
                        @if several { th { "Decision" } }
                        th { "Outcome" } th.number { "Amount" } th.number { "Score" } th { "Why" }
                    }
                }
                tbody { @for answer in shown.iter().rev() { (row(answer, status, several)) } }
            }
            @if state.is_sampled && show == Show::All {
                p.note { "More is decided than can be shown: this is a sample of the latest." }
            }
        }
    }
}

fn row(answer: &Answer, status: &Status, several: bool) -> Markup {
    let decision = status.decisions.iter().find(|decision| decision.name == answer.decision);
    html! {
        tr {
            td.time { @if let Some(arrived) = answer.arrived { (figures::clock(arrived)) } }
            td.id { a href=(path(&answer.decision, &answer.id)) { (answer.id) } }
            @if several { td { (answer.decision) } }
            td { (outcome(answer, decision)) }
            td.number { (amount(answer)) }
            td.number { @if let Some((_, score)) = answer.scores.iter().next() { (score_text(score)) } }
            td.why { @for fired in &answer.reasons { (why(fired)) } }
        }
    }
}

/// The outcome as a badge.
pub fn outcome(answer: &Answer, decision: Option<&status::Decision>) -> Markup {
    let (class, text) = match (&answer.outcome, answer.not_applicable) {
        (Some(outcome), false) => {
            (decision.map_or("mild", |decision| severity(decision, outcome)), outcome.as_str())
        }
        (_, true) => ("calm", "not applicable"),
        (None, false) => ("calm", "late, not decided"),
    };
    html! { span class=(format!("badge {class}")) { (text) } }
}

/// A class for how strong an outcome is among its decision's.
pub fn severity(decision: &status::Decision, outcome: &str) -> &'static str {
    let last = decision.outcomes.len().saturating_sub(1);
    match decision.outcomes.iter().position(|known| known.name == outcome) {
        Some(0) => "calm",
        Some(index) if index == last => "strong",
        Some(index) if index + 1 == last && last > 2 => "firm",
        _ => "mild",
    }
}

fn why(fired: &Fired) -> Markup {
    let text = if fired.reason.is_empty() { &fired.rule } else { &fired.reason };
    html! {
        span.reason title=(fired.rule) { (text) @if fired.shadow { i { " shadow" } } }
    }
}

/// The event's first amount of money, with its currency where the event has one by that name.
fn amount(answer: &Answer) -> String {
    let money = answer.event.iter().find_map(|(_, value)| match value {
        Some(value @ Value::Decimal { .. }) => Some(value.to_string()),
        _ => None,
    });
    match (money, answer.event.get("currency").flatten()) {
        (Some(money), Some(Value::Text(currency))) => format!("{money} {currency}"),
        (money, _) => money.unwrap_or_default(),
    }
}

/// A score to four places: enough for the eye, and its page has it all.
fn score_text(score: Option<&Value>) -> String {
    match score {
        Some(Value::Double(score)) => format!("{score:.4}"),
        other => literal(other),
    }
}

#[cfg(test)]
mod tests {
    use serve::status::Count;
    use types::Named;

    use super::*;

    #[test]
    fn severity_follows_the_order_of_outcomes() {
        let of = |names: &[&str]| {
            let count = |name: &&str| Count { name: (*name).to_owned(), count: 0 };
            let outcomes = names.iter().map(count).collect();
            let decision = status::Decision { outcomes, ..status::Decision::default() };
            names.iter().map(|name| severity(&decision, name)).collect::<Vec<_>>()
        };
        assert_eq!(of(&["approve", "challenge", "review", "decline"]), ["calm", "mild", "firm", "strong"]);
        assert_eq!(of(&["approve", "review", "decline"]), ["calm", "mild", "strong"]);
        assert_eq!(of(&["pass", "stop"]), ["calm", "strong"]);
    }

    #[test]
    fn what_comes_from_outside_is_escaped_in_the_page_and_in_the_update() {
        let hostile = "<script>\"'&";
        let answer = Answer {
            decision: "risk".to_owned(),
            id: hostile.to_owned(),
            outcome: Some("decline".to_owned()),
            reasons: vec![Fired { reason: hostile.to_owned(), ..Fired::default() }],
            event: Named::from_iter([
                ("amount", Some(Value::Decimal { unscaled: 1_250, scale: 2 })),
                ("currency", Some(Value::Text(hostile.to_owned()))),
            ]),
            ..Answer::default()
        };
        let mut state = State::default();
        state.latest.push_back(answer);
        let status = Status { reason: hostile.to_owned(), ..Status::default() };
        let page = page(&state, &status, &[], Show::All).into_string();
        assert!(!page.contains("<script>"), "{page}");
        assert!(page.contains("/decisions/risk/%3Cscript%3E%22%27%26"), "{page}");
        assert!(page.contains("12.50 &lt;script&gt;"), "{page}");
        let update = update(&state, &status, &[], Show::All);
        let parts: BTreeMap<String, String> = serde_json::from_str(&update).unwrap();
        assert!(parts.values().all(|part| !part.contains("<script>")), "{update}");
        for id in parts.keys().filter(|id| *id != "state") {
            assert!(page.contains(&format!("id=\"{id}\"")), "{id} has no place in the page");
        }
    }
}
