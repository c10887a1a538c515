//! A data directory of an earlier build, whose control log holds statements that this one refuses.

use std::{collections::BTreeMap, fs, path::Path, sync::Arc};

use eventlog::{Append, EmbeddedLog, Log as _};
use records::{
    KIND_CONTROL,
    control::{Control, Origin, Statement},
};
use serde_json::Value;
use storage::Disk;

use crate::{events::payment, program::Project};

/// What earlier builds took, by the folder's file.
const FILES: [(&str, &[&str]); 2] = [
    (
        "4_recorded.sql",
        &[
            "CREATE VIEW placed AS SELECT *, 7 AS position, 1 / 0 AS nothing FROM payment_features",
            "CREATE DECISION placing ON placed OUTCOMES (approve, not_applicable)",
            "CREATE RULE never ON placing WHEN amount > 1 % 0 THEN not_applicable",
        ],
    ),
    (
        "5_recorded.sql",
        &[
            "CREATE SINK places ON placing TO file('out/places.ndjson')",
            "CREATE SINK never ON placing WHERE outcome = 'worse' TO file('out/never.ndjson')",
            "CREATE VIEW payments_late AS SELECT amount FROM payments",
        ],
    ),
];

/// The folder's statements, with their files and lines.
fn statements(project: &Project) -> Vec<Statement> {
    let mut statements = Vec::new();
    for name in ["1_streams.sql", "2_features.sql", "3_decision.sql", "4_recorded.sql", "5_recorded.sql"] {
        let text = fs::read_to_string(project.path(name)).expect("the project has the file");
        let mut line = 1;
        for part in text.split_inclusive(';') {
            let statement = part.trim_end_matches(';').trim_start();
            let before = part.len() - part.trim_start().len();
            let start = line + part[..before].matches('\n').count();
            line += part.matches('\n').count();
            if !statement.trim().is_empty() {
                statements.push(Statement {
                    text: statement.trim_end().to_owned(),
                    file: Some(name.to_owned()),
                    line: u32::try_from(start).expect("it is small"),
                    blobs: BTreeMap::new(),
                });
            }
        }
    }
    statements
}

/// Writes the log of a build that took the statements.
fn write_log(data: &Path, origin: Origin, statements: Vec<Statement>) {
    let options = eventlog::Options { segment_bytes: 1 << 20, archive: Some(data.join("archive")) };
    let mut log = EmbeddedLog::open(Arc::new(Disk), data, options).expect("the folder takes a log");
    let define = Control::Define { change: 1, arrived: i64::MIN, origin, statements };
    let activate = Control::Activate { change: 1, arrived: i64::MIN, epoch: 1 };
    for (position, control) in [(0, define), (1, activate)] {
        let append = Append::consuming(KIND_CONTROL, 0, position, 1);
        log.append(append, &control.encode()).expect("the log takes a record");
    }
    Box::new(log).close().expect("the log closes");
}

#[test]
fn what_an_earlier_build_took_opens_and_decides_and_is_refused_once_it_changes() {
    let project = Project::new();
    for (name, texts) in FILES {
        project.write(name, &texts.iter().map(|text| format!("{text};\n")).collect::<String>());
    }
    // A path out of the project was taken once, too: it cannot stand in the folder of a test.
    let outside = tempfile::tempdir().expect("the system gives a folder");
    let path = outside.path().join("outside.ndjson");
    let sink = format!("CREATE SINK outside ON placing TO file('{}')", path.display());
    project.write("6_recorded.sql", &format!("{sink};\n"));
    let mut recorded = statements(&project);
    let file = Some("6_recorded.sql".to_owned());
    recorded.push(Statement { text: sink, file, line: 1, blobs: BTreeMap::new() });
    write_log(&project.path("mitra-data"), Origin::Project, recorded);

    let planned = project.run(&["plan", "."]);
    assert!(planned.stderr.contains("this constant has no value: division by zero"), "{}", planned.stderr);
    assert_eq!(planned.succeeded(), "nothing to change\n");

    let server = project.start();
    let record = server.client.decide("placing", &payment("e1", "card1", "m1", "9.00"));
    assert_eq!(
        (&record["outcome"], &record["features"]["position"]),
        (&"approve".into(), &7.into()),
        "{record}"
    );
    assert_eq!(record["features"]["nothing"], Value::Null, "{record}");
    // A view below them may change; they stay as they were.
    let replaced = "CREATE OR REPLACE VIEW payment_features AS
        SELECT p.*, 1 AS card_payments_1h, amount AS card_amount_1h FROM payments p";
    assert_eq!(server.client.statement(replaced).1, 2);
    let record = server.client.decide("placing", &payment("e2", "card1", "m1", "9.00"));
    assert_eq!((&record["epoch"], &record["outcome"]), (&2.into(), &"approve".into()), "{record}");
    let stopped = server.stop();
    assert!(stopped.stderr.contains("warning: this stays as it was recorded"), "{}", stopped.stderr);
    stopped.succeeded();
    for path in [project.path("out/places.ndjson"), path] {
        let rows = fs::read_to_string(path).expect("the sink's file is there");
        assert!(rows.contains(r#""event_id":"e1""#) && rows.contains(r#""event_id":"e2""#), "{rows}");
    }

    let refused = project.run(&["check", "."]).failed();
    for error in [
        "this constant has no value: division by zero",
        "payments_late is what the late events of stream payments are called",
    ] {
        assert!(refused.contains(error), "{error} is not in {refused}");
    }
    // Whoever edits a statement mends it.
    project.write(
        "5_recorded.sql",
        "CREATE SINK places ON placing WHERE amount > 1 TO file('out/places.ndjson');\n",
    );
    let refused = project.run(&["plan", "."]).failed();
    assert!(refused.contains("view placed has a column position, which every sink writes"), "{refused}");
}
