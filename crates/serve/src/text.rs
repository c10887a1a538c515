//! A decision for people: what was decided, why, and the values, aligned in columns.

use std::fmt::Write as _;

use types::{Named, Value, time};

use crate::{
    Answer,
    answer::{Fired, Late},
};

/// Widest column of names; a longer name pushes only its own line.
const NAME_CHARS_MAX: usize = 40;

/// The record as lines of text, ending in a line break.
pub fn answer(answer: &Answer) -> String {
    let mut out = String::with_capacity(1_024);
    heading(&mut out, &format!("{} · {}", answer.decision, answer.id));
    table(&mut out, "", &facts(answer));
    section(&mut out, "rules that fired", &answer.reasons.iter().map(fired).collect::<Vec<_>>());
    section(&mut out, "scores", &named(&answer.scores));
    section(&mut out, "features", &named(&answer.features));
    section(&mut out, "event", &named(&answer.event));
    let raised = answer.raised.iter().map(|raised| (raised.item.clone(), raised.message.clone()));
    section(&mut out, "raised an error, so NULL or not fired", &raised.collect::<Vec<_>>());
    section(&mut out, "versions", &answer.versions);
    out
}

fn facts(answer: &Answer) -> Vec<(String, String)> {
    let mut facts = vec![("outcome", outcome(answer))];
    facts.push(("position", answer.position.to_string()));
    facts.push(("epoch", answer.epoch.to_string()));
    if let Some(arrived) = answer.arrived {
        let mut text = String::new();
        time::write_rfc3339(&mut text, arrived).expect("a string takes all");
        facts.push(("arrived", text));
    }
    if let Some(latency_us) = answer.latency_us {
        facts.push(("latency", format!("{}.{:03} ms", latency_us / 1_000, latency_us % 1_000)));
    }
    facts.into_iter().map(|(name, text)| (name.to_owned(), text)).collect()
}

fn outcome(answer: &Answer) -> String {
    let mut text = match (&answer.outcome, answer.not_applicable) {
        (_, true) => "not applicable: the decision's view has no row for this event".to_owned(),
        (Some(outcome), false) => outcome.clone(),
        (None, false) if answer.late.is_some() => "none: nobody asked for an answer".to_owned(),
        (None, false) => "none".to_owned(),
    };
    match answer.late {
        None => {}
        Some(Late::Past) => {
            text.push_str(" (later than allowed_lateness: on no timeline, its timeline features are NULL)")
        }
        Some(Late::Future) => {
            text.push_str(" (further ahead than future_max: on no timeline, its timeline features are NULL)")
        }
    }
    if answer.repeated {
        text.push_str(" (recorded earlier)");
    }
    text
}

fn fired(fired: &Fired) -> (String, String) {
    let mut text = format!("{}{}", fired.outcome, if fired.shadow { " (shadow: not counted)" } else { "" });
    if !fired.reason.is_empty() {
        write!(text, ": {}", fired.reason).expect("a string takes all");
    }
    for (index, (name, value)) in fired.saw.iter().enumerate() {
        let before = if index == 0 { " · saw " } else { ", " };
        write!(text, "{before}{name} = {}", literal(value)).expect("a string takes all");
    }
    (fired.rule.clone(), text)
}

fn named(values: &Named) -> Vec<(String, String)> {
    values.iter().map(|(name, value)| (name.to_owned(), literal(value))).collect()
}

/// The value as people write it; text that could be mistaken or would break a line is quoted.
pub fn literal(value: Option<&Value>) -> String {
    match value {
        None => "NULL".to_owned(),
        Some(Value::Text(text)) if is_plain(text) => text.clone(),
        Some(Value::Text(text)) => format!("{text:?}"),
        Some(value) => value.to_string(),
    }
}

fn is_plain(text: &str) -> bool {
    !text.is_empty()
        && text != "NULL"
        && text.trim() == text
        && !text.contains(|letter: char| letter.is_control() || letter == '"')
}

fn heading(out: &mut String, text: &str) {
    out.push_str(&single_line(text));
    out.push('\n');
}

fn section(out: &mut String, title: &str, rows: &[(String, String)]) {
    if rows.is_empty() {
        return;
    }
    out.push('\n');
    heading(out, title);
    table(out, "  ", rows);
}

fn table(out: &mut String, indent: &str, rows: &[(String, String)]) {
    let width = rows.iter().map(|(name, _)| name.chars().count()).filter(|width| *width <= NAME_CHARS_MAX);
    let width = width.max().unwrap_or(0);
    for (name, text) in rows {
        let (name, text) = (single_line(name), single_line(text));
        writeln!(out, "{indent}{name:width$}  {text}").expect("a string takes all");
    }
}

/// A name comes from a client or a file: no control character of it may reach a terminal.
fn single_line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::Raised;

    #[test]
    fn a_record_reads_from_top_to_bottom() {
        let text = |text: &str| text.to_owned();
        let record = Answer {
            decision: text("payment_risk"),
            id: text("p-1"),
            position: 42,
            epoch: 3,
            arrived: Some(1_767_323_045_678_000),
            outcome: Some(text("review")),
            late: Some(Late::Past),
            repeated: true,
            reasons: vec![Fired {
                rule: text("velocity"),
                outcome: text("review"),
                reason: text("card velocity"),
                shadow: false,
                condition: text("amount > 3 * card_average_30d"),
                saw: Named::from_iter([
                    ("amount", Some(Value::Decimal { unscaled: 95_000, scale: 2 })),
                    ("card_average_30d", None),
                ]),
            }],
            scores: Named::from_iter([("fraud_score", Some(Value::Double(0.9312)))]),
            features: Named::from_iter([("hour", Some(Value::BigInt(3))), ("ratio", None)]),
            event: Named::from_iter([
                ("event_id", Some(Value::Text(text("p-1")))),
                ("note", Some(Value::Text(text("\u{1b}[2J")))),
            ]),
            raised: vec![Raised { item: text("ratio"), message: text("division by zero") }],
            latency_us: Some(1_205),
            ..Answer::default()
        };
        let expected = "\
payment_risk · p-1
outcome   review (later than allowed_lateness: on no timeline, its timeline features are NULL) (recorded earlier)
position  42
epoch     3
arrived   2026-01-02T03:04:05.678000Z
latency   1.205 ms

rules that fired
  velocity  review: card velocity · saw amount = 950.00, card_average_30d = NULL

scores
  fraud_score  0.9312

features
  hour   3
  ratio  NULL

event
  event_id  p-1
  note      \"\\u{1b}[2J\"

raised an error, so NULL or not fired
  ratio  division by zero
";
        assert_eq!(answer(&record), expected);
    }

    #[test]
    fn an_event_without_a_row_says_so() {
        let record = Answer { not_applicable: true, ..Answer::default() };
        assert!(answer(&record).contains("outcome   not applicable: the decision's view has no row"));
    }
}
