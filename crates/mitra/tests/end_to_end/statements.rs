//! Definitions changed while events flow: each change acts from its position on, and what was decided before stays explained.

use std::sync::{
    atomic::{AtomicBool, Ordering},
    mpsc,
};

use serde_json::{Value, json};

use crate::{
    events::payment,
    program::{Client, DECISION, Project, number},
};

/// Events that are decided between two statements.
const EVENTS_BETWEEN: usize = 20;

/// Decides on one event after the other until it is told to stop.
fn flow(client: &Client, over: &AtomicBool, decided: &mpsc::Sender<Value>) {
    for number in 0_u64.. {
        if over.load(Ordering::Relaxed) {
            return;
        }
        let event = payment(&format!("f{number}"), "card1", "m_books", "50.00");
        decided.send(client.decide("payment_risk", &event)).expect("the test takes every record");
    }
}

/// Sends the statements while events flow; returns all records, and the position and epoch of each statement.
fn change_while_events_flow(client: &Client, statements: &[&str]) -> (Vec<Value>, Vec<(u64, u64)>) {
    let over = AtomicBool::new(false);
    let (sender, decided) = mpsc::channel();
    let mut records = Vec::new();
    let changes = std::thread::scope(|scope| {
        let over = &over;
        scope.spawn(move || flow(client, over, &sender));
        records.extend(decided.iter().take(EVENTS_BETWEEN));
        let mut changes = Vec::new();
        for statement in statements {
            changes.push(client.statement(statement));
            records.extend(decided.iter().take(EVENTS_BETWEEN));
        }
        over.store(true, Ordering::Relaxed);
        changes
    });
    records.extend(decided.iter());
    (records, changes)
}

#[test]
fn a_rule_acts_from_its_position_and_outlives_its_file() {
    let project = Project::new();
    let server = project.start();
    let statements = [
        "CREATE RULE large ON payment_risk WHEN amount > 10 THEN decline REASON 'first'",
        "CREATE OR REPLACE RULE large ON payment_risk WHEN amount > 20 THEN review REASON 'second'",
        "DROP RULE large ON payment_risk",
        "CREATE RULE final ON payment_risk WHEN amount > 40 THEN review REASON 'last'",
    ];
    let (records, changes) = change_while_events_flow(&server.client, &statements);
    let outcomes = ["approve", "decline", "review", "approve", "review"];
    let mut counts = [0; 5];
    for record in &records {
        let position = number(&record["position"]);
        let era = changes.iter().filter(|(from, _)| *from <= position).count();
        counts[era] += 1;
        assert_eq!(record["outcome"], outcomes[era], "{changes:?}: {record}");
        assert_eq!(
            number(&record["epoch"]),
            era.checked_sub(1).map_or(1, |last| changes[last].1),
            "{record}"
        );
    }
    assert!(counts.iter().all(|count| *count > 0), "{counts:?}");
    server.stop().succeeded();

    let server = project.start();
    for record in &records {
        let recorded = server.client.recorded("payment_risk", record["id"].as_str().expect("an id is text"));
        for field in ["position", "epoch", "outcome", "reasons", "features"] {
            assert_eq!(recorded[field], record[field], "{field} of {record}");
        }
    }
    let after = server.client.decide("payment_risk", &payment("after", "card1", "m_books", "50.00"));
    assert_eq!(after["outcome"], "review");
    assert_eq!(after["epoch"], changes[3].1);
    server.stop().succeeded();

    project.write("3_decision.sql", &DECISION.replace("> 1000000", "> 3"));
    explain_one_of_each(&project, &records, &outcomes, &changes);
    let server = project.start();
    let edited = server.client.decide("payment_risk", &payment("edited", "card1", "m_books", "5.00"));
    assert_eq!(edited["reasons"][0]["rule"], "velocity", "{edited}");
    server.stop().succeeded();
    for file in ["1_streams.sql", "2_features.sql", "3_decision.sql"] {
        std::fs::remove_file(project.path(file)).expect("the project holds the file");
    }
    explain_one_of_each(&project, &records, &outcomes, &changes);
    let verified = project.run(&["verify", "."]).succeeded();
    assert!(verified.contains("every recorded decision came out the same"), "{verified}");
}

#[test]
fn a_function_acts_by_the_body_of_its_epoch() {
    let project = Project::new();
    let server = project.start();
    let statements = [
        "CREATE FUNCTION is_large(amount DECIMAL(18,2)) RETURNS BOOLEAN RETURN amount > 10",
        "CREATE RULE large ON payment_risk WHEN is_large(amount) THEN decline REASON 'large'",
        "CREATE OR REPLACE FUNCTION is_large(amount DECIMAL(18,2)) RETURNS BOOLEAN LANGUAGE sql AS $$ SELECT amount > 1000 $$",
    ];
    let (records, changes) = change_while_events_flow(&server.client, &statements);
    let outcomes = ["approve", "approve", "decline", "approve"];
    for record in &records {
        let position = number(&record["position"]);
        let era = changes.iter().filter(|(from, _)| *from <= position).count();
        assert_eq!(record["outcome"], outcomes[era], "{changes:?}: {record}");
    }
    server.stop().succeeded();

    // Every epoch is computed again by its own body, after the last one is gone too.
    explain_one_of_each(&project, &records, &outcomes, &changes);
    let server = project.start();
    server.client.statement("DROP RULE large ON payment_risk");
    server.client.statement("DROP FUNCTION is_large");
    server.stop().succeeded();
    explain_one_of_each(&project, &records, &outcomes, &changes);
}

/// Explains the first record of each epoch, computed again under its own definitions.
fn explain_one_of_each(project: &Project, records: &[Value], outcomes: &[&str], changes: &[(u64, u64)]) {
    for (era, outcome) in outcomes.iter().enumerate() {
        let epoch = era.checked_sub(1).map_or(1, |last| changes[last].1);
        let record = records.iter().find(|record| record["epoch"] == epoch).expect("each epoch decided");
        let id = record["id"].as_str().expect("an id is text");
        let explained = project.run(&["explain", "payment_risk", id, "--verify", "--json"]);
        assert!(explained.stderr.contains("byte for byte the same"), "{}", explained.stderr);
        let explained: Value = serde_json::from_str(&explained.succeeded()).expect("--json prints JSON");
        assert_eq!(
            (&explained["outcome"], &explained["epoch"]),
            (&Value::from(*outcome), &Value::from(epoch))
        );
        assert_eq!(explained["reasons"], record["reasons"]);
    }
}

#[test]
fn a_new_window_counts_the_events_before_it() {
    const HISTORY: u64 = 30;
    let project = Project::new();
    let server = project.start();
    for number in 0..HISTORY {
        let merchant = format!("m{}", number % 3);
        server.client.decide("payment_risk", &payment(&format!("h{number}"), "card1", &merchant, "1.00"));
    }
    let (position, epoch) = server.client.statement(
        "CREATE VIEW merchant_features AS
         SELECT p.*, count(*) OVER merchant_2h AS merchant_payments_2h, sum(amount) OVER merchant_2h AS merchant_amount_2h
         FROM payments p WINDOW merchant_2h AS
         (PARTITION BY merchant_id ORDER BY occurred_at RANGE BETWEEN INTERVAL '2 hours' PRECEDING AND CURRENT ROW);
         CREATE DECISION merchant_risk ON merchant_features OUTCOMES (calm, busy);
         CREATE RULE many ON merchant_risk WHEN merchant_payments_2h > 10 THEN busy REASON 'many';",
    );
    let new = server.client.decide("merchant_risk", &payment("new", "card2", "m1", "2.50"));
    assert!(number(&new["position"]) >= position, "{new}");
    assert_eq!(new["epoch"], epoch);
    assert_eq!(new["features"], json!({"merchant_payments_2h": 11, "merchant_amount_2h": 12.5}));
    assert_eq!(new["outcome"], "busy");
    let old = server.client.get("/v1/decisions/merchant_risk/h1").expect("the server answers");
    assert_eq!(old.status, 404, "{}", old.body);
    server.kill();

    let server = project.start();
    let again = server.client.decide("merchant_risk", &payment("again", "card2", "m1", "2.50"));
    assert_eq!(again["features"], json!({"merchant_payments_2h": 12, "merchant_amount_2h": 15.0}));
    server.stop().succeeded();
    let explained = project.run(&["explain", "merchant_risk", "new", "--verify"]);
    assert!(explained.stderr.contains("byte for byte the same"), "{}", explained.stderr);
    let verified = project.run(&["verify", "."]).succeeded();
    let expected = format!("{} events and {} decisions computed again", HISTORY + 2, HISTORY + 4);
    assert!(verified.starts_with(&expected), "{verified}");
}

#[test]
fn an_edited_file_is_planned_and_applied_at_the_next_start() {
    let project = Project::new();
    project.start().stop().succeeded();
    assert_eq!(project.run(&["plan", "."]).succeeded(), "nothing to change\n");
    let edited = DECISION.replace("card_payments_1h > 1000000", "card_payments_1h >= 1");
    let without_failures = edited.lines().take(2).collect::<Vec<_>>().join("\n");
    project.write("3_decision.sql", &without_failures);
    let plan = project.run(&["plan", "."]).succeeded();
    assert_eq!(plan, "drop rule failures on payment_risk\nreplace rule velocity on payment_risk\n");

    let server = project.start();
    assert!(server.greeting.contains(&plan), "{}", server.greeting);
    let record = server.client.decide("payment_risk", &payment("e1", "card1", "m_books", "1.00"));
    assert_eq!(record["outcome"], "review");
    server.stop().succeeded();
    assert_eq!(project.run(&["plan", "."]).succeeded(), "nothing to change\n");
}

#[test]
fn a_rule_changed_in_the_folder_and_by_a_statement_is_a_conflict() {
    let project = Project::new();
    let server = project.start();
    server
        .client
        .statement("CREATE OR REPLACE RULE velocity ON payment_risk WHEN card_payments_1h > 5 THEN review");
    server.stop().succeeded();
    assert_eq!(
        project.run(&["plan", "."]).succeeded(),
        "by statement: replace rule velocity on payment_risk\n    CREATE OR REPLACE RULE velocity ON payment_risk WHEN \
         card_payments_1h > 5 THEN review\nnothing to change\n",
        "a statement alone is no conflict, and is told"
    );
    project.write("3_decision.sql", &DECISION.replace("> 1000000", "> 7"));
    let plan = project.run(&["plan", "."]);
    assert!(!plan.success);
    let named = "3_decision.sql:2: rule velocity on payment_risk is not what the running system has";
    assert!(plan.stdout.contains(named), "{}", plan.stdout);
    let refused = project.run(&["run", ".", "--listen", "127.0.0.1:0"]).failed();
    assert!(refused.contains(named), "{refused}");
    assert!(
        refused.contains("\n    CREATE OR REPLACE RULE velocity ON payment_risk WHEN card_payments_1h > 5"),
        "{refused}"
    );
}
