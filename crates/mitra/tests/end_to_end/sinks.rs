//! Sinks while definitions change and files fail: every record once, under the names of its own epoch.

use std::fs;

use serde_json::Value;

use crate::{
    events::payment,
    program::{Client, Project},
};

fn decide(client: &Client, id: &str, amount: &str) {
    client.decide("payment_risk", &payment(id, "card1", "m_books", amount));
}

/// Waits until the metric says so; the follower reads behind the answers.
fn wait_for(client: &Client, line: &str) {
    const ATTEMPTS: u32 = 20_000;
    let seen = (0..ATTEMPTS).any(|_| client.text("/metrics").lines().any(|other| other == line));
    assert!(seen, "{line} is not among\n{}", client.text("/metrics"));
}

#[test]
fn records_keep_their_names_when_the_view_changes() {
    let project = Project::new();
    project.write("4_sinks.sql", "CREATE SINK all_payments ON payment_risk TO file('out/all.ndjson');\n");
    let server = project.start();
    decide(&server.client, "e1", "10.00");
    let swapped = "CREATE OR REPLACE VIEW payment_features AS
        SELECT p.*, sum(amount) OVER card_1h AS card_payments_1h, count(*) OVER card_1h AS card_amount_1h, 7 AS seven
        FROM payments p WINDOW card_1h AS
        (PARTITION BY card_id ORDER BY occurred_at RANGE BETWEEN INTERVAL '1 hour' PRECEDING AND CURRENT ROW)";
    let (_, epoch) = server.client.statement(swapped);
    decide(&server.client, "e2", "20.00");
    server.stop().succeeded();
    let rows = project.rows("out/all.ndjson");
    assert_eq!(rows.len(), 2);
    assert_eq!(rows["e1"]["card_payments_1h"], 1);
    assert_eq!((&rows["e1"]["card_amount_1h"], &rows["e1"]["seven"]), (&10.0.into(), &Value::Null));
    assert_eq!(rows["e2"]["card_payments_1h"], 30.0);
    assert_eq!((&rows["e2"]["card_amount_1h"], &rows["e2"]["seven"]), (&2.into(), &7.into()));
    assert_eq!((&rows["e2"]["epoch"], &rows["e2"]["late"]), (&epoch.into(), &false.into()));
}

#[test]
fn a_replaced_sink_takes_over_and_a_dropped_one_is_complete() {
    let project = Project::new();
    let sinks = "CREATE SINK large ON payment_risk WHERE amount > 100 TO file('out/large.ndjson');
        CREATE SINK parts ON payment_risk TO file('out/parts.parquet');\n";
    project.write("4_sinks.sql", sinks);
    let server = project.start();
    decide(&server.client, "e1", "150.00");
    server.client.statement(
        "CREATE OR REPLACE SINK large ON payment_risk WHERE amount > 200 TO file('out/large.ndjson')",
    );
    decide(&server.client, "e2", "150.00");
    decide(&server.client, "e3", "250.00");
    server.client.statement("DROP SINK parts");
    decide(&server.client, "e4", "350.00");
    wait_for(&server.client, r#"mitra_sink_rows_total{sink="large"} 3"#);
    server.kill();
    let parts = fs::read_dir(project.path("out/parts.parquet")).expect("the sink's folder is there");
    let complete = parts.filter(|part| {
        let name = part.as_ref().expect("it can be listed").file_name();
        name.to_string_lossy().ends_with(".parquet")
    });
    assert_eq!(complete.count(), 1, "a dropped sink completes its part, whatever becomes of the process");
    project.start().stop().succeeded();
    let large = project.rows("out/large.ndjson");
    assert_eq!(large.keys().map(String::as_str).collect::<Vec<_>>(), ["e1", "e3", "e4"]);
}

#[test]
fn a_sink_that_fails_is_told_and_harms_no_other() {
    let project = Project::new();
    project.write("4_sinks.sql", "CREATE SINK good ON payment_risk TO file('out/good.ndjson');\n");
    fs::create_dir(project.path("taken.ndjson")).expect("the project's folder takes folders");
    let server = project.start();
    decide(&server.client, "e1", "1.00");
    server.client.statement("CREATE SINK bad ON payment_risk TO file('taken.ndjson')");
    decide(&server.client, "e2", "2.00");
    wait_for(&server.client, r#"mitra_sink_up{sink="bad"} 0"#);
    decide(&server.client, "e3", "3.00");
    wait_for(&server.client, r#"mitra_sink_rows_total{sink="good"} 3"#);
    fs::remove_dir(project.path("taken.ndjson")).expect("nothing was put into it");
    wait_for(&server.client, r#"mitra_sink_rows_total{sink="bad"} 2"#);
    server.stop().succeeded();
    assert_eq!(project.rows("out/good.ndjson").len(), 3);
    let bad = project.rows("taken.ndjson");
    assert_eq!(
        bad.keys().map(String::as_str).collect::<Vec<_>>(),
        ["e2", "e3"],
        "what came while it failed is there"
    );
}
