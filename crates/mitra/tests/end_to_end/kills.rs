//! The process killed at random moments under load: what was acknowledged is there, once, and unchanged.

use std::{
    collections::BTreeMap,
    sync::{Condvar, Mutex},
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    events::{Random, payment},
    program::{Client, Project, Reply, Server, number},
};

/// Kills of a run when `MITRA_KILLS` does not say.
const KILLS: u64 = 10;
const SEED: u64 = 0x6d69_7472_6100_0003;
/// Events that are acknowledged between two kills, at most.
const EVENTS_BETWEEN_KILLS: u64 = 400;
/// Time between the last of them and the kill, at most.
const MICROS_BEFORE_KILL: u64 = 4_000;
/// Time that a start has before it is killed, at most.
const MICROS_OF_START: u64 = 20_000;
/// Events between two statements.
const EVENTS_BETWEEN_STATEMENTS: u64 = 150;
const SENDERS: u64 = 4;
const BATCH_EVENTS: u64 = 40;

/// What an acknowledgement said: a position, and the record if it was asked for.
struct Acknowledged {
    position: u64,
    record: Option<Value>,
}

#[derive(Default)]
struct Progress {
    /// The server of the moment.
    client: Option<Client>,
    acknowledged: BTreeMap<String, Acknowledged>,
    statements: u64,
    over: bool,
}

/// What senders, operator and killer know of each other.
#[derive(Default)]
struct Load {
    progress: Mutex<Progress>,
    changed: Condvar,
}

impl Load {
    /// Waits until `ready` gives something.
    fn wait<T>(&self, ready: impl Fn(&Progress) -> Option<T>) -> T {
        let mut progress = self.progress.lock().expect("no thread panics with the lock");
        loop {
            if let Some(found) = ready(&progress) {
                return found;
            }
            progress = self.changed.wait(progress).expect("no thread panics with the lock");
        }
    }

    fn change(&self, change: impl FnOnce(&mut Progress)) {
        change(&mut self.progress.lock().expect("no thread panics with the lock"));
        self.changed.notify_all();
    }

    /// Waits for `more` acknowledged events; false when the load is over.
    fn acknowledged(&self, more: u64) -> bool {
        let target = self.wait(|progress| Some(progress.acknowledged.len() as u64)) + more;
        self.wait(|progress| {
            let reached = progress.acknowledged.len() as u64 >= target;
            (reached || progress.over).then_some(reached)
        })
    }

    fn over(&self) -> bool {
        self.wait(|progress| Some(progress.over))
    }

    /// Sends the same until there is an answer that is not about the server's state, and says how often it was sent.
    fn insist(&self, path: &str, body: &str) -> (Reply, u32) {
        let mut attempts = 0;
        loop {
            attempts += 1;
            let client = self.wait(|progress| progress.client.clone());
            match client.post(path, body) {
                Ok(reply) if reply.status < 500 && reply.status != 429 => return (reply, attempts),
                Ok(_) | Err(_) => {}
            }
        }
    }
}

/// Sends until the load is over: one decision or a batch at a time, never on before it is acknowledged.
fn send(load: &Load, sender: u64) -> u64 {
    let mut random = Random(SEED ^ (sender << 32));
    let mut sent = 0;
    while !load.over() {
        let count = if sender.is_multiple_of(2) { 1 } else { 1 + random.below(BATCH_EVENTS) };
        let ids: Vec<String> = (sent..sent + count).map(|number| format!("s{sender}-{number}")).collect();
        let events = ids.iter().map(|id| {
            let (card, amount) = (format!("card{}", random.below(20)), format!("{}.50", random.below(200)));
            payment(id, &card, "m_books", &amount).to_string()
        });
        let lines: Vec<String> = events.collect();
        if sender.is_multiple_of(2) {
            let (reply, _) = load.insist("/v1/decide/payment_risk", &lines[0]);
            let record = reply.ok();
            let position = number(&record["position"]);
            load.change(|progress| {
                let acknowledged = Acknowledged { position, record: Some(record) };
                progress.acknowledged.insert(ids[0].clone(), acknowledged);
            });
        } else {
            let body = load.insist("/v1/streams/payments", &lines.join("\n")).0.ok();
            let items = body["items"].as_array().expect("there are items");
            assert_eq!(items.len(), ids.len(), "{body}");
            load.change(|progress| {
                for (id, item) in ids.iter().zip(items) {
                    assert!(item["status"] == "accepted" || item["status"] == "duplicate", "{id}: {item}");
                    let acknowledged = Acknowledged { position: number(&item["position"]), record: None };
                    progress.acknowledged.insert(id.clone(), acknowledged);
                }
            });
        }
        sent += count;
    }
    sent
}

/// Adds and drops a rule in turn; a statement whose answer was lost may have been applied.
fn operate(load: &Load) {
    let statements = [
        "CREATE RULE surge ON payment_risk WHEN amount > 100 THEN review REASON 'surge'",
        "DROP RULE surge ON payment_risk",
    ];
    let mut epoch = 0;
    for statement in statements.iter().cycle() {
        if !load.acknowledged(EVENTS_BETWEEN_STATEMENTS) {
            return;
        }
        let (reply, attempts) = load.insist("/v1/statements", statement);
        if reply.status == 200 {
            assert!(
                number(&reply.body["epoch"]) > epoch,
                "epoch {epoch} was acknowledged before {}",
                reply.body
            );
            epoch = number(&reply.body["epoch"]);
        } else {
            assert!(reply.status == 400 && attempts > 1, "{statement}: {reply:?}");
        }
        load.change(|progress| progress.statements += 1);
    }
}

/// Spins: a kill must be able to hit any microsecond, which no timer of the system gives.
fn spin(micros: u64) {
    let start = Instant::now();
    while start.elapsed() < Duration::from_micros(micros) {
        std::hint::spin_loop();
    }
}

/// Kills the server `kills` times, some of them while it starts, and returns the last one.
fn kill_and_start(load: &Load, project: &Project, mut server: Server, kills: u64) -> Server {
    let mut random = Random(SEED);
    for _ in 0..kills {
        load.acknowledged(1 + random.below(EVENTS_BETWEEN_KILLS));
        spin(random.below(MICROS_BEFORE_KILL));
        server.kill();
        load.change(|progress| progress.client = None);
        if random.below(3) == 0 {
            let mut starting = project.spawn();
            spin(random.below(MICROS_OF_START));
            starting.kill().expect("the process runs or was not waited for");
            starting.wait().expect("the process ends");
        }
        server = project.start();
        load.change(|progress| progress.client = Some(server.client.clone()));
    }
    load.acknowledged(EVENTS_BETWEEN_STATEMENTS);
    server
}

/// A record without what an answer adds to it.
fn bare(mut record: Value) -> Value {
    let fields = record.as_object_mut().expect("a record is an object");
    fields.remove("latency_us");
    fields.remove("repeated");
    record
}

fn compare(acknowledged: &BTreeMap<String, Acknowledged>, client: &Client) {
    let mut ids_at = BTreeMap::new();
    for (id, expected) in acknowledged {
        let recorded = client.recorded("payment_risk", id);
        assert_eq!(number(&recorded["position"]), expected.position, "{id}");
        assert_eq!(recorded["id"], **id);
        if let Some(record) = &expected.record {
            assert_eq!(bare(recorded), bare(record.clone()));
        }
        assert_eq!(
            ids_at.insert(expected.position, id),
            None,
            "two events are at position {}",
            expected.position
        );
    }
}

#[test]
fn a_first_start_that_is_killed_at_any_moment_can_be_done_again() {
    let project = Project::new();
    let mut random = Random(SEED);
    for _ in 0..kills() {
        let mut starting = project.spawn();
        spin(random.below(MICROS_OF_START));
        starting.kill().expect("the process runs or was not waited for");
        starting.wait().expect("the process ends");
    }
    let server = project.start();
    let record = server.client.decide("payment_risk", &payment("e1", "card1", "m_books", "1.00"));
    assert_eq!(number(&record["epoch"]), 1);
    server.stop().succeeded();
    let left: Vec<_> = project.data_files().into_iter().filter(|path| path.extension().is_some()).collect();
    let unfinished = |path: &&std::path::PathBuf| {
        path.extension().is_some_and(|extension| extension == "tmp" || extension == "new")
    };
    assert_eq!(left.iter().find(unfinished), None, "what was left unfinished is cleaned up");
}

fn kills() -> u64 {
    std::env::var("MITRA_KILLS").map_or(KILLS, |kills| kills.parse().expect("MITRA_KILLS is a number"))
}

#[test]
fn killed_under_load_it_keeps_what_it_acknowledged_once() {
    let project = Project::new();
    let server = project.start();
    let load = Load::default();
    load.change(|progress| progress.client = Some(server.client.clone()));
    let (server, sent) = std::thread::scope(|scope| {
        let senders: Vec<_> = (0..SENDERS)
            .map(|sender| {
                scope.spawn({
                    let load = &load;
                    move || send(load, sender)
                })
            })
            .collect();
        let operator = scope.spawn(|| operate(&load));
        let server = kill_and_start(&load, &project, server, kills());
        load.change(|progress| progress.over = true);
        operator.join().expect("the operator finishes");
        let sent: u64 = senders.into_iter().map(|sender| sender.join().expect("a sender finishes")).sum();
        (server, sent)
    });
    let progress = load.progress.into_inner().expect("no thread panics with the lock");
    println!("{} kills, {sent} events acknowledged, {} statements", kills(), progress.statements);
    assert_eq!(progress.acknowledged.len() as u64, sent);
    assert!(progress.statements > 1, "no rule was added and dropped");
    compare(&progress.acknowledged, &server.client);
    let stopped = server.stop().succeeded();
    assert!(stopped.contains("everything acknowledged is in"), "{stopped}");
    let verified = project.run(&["verify", "."]).succeeded();
    assert!(
        verified.starts_with(&format!("{sent} events and {sent} decisions computed again")),
        "{verified}"
    );
    assert!(verified.contains("every recorded decision came out the same"), "{verified}");
}
