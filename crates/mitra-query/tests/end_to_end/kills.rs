//! Either program killed under load: the tables hold what the log holds, nothing twice and nothing that a crash undid.
//!
//! `MITRA_QUERY_KILLS` sets how many kills there are.

use std::{
    collections::BTreeMap,
    fs,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use serde_json::Value;

use crate::{
    endpoint::Endpoint,
    events::{Random, payment},
    program::{Client, Project, Server, number},
};

/// Kills when `MITRA_QUERY_KILLS` does not say.
const KILLS: u64 = 8;
const SENDERS: u64 = 2;
const BATCH_EVENTS: u64 = 25;
/// Events that are acknowledged between two kills, at most.
const EVENTS_BETWEEN_KILLS: u64 = 600;

/// Between two batches of a sender: both programs share the machine with it.
const PAUSE: Duration = Duration::from_millis(10);

/// What senders and killer know of each other.
#[derive(Default)]
struct Load {
    client: Mutex<Option<Client>>,
    /// By event: its position.
    acknowledged: Mutex<BTreeMap<String, u64>>,
    count: AtomicU64,
    over: AtomicBool,
}

impl Load {
    /// Sends batches until the load is over, each until it is acknowledged.
    fn send(&self, sender: u64) {
        let mut random = Random(sender);
        for batch in 0_u64.. {
            if self.over.load(Ordering::Relaxed) {
                return;
            }
            let ids: Vec<String> =
                (0..BATCH_EVENTS).map(|row| format!("s{sender}-{}", batch * BATCH_EVENTS + row)).collect();
            let lines: Vec<String> = ids
                .iter()
                .map(|id| {
                    let (card, amount) =
                        (format!("card{}", random.below(9)), format!("{}.50", random.below(99)));
                    payment(id, &card, "m_books", &amount).to_string()
                })
                .collect();
            let body = self.insist(&lines.join("\n"));
            let items = body["items"].as_array().expect("there are items");
            let mut acknowledged = self.acknowledged.lock().expect("no thread panics with the lock");
            for (id, item) in ids.iter().zip(items) {
                acknowledged.insert(id.clone(), number(&item["position"]));
            }
            drop(acknowledged);
            self.count.fetch_add(ids.len() as u64, Ordering::Relaxed);
            thread::park_timeout(PAUSE);
        }
    }

    fn insist(&self, body: &str) -> Value {
        loop {
            let client = self.client.lock().expect("no thread panics with the lock").clone();
            match client.map(|client| client.post("/v1/streams/payments", body)) {
                Some(Ok(reply)) if reply.status == 200 => return reply.body,
                _ => thread::park_timeout(PAUSE),
            }
        }
    }

    /// The last position that is acknowledged.
    fn last(&self) -> u64 {
        let acknowledged = self.acknowledged.lock().expect("no thread panics with the lock");
        acknowledged.values().max().copied().expect("events are acknowledged")
    }

    fn set_client(&self, client: Option<Client>) {
        *self.client.lock().expect("no thread panics with the lock") = client;
    }

    fn wait_for(&self, more: u64) {
        let target = self.count.load(Ordering::Relaxed) + more;
        while self.count.load(Ordering::Relaxed) < target {
            thread::park_timeout(PAUSE);
        }
    }
}

/// In every table, as a client sees it, no position and no event is there twice.
fn check_rows(endpoint: &Endpoint) {
    let mut client = endpoint.connect();
    for table in ["payments", "payment_risk"] {
        let row = client
            .query_one(
                &format!("SELECT count(*), count(DISTINCT position), count(DISTINCT event_id) FROM {table}"),
                &[],
            )
            .expect("the endpoint answers");
        let (rows, positions, ids): (i64, i64, i64) = (row.get(0), row.get(1), row.get(2));
        assert!(
            rows == positions && rows == ids,
            "{table}: {rows} rows, {positions} positions, {ids} events"
        );
    }
}

/// The tables hold exactly what was acknowledged and what a sink wrote.
fn check_all(endpoint: &Endpoint, project: &Project, acknowledged: &BTreeMap<String, u64>) {
    let mut client = endpoint.connect();
    let columns = "event_id, position, outcome, card_payments_1h, card_amount_1h::text";
    let found = client.query(&format!("SELECT {columns} FROM payment_risk ORDER BY position"), &[]);
    let found: Vec<(String, i64, String, i64, String)> = found
        .expect("the endpoint answers")
        .iter()
        .map(|row| (row.get(0), row.get(1), row.get(2), row.get(3), row.get(4)))
        .collect();
    let sink = fs::read_to_string(project.path("out/every.ndjson")).expect("the sink has written");
    let written: Vec<(String, i64, String, i64, String)> = sink
        .lines()
        .map(|line| {
            let row: Value = serde_json::from_str(line).expect("a line is JSON");
            let text = |name: &str| row[name].as_str().expect("it is text").to_owned();
            let whole = |name: &str| row[name].as_i64().expect("it is a whole number");
            (
                text("event_id"),
                whole("position"),
                text("outcome"),
                whole("card_payments_1h"),
                // Amounts are small here, and a number of JSON loses the zeros at its end.
                format!("{:.2}", row["card_amount_1h"].as_f64().expect("it is a number")),
            )
        })
        .collect();
    assert_eq!(found.len(), written.len());
    assert!(found == written, "the first difference: {:?}", found.iter().zip(&written).find(|(a, b)| a != b));
    let streams = client.query("SELECT event_id, position FROM payments", &[]).expect("the endpoint answers");
    let streams: BTreeMap<String, u64> =
        streams.iter().map(|row| (row.get(0), row.get::<_, i64>(1).unsigned_abs())).collect();
    assert_eq!(streams.len(), found.len());
    for (id, position) in acknowledged {
        assert_eq!(streams.get(id), Some(position), "{id}");
    }
}

/// Kills and stops one program or the other in turn, under load, and returns the last of each.
fn kill(load: &Load, project: &Project, kills: u64) -> (Server, Endpoint) {
    let mut server = project.start();
    load.set_client(Some(server.client.clone()));
    let mut endpoint = Endpoint::start(project, &server.client.url, None);
    let mut random = Random(7);
    for kill in 0..kills {
        load.wait_for(1 + random.below(EVENTS_BETWEEN_KILLS));
        if kill % 4 == 3 {
            server.kill();
            load.set_client(None);
            server = project.start();
            load.set_client(Some(server.client.clone()));
        } else {
            // A clean stop writes files, from which the later ones go on.
            if kill % 4 == 2 {
                endpoint.stop()
            } else {
                endpoint.kill()
            }
            endpoint = Endpoint::start(project, &server.client.url, None);
        }
        endpoint.wait_for("payment_risk", load.last());
        check_rows(&endpoint);
    }
    (server, endpoint)
}

#[test]
fn killed_under_load_the_tables_are_the_logs_content() {
    let kills = std::env::var("MITRA_QUERY_KILLS");
    let kills = kills.map_or(KILLS, |kills| kills.parse().expect("MITRA_QUERY_KILLS is a number"));
    let project = Project::new();
    project.write("4_sink.sql", "CREATE SINK every ON payment_risk TO file('out/every.ndjson');\n");
    let load = Load::default();
    let (server, endpoint) = thread::scope(|scope| {
        for sender in 0..SENDERS {
            let load = &load;
            scope.spawn(move || load.send(sender));
        }
        // Senders that go on for ever would hide a failure.
        let _over = Over(&load.over);
        kill(&load, &project, kills)
    });
    server.stop().succeeded();
    let last = load.last();
    let acknowledged = load.acknowledged.into_inner().expect("no thread panics with the lock");
    endpoint.wait_for("payment_risk", last);
    check_rows(&endpoint);
    check_all(&endpoint, &project, &acknowledged);
    println!("{kills} kills, {} events acknowledged", acknowledged.len());
    // From files and from the log's tail: the same again.
    endpoint.stop();
    let endpoint = Endpoint::start(&project, "http://127.0.0.1:9", None);
    endpoint.wait_for("payment_risk", last);
    check_all(&endpoint, &project, &acknowledged);
    endpoint.kill();
}

/// Ends the load when it goes.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
