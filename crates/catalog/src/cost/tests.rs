//! Costs of definitions whose size is known.

use std::sync::Arc;

use sql::{Definitions, Files, Source};

use super::{Report, estimate};

struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _: &str) -> Result<Arc<[u8]>, String> {
        Ok(Arc::from(&b"id,name\n"[..]))
    }
}

fn cost(text: &str, rate: u64) -> Report {
    const STREAMS: &str = "CREATE STREAM payments (id TEXT PRIMARY KEY, at TIMESTAMPTZ, k0 TEXT, k1 TEXT, k2 TEXT, k3 TEXT, k4 TEXT,
            k5 TEXT, k6 TEXT, k7 TEXT, k8 TEXT, k9 TEXT, amount DECIMAL(18,2), ok BOOLEAN) WITH (allowed_lateness = '0 seconds');
        CREATE STREAM logins (id TEXT PRIMARY KEY, at TIMESTAMPTZ, k0 TEXT, ok BOOLEAN, score DOUBLE) WITH (allowed_lateness = '2 hours');
        CREATE TABLE shops (id TEXT PRIMARY KEY, name TEXT, kind TEXT) FROM file('shops.csv');";
    let source = Source { path: "cost.sql".to_owned(), text: format!("{STREAMS}{text}") };
    let (statements, errors) = sql::parse(&source);
    assert!(errors.is_empty(), "{errors:?}");
    let mut definitions = Definitions::default();
    definitions.apply_all(&statements, &NoFiles).expect("the statements are right");
    estimate(&definitions, rate)
}

/// The example of the design: 65,000/s x 10 keys x 30 days x 24 bytes is 40 TB.
#[test]
fn ten_keys_of_thirty_days_are_forty_terabytes() {
    let windows: Vec<String> = (0..10)
        .map(|key| {
            format!("sum(amount) OVER (PARTITION BY k{key} ORDER BY at RANGE INTERVAL '30 days' PRECEDING) AS sum{key}")
        })
        .collect();
    let text = format!("CREATE VIEW v AS SELECT {} FROM payments;", windows.join(", "));
    let report = cost(&text, 65_000);
    assert_eq!(report.timelines.len(), 10);
    assert!(report.timelines.iter().all(|timeline| timeline.row_bytes == 24 && timeline.columns == 1));
    assert_eq!(report.total_bytes(), 65_000 * 10 * 30 * 86_400 * 24);
    assert!(report.to_string().contains("40.4 TB"), "{report}");
    assert_eq!(report.check(41_000_000_000_000), Ok(()));
    let excess = report.check(40_000_000_000_000).expect_err("it is more").to_string();
    assert_eq!(
        excess,
        "the windows need 40.4 TB at 65000 events/s, the bound is 40.0 TB; payments(k9) needs 4.0 TB: shorten its \
         frames, or lower the rate"
    );
}

#[test]
fn timelines_are_shared_as_the_engine_shares_them() {
    let report = cost(
        "CREATE VIEW a AS SELECT *, count(*) OVER h AS n, sum(amount * 2) OVER d AS twice FROM payments
             WINDOW h AS (PARTITION BY k0 ORDER BY at RANGE INTERVAL '1 hour' PRECEDING),
                    d AS (PARTITION BY k0 ORDER BY at RANGE INTERVAL '1 day' PRECEDING);
         CREATE VIEW b AS SELECT 1 AS one, 2 AS two, k0, max(amount * 2) OVER (PARTITION BY k0 ORDER BY at RANGE INTERVAL '2 days' PRECEDING) AS most FROM a;
         CREATE VIEW c AS SELECT count(*) OVER (PARTITION BY k0 ORDER BY at) AS n FROM payments WHERE ok;",
        1,
    );
    let rows: Vec<_> = report
        .timelines
        .iter()
        .map(|timeline| {
            (
                timeline.name.as_str(),
                timeline.columns,
                timeline.row_bytes,
                timeline.retention / 3_600_000_000,
                timeline.aggregates,
            )
        })
        .collect();
    assert_eq!(rows, [("payments(k0)", 1, 24, 48, 3), ("payments(k0) where ok", 0, 16, 90 * 24, 1)]);
}

#[test]
fn columns_cost_what_a_chunk_keeps_of_them() {
    let row_bytes = |aggregate: &str| {
        let window = "OVER (PARTITION BY k0 ORDER BY at RANGE INTERVAL '1 day' PRECEDING)";
        cost(&format!("CREATE VIEW v AS SELECT {aggregate} {window} AS x FROM payments;"), 1).timelines[0]
            .row_bytes
    };
    assert_eq!(row_bytes("count(*)"), 16);
    assert_eq!(row_bytes("count(*) FILTER (WHERE ok)"), 16);
    assert_eq!(row_bytes("max(k1)"), 20);
    assert_eq!(row_bytes("sum(amount)"), 24);
    assert_eq!(row_bytes("count(DISTINCT k1)"), 36);
}

#[test]
fn rows_are_kept_for_the_slowest_stream_that_reads_them() {
    let report = cost(
        "CREATE VIEW bad AS SELECT k0, at, max(score) OVER (PARTITION BY id ORDER BY at RANGE INTERVAL '3 hours' PRECEDING) AS worst FROM logins WHERE NOT ok;
         CREATE VIEW v AS SELECT (SELECT max(worst) FROM bad b WHERE b.k0 = p.k0 AND b.at BETWEEN p.at - INTERVAL '1 hour' AND p.at) AS n,
             s.name, s.kind FROM payments p LEFT JOIN shops FOR SYSTEM_TIME AS OF p.at AS s ON s.id = p.k1;
         CREATE DECISION d ON v OUTCOMES (a, b);
         CREATE RULE r ON d WHEN n > 1 THEN b;",
        10,
    );
    let rows: Vec<_> = report
        .timelines
        .iter()
        .map(|timeline| (timeline.name.as_str(), timeline.retention / 3_600_000_000))
        .collect();
    assert_eq!(rows, [("logins(id) where not(ok)", 5), ("logins(k0) where not(ok)", 3)]);
    let text = report.to_string();
    assert!(text.contains("view v: 3 columns, 1 window value, 1 look-up, 0 scores an event\n"), "{text}");
    assert!(
        text.contains("decision d: 3 columns recorded, 1 window value read and 1 rule evaluated an event\n"),
        "{text}"
    );
}

#[test]
fn views_that_no_decision_reads_cost_nothing() {
    let text = "CREATE VIEW a AS SELECT k0, count(*) OVER (PARTITION BY k0 ORDER BY at) AS n FROM payments;
        CREATE VIEW b AS SELECT k1, count(*) OVER (PARTITION BY k1 ORDER BY at) AS n FROM payments;
        CREATE DECISION d ON a OUTCOMES (x, y);";
    let report = cost(text, 1);
    assert_eq!(report.timelines.len(), 1);
    assert!(
        report.to_string().contains(
            "view b: 2 columns, 1 window value, 0 look-ups, 0 scores an event; no decision reads it"
        )
    );
}

#[test]
fn a_timeline_says_who_needs_it_and_who_makes_it_long() {
    let text = "CREATE VIEW low AS SELECT *, sum(amount) OVER (PARTITION BY lower(k0), k1 ORDER BY at RANGE INTERVAL '1 day' PRECEDING) AS spent,
            lag(amount) OVER (PARTITION BY lower(k0), k1 ORDER BY at) + 1 AS before FROM payments;
        CREATE VIEW high AS SELECT *, count(*) OVER (PARTITION BY lower(k0), k1 ORDER BY at RANGE INTERVAL '1 hour' PRECEDING) AS n FROM low
            WHERE ok AND amount > 3;
        CREATE VIEW lonely AS SELECT first_value(k2) OVER (ORDER BY at) AS f FROM payments;
        CREATE DECISION d ON high OUTCOMES (x, y);
        CREATE DECISION e ON lonely OUTCOMES (x, y);";
    let text = cost(text, 1_000).to_string();
    let lines: Vec<&str> = text.lines().map(str::trim_end).take(9).collect();
    assert_eq!(
        lines,
        [
            "timeline                                            columns  bytes/event  bytes/key  kept for  aggregates  at 1000/s",
            "payments()                                                1           20         60   90 days           1  155.5 GB",
            "    for lonely.f",
            "    lonely.f looks back to the stream's key_horizon; an interval in its frame bounds it",
            "payments(k1, lower(k0))                                   1           24         60   90 days           2  186.6 GB",
            "    for low.spent, low.before",
            "    low.before looks back to the stream's key_horizon; with intervals in such frames it would be 24 h and 2.1 GB",
            "payments(k1, lower(k0)) where ok AND amount > 3.00        0           16         60    60 min           1  57.6 MB",
            "    for high.n",
        ],
        "{text}"
    );
}

#[test]
fn the_log_and_the_files_have_their_lines() {
    let text =
        "CREATE VIEW v AS SELECT id, amount, count(*) OVER (PARTITION BY k0 ORDER BY at) AS n FROM logins;"
            .replace("amount", "score");
    let report = cost(&text, 100);
    assert!(
        report.to_string().contains(
            "stream logins: about 45 B an event in the log with its decisions, 388.8 MB a day at 100/s\n"
        ),
        "{report}"
    );
}
