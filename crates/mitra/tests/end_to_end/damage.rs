//! Files of the data directory damaged behind the program's back: each is named, and nothing in it is served.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::json;

use crate::{
    events::payment,
    program::{Project, Reply, number},
};

/// More than `checkpoint_events`, so that there is a checkpoint before the one of the stop.
const EVENTS: u64 = 600;

/// A stopped project whose card has paid so often.
fn with_history() -> Project {
    let project = Project::new();
    let server = project.start();
    for half in 0..2 {
        let lines: Vec<String> = (half * EVENTS / 2..(half + 1) * EVENTS / 2)
            .map(|number| payment(&format!("e{number}"), "card1", "m_books", "1.00").to_string())
            .collect();
        let answer = server.client.post("/v1/streams/payments", &lines.join("\n"));
        assert_eq!(answer.expect("the server answers").ok()["accepted"], EVENTS / 2);
    }
    server.client.decide("payment_risk", &known());
    server.stop().succeeded();
    project
}

/// An event of the history whose content is the same each time.
fn known() -> serde_json::Value {
    json!({
        "event_id": "known", "occurred_at": "2026-01-01T00:00:00Z", "card_id": "other", "merchant_id": "m_books",
        "amount": "2.00", "status": "captured",
    })
}

fn files(project: &Project, folder: &str) -> Vec<PathBuf> {
    let folder = project.path("mitra-data").join(folder);
    let files: Vec<_> = project.data_files().into_iter().filter(|path| path.starts_with(&folder)).collect();
    assert!(!files.is_empty(), "{} holds no file", folder.display());
    files
}

/// Flips a bit of the byte at `place`, counted from the end when it is negative.
fn damage(path: &Path, place: i64) {
    let mut bytes = fs::read(path).expect("the file is readable");
    let place = if place < 0 { bytes.len() as i64 + place } else { place };
    bytes[usize::try_from(place).expect("the place is in the file")] ^= 1;
    fs::write(path, bytes).expect("the file is writable");
}

fn name(path: &Path) -> String {
    path.file_name().expect("a file has a name").to_string_lossy().into_owned()
}

#[test]
fn a_damaged_checkpoint_is_passed_over_by_name() {
    let project = with_history();
    let checkpoints = files(&project, "checkpoints");
    assert_eq!(checkpoints.len(), 2, "the newest and one to fall back to");
    // First the newest, then all.
    for (damaged, place) in [(&checkpoints[1..], 200), (&checkpoints[..1], -40)] {
        damaged.iter().for_each(|path| damage(path, place));
        let server = project.start();
        let expected = format!("checkpoint passed over: {}", checkpoints[1].display());
        let passed_over = server.greeting.replace("/./", "/");
        assert!(
            passed_over.contains(&name(&checkpoints[1])) && passed_over.contains("checkpoint passed over: "),
            "{expected}: {passed_over}"
        );
        let id = format!("after {place}");
        let event = payment(&id, "card1", "m_books", "1.00");
        let record = server.client.decide("payment_risk", &event);
        let before = if place > 0 { EVENTS } else { EVENTS + 1 };
        assert_eq!(number(&record["features"]["card_payments_1h"]), before + 1, "{record}");
        // A kill: a stop would write a good checkpoint over the damage.
        server.kill();
    }
    let verified = project.run(&["verify", "."]).succeeded();
    assert!(verified.contains("every recorded decision came out the same"), "{verified}");
}

#[test]
fn a_damaged_index_of_keys_is_named_and_made_again_from_the_log() {
    let project = with_history();
    let index = files(&project, "index");
    index.iter().for_each(|path| damage(path, -1));
    let server = project.start();
    assert!(server.greeting.contains("index of keys: "), "{}", server.greeting);
    assert!(server.greeting.contains(&name(&index[0])), "{}", server.greeting);
    assert_eq!(server.client.decide("payment_risk", &known())["repeated"], true);
    assert_eq!(server.client.recorded("payment_risk", "e7")["id"], "e7");
    server.stop().succeeded();
    let server = project.start();
    assert!(!server.greeting.contains("index of keys: "), "{}", server.greeting);
    assert_eq!(server.client.decide("payment_risk", &known())["repeated"], true);
}

#[test]
fn a_damaged_page_of_the_index_is_never_believed() {
    let project = with_history();
    let index = files(&project, "index").remove(0);
    // Pages are behind the header, fill most of the file, and are read when they are needed.
    let pages = fs::metadata(&index).expect("the file is there").len() as i64 * 7 / 10;
    (100..pages).step_by(400).for_each(|place| damage(&index, place));
    let server = project.start();
    let named = |reply: &Reply| {
        assert_eq!(reply.status, 503, "{}", reply.body);
        let message = reply.body["message"].as_str().expect("a refusal has a message");
        assert!(message.contains(&name(&index)) && message.contains("remove the file"), "{message}");
    };
    // Keys are sorted by their hash: which of them is in a damaged page is not known.
    let ask = |id: &String| server.client.get(&format!("/v1/decisions/payment_risk/{id}"));
    let mut ids = (0..EVENTS).map(|number| format!("e{number}"));
    let id = ids.find(|id| ask(id).expect("the server answers").status != 200).expect("most are");
    named(&ask(&id).expect("the server answers"));
    let conflict = payment(&id, "card1", "m_books", "9.00").to_string();
    named(&server.client.post("/v1/decide/payment_risk", &conflict).expect("the server answers"));
    assert_eq!(server.client.get("/readyz").expect("the server answers").status, 503);
    server.kill();
    fs::remove_file(&index).expect("the file can be removed");
    let server = project.start();
    assert_eq!(server.client.recorded("payment_risk", &id)["id"], *id);
    let reply = server.client.post("/v1/decide/payment_risk", &conflict).expect("the server answers");
    assert_eq!(reply.status, 409, "{}", reply.body);
}

#[test]
fn a_damaged_file_of_a_table_stops_the_start_and_is_named() {
    let project = Project::new();
    project.write("m.csv", "id,category\nm_books,books\n");
    project.write(
        "0_merchants.sql",
        "CREATE TABLE merchants (id TEXT PRIMARY KEY, category TEXT) FROM file('m.csv');\n",
    );
    project.start().stop().succeeded();
    let blobs = files(&project, "blobs");
    damage(&blobs[0], 12);
    for arguments in [["run", ".", "--listen", "127.0.0.1:0"].as_slice(), &["verify", "."]] {
        let refused = project.run(arguments).failed();
        assert!(refused.contains(&format!("blobs/{}", name(&blobs[0]))), "{refused}");
        assert!(refused.contains("its content is not what its name says"), "{refused}");
    }
}
