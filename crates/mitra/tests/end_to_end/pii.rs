//! Columns that are kept as tokens: their clear text reaches no file of the data directory and no output.

use std::fs;

use crate::{
    events::payment,
    program::{Project, Server},
};

/// Card numbers of these tests begin so.
const CARD: &str = "4111222233334444";
/// A column that is kept in clear, to show that the search finds what is there.
const MERCHANT: &str = "m_in_clear";

fn send_everything(server: &Server) -> String {
    let card = |number: u32| format!("{CARD}-{number}");
    let event = |id: &str, number| payment(id, &card(number), MERCHANT, "12.50");
    let first = event("e1", 1);
    let record = server.client.decide("payment_risk", &first);
    let mut conflict = first.clone();
    conflict["card_id"] = card(2).into();
    let mut rejected = event("e2", 3);
    rejected["amount"] = "1.255".into();
    let mut unknown = event("e3", 4);
    unknown["card_number"] = card(5).into();
    let lines =
        [event("e4", 6), first, conflict, rejected, unknown].map(|event| event.to_string()).join("\n");
    let answer = server.client.post("/v1/streams/payments", &lines).expect("the server answers").ok();
    assert_eq!((&answer["accepted"], &answer["rejected"]), (&2.into(), &1.into()), "{answer}");
    assert_eq!((&answer["duplicates"], &answer["conflicts"]), (&1.into(), &1.into()), "{answer}");
    for reply in
        [record.to_string(), answer.to_string(), server.client.recorded("payment_risk", "e4").to_string()]
    {
        assert!(!reply.contains(CARD), "{reply}");
    }
    record["event"]["card_id"].as_str().expect("a token is text").to_owned()
}

/// Paths of data files that hold `text`.
fn holding(project: &Project, text: &str) -> Vec<String> {
    let files = project.data_files().into_iter();
    let held = files.filter(|path| {
        let bytes = fs::read(path).expect("the data directory is readable");
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    });
    held.map(|path| path.display().to_string()).collect()
}

#[test]
fn a_card_number_is_in_no_file() {
    let project = Project::new();
    let server = project.start();
    server.client.statement(
        "CREATE VIEW cards AS SELECT p.*, count(DISTINCT card_id) OVER w AS cards_1h, max(card_id) OVER w AS last_card
         FROM payments p WINDOW w AS
         (PARTITION BY merchant_id ORDER BY occurred_at RANGE BETWEEN INTERVAL '1 hour' PRECEDING AND CURRENT ROW);
         CREATE DECISION card_risk ON cards OUTCOMES (calm, busy);
         CREATE RULE many ON card_risk WHEN cards_1h > 1 THEN busy",
    );
    let token = send_everything(&server);
    assert!(token.starts_with("tok_"), "{token}");
    assert_eq!(holding(&project, CARD), Vec::<String>::new(), "while it runs");
    server.kill();
    let server = project.start();
    server.client.decide("payment_risk", &payment("e5", &format!("{CARD}-1"), MERCHANT, "1.00"));
    let stopped = server.stop();
    assert!(!stopped.stdout.contains(CARD) && !stopped.stderr.contains(CARD));
    stopped.succeeded();
    assert_eq!(holding(&project, CARD), Vec::<String>::new(), "after a stop");
    assert!(!holding(&project, MERCHANT).is_empty(), "the search finds what is in clear");
    assert!(holding(&project, &token).iter().any(|path| path.ends_with(".seg")), "the log holds the token");
}
