//! A record as the API's answer.

use engine::Admission;
use runtime::record::{Record, Verdict};
use serve::{
    Answer,
    answer::{Fired, Late, Raised},
};

/// The answer that a record gives.
pub fn of(record: Record) -> Answer {
    let mut answer = Answer {
        decision: record.decision,
        id: record.id,
        position: record.position,
        epoch: record.epoch,
        arrived: Some(record.arrived),
        event: record.event,
        late: match record.admission {
            Admission::OnTime => None,
            Admission::Late => Some(Late::Past),
            Admission::Future => Some(Late::Future),
        },
        not_applicable: record.verdict.is_none() && record.admission == Admission::OnTime,
        ..Answer::default()
    };
    if let Some(verdict) = record.verdict {
        fill(&mut answer, verdict);
    }
    let dropped =
        record.dropped.map(|code| Raised { item: "WHERE".to_owned(), message: code.message().to_owned() });
    answer.raised.extend(dropped);
    answer
}

fn fill(answer: &mut Answer, verdict: Verdict) {
    answer.outcome = Some(verdict.outcome);
    answer.reasons = verdict
        .fired
        .into_iter()
        .map(|fired| Fired {
            rule: fired.rule,
            outcome: fired.outcome,
            reason: fired.reason.unwrap_or_default(),
            shadow: fired.shadow,
            condition: fired.condition,
            saw: fired.saw,
        })
        .collect();
    answer.scores = verdict.scores;
    answer.features = verdict.features;
    answer.raised = verdict
        .raised
        .into_iter()
        .map(|(item, code)| Raised { item, message: code.message().to_owned() })
        .collect();
    answer.versions = verdict.models;
}
