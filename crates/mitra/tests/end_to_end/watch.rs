//! Files that appear in a watched folder: taken whole, once, whatever stops in the middle.

use std::fs;

use serde_json::Value;

use crate::{
    events::payment,
    program::{Client, Project, STREAM},
};

const SECTION: &str = "
[[watch]]
stream = \"payments\"
files = \"incoming/*\"
settle_seconds = 0
";

/// A project that watches for files with this extension.
fn watching(extension: &str) -> Project {
    let project = Project::new();
    let configuration = fs::read_to_string(project.path("mitra.toml")).expect("it has a configuration");
    let section = SECTION.replace("incoming/*", &format!("incoming/*.{extension}"));
    project.write("mitra.toml", &(configuration + &section));
    fs::create_dir(project.path("incoming")).expect("the project's folder takes folders");
    project
}

/// Puts a file into the watched folder as whole as it will ever be.
fn put(project: &Project, name: &str, text: &str) {
    project.write("incoming/unfinished.tmp", text);
    fs::rename(project.path("incoming/unfinished.tmp"), project.path(&format!("incoming/{name}")))
        .expect("the folder is ours");
}

fn lines(ids: impl Iterator<Item = u64>) -> String {
    ids.map(|id| format!("{}\n", payment(&format!("e{id}"), &format!("card{}", id % 50), "m_books", "1.00")))
        .collect()
}

/// The value of a series, 0 while there is none.
fn metric(client: &Client, series: &str) -> u64 {
    let text = client.text("/metrics");
    let value = text.lines().find_map(|line| line.strip_prefix(series)?.trim().parse().ok());
    value.unwrap_or(0)
}

fn wait_for(client: &Client, series: &str, value: u64) {
    const ATTEMPTS: u32 = 20_000;
    let seen = (0..ATTEMPTS).any(|_| metric(client, series) == value);
    assert!(seen, "{series} is not {value} in\n{}", client.text("/metrics"));
}

const DONE: &str = r#"mitra_watch_files_total{stream="payments",result="done"}"#;
const FAILED: &str = r#"mitra_watch_files_total{stream="payments",result="failed"}"#;
const ACCEPTED: &str = r#"mitra_watch_rows_total{stream="payments",result="accepted"}"#;
const REPEATED: &str = r#"mitra_watch_rows_total{stream="payments",result="repeated"}"#;
const CONFLICT: &str = r#"mitra_watch_rows_total{stream="payments",result="conflict"}"#;

#[test]
fn a_file_is_taken_as_a_whole_or_not_at_all() {
    let project = watching("ndjson");
    put(&project, "before.ndjson", &lines(0..10));
    let server = project.start();
    wait_for(&server.client, DONE, 1);
    let bad = format!("{}{{\"event_id\": \"x\", \"amount\": \"much\"}}\n\nnot JSON\n", lines(10..12));
    put(&project, "bad.ndjson", &bad);
    wait_for(&server.client, FAILED, 1);
    // The same again, one with other content, and a new one.
    let other = payment("e3", "another card", "m_books", "7.00");
    put(&project, "again.ndjson", &format!("{}{other}\n{}", lines(10..11), lines(20..21)));
    wait_for(&server.client, DONE, 2);
    let counts = [ACCEPTED, REPEATED, CONFLICT].map(|series| metric(&server.client, series));
    assert_eq!(counts, [12, 0, 1]);
    server.client.recorded("payment_risk", "e20");
    assert_eq!(server.client.get("/v1/decisions/payment_risk/e11").expect("it answers").status, 404);
    let stopped = server.stop();
    assert!(stopped.stderr.contains("bad.ndjson is not taken: line 3: "), "{}", stopped.stderr);
    assert!(stopped.succeeded().contains("again.ndjson is read: 2 events, 0 repeated, 1 in conflict"));
    let errors = |path: &str| -> Vec<Value> {
        let text = fs::read_to_string(project.path(path)).expect("there is a list of errors");
        text.lines().map(|line| serde_json::from_str(line).expect("lines are JSON")).collect()
    };
    let bad = errors("incoming/failed/bad.ndjson.errors.ndjson");
    assert_eq!(bad.iter().map(|line| line["line"].clone()).collect::<Vec<_>>(), [3, 5]);
    assert_eq!((&bad[0]["code"], &bad[1]["code"]), (&"wrong_type".into(), &"malformed_json".into()));
    let conflicts = errors("incoming/done/again.ndjson.errors.ndjson");
    assert_eq!((&conflicts[0]["row"], &conflicts[0]["code"]), (&2.into(), &"conflict".into()));
    assert!(project.path("incoming/done/before.ndjson").exists());
    assert!(project.path("incoming/failed/bad.ndjson").exists());
}

#[test]
fn csv_is_taken_and_what_does_not_match_is_left_alone() {
    let project = watching("csv");
    let server = project.start();
    put(&project, "notes.txt", "not for us");
    put(&project, ".hidden.csv", "not for us");
    put(
        &project,
        "two.csv",
        "event_id,occurred_at,card_id,merchant_id,amount,status\n\
         c1,2026-01-02T03:04:05Z,card1,m_books,10.50,captured\n\
         c2,2026-01-02T03:04:06Z,card1,m_books,11.50,captured\n",
    );
    wait_for(&server.client, DONE, 1);
    assert_eq!(metric(&server.client, ACCEPTED), 2);
    server.stop().succeeded();
    assert!(project.path("incoming/notes.txt").exists() && project.path("incoming/.hidden.csv").exists());
}

#[test]
fn killed_in_the_middle_of_a_file_it_takes_each_row_once_however_late_it_goes_on() {
    const ROWS: u64 = 30_000;
    const KILLS: u64 = 6;
    let project = watching("ndjson");
    // Keys are forgotten at once, as after a long pause: only the mark and the log know what was taken.
    project.write("1_streams.sql", &STREAM.replace("dedupe = '1 day'", "dedupe = '0 seconds'"));
    put(&project, "large.ndjson", &lines(0..ROWS));
    put(&project, "small.ndjson", &lines(ROWS..ROWS + 10));
    let mut kills = 0;
    for kill in 0..KILLS {
        let server = project.start();
        const ATTEMPTS: u32 = 20_000;
        let begun = (0..ATTEMPTS).any(|_| metric(&server.client, ACCEPTED) > kill * 500);
        assert!(begun, "it does not read: {}", server.client.text("/metrics"));
        server.kill();
        kills += u64::from(project.path("incoming/large.ndjson").exists());
    }
    assert!(kills > 2, "the file was read before it was killed: {kills}");
    let server = project.start();
    wait_for(&server.client, r#"mitra_watch_files_waiting{stream="payments"}"#, 0);
    const ATTEMPTS: u32 = 20_000;
    let moved = (0..ATTEMPTS).any(|_| {
        let _ = server.client.text("/metrics");
        ["large", "small"].iter().all(|name| project.path(&format!("incoming/done/{name}.ndjson")).exists())
    });
    assert!(moved, "both are read");
    server.stop().succeeded();
    let verified = project.run(&["verify", "."]).succeeded();
    let all = ROWS + 10;
    assert!(verified.starts_with(&format!("{all} events and {all} decisions computed again")), "{verified}");
}

#[test]
fn a_name_without_a_format_is_refused_at_the_start() {
    let project = watching("txt");
    let error = project.run(&["run", ".", "--listen", "127.0.0.1:0"]).failed();
    assert!(error.contains("cannot watch incoming/*.txt for stream payments"), "{error}");
    assert!(error.contains("has to end in .csv, .ndjson, .jsonl or .parquet"), "{error}");
}

#[test]
fn a_file_that_two_sections_would_take_is_refused_at_the_start() {
    for other in ["*.csv", "late-*.csv"] {
        let project = watching("csv");
        let one = fs::read_to_string(project.path("mitra.toml")).expect("it has a configuration");
        project.write("mitra.toml", &(one + &SECTION.replace("incoming/*", &format!("incoming/{other}"))));
        let error = project.run(&["run", ".", "--listen", "127.0.0.1:0"]).failed();
        assert!(error.contains("incoming/*.csv") && error.contains(&format!("incoming/{other}")), "{error}");
        assert!(error.contains("would both take a file"), "{error}");
    }
}
