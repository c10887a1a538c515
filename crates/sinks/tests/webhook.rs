//! That an endpoint with every fault gets each record at least once, in order and signed, and what becomes of those that it
//! refuses. The endpoint is a server in Python that checks the signatures by itself.

use std::{
    env, fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::Value as Json;
use sinks::{
    Error, Sink as _,
    webhook::{Body, Ending, Options, Watcher, Webhook, cursor},
};
use storage::{Disk, Faulty, Stop, Storage};
use tempfile::TempDir;
use types::{Column, DataType, Field, Value};

const SECRET: &str = "a key that only two know";
const FOLDER: &str = "data/webhooks/sink";

/// The interpreter that `cargo xtask setup` makes.
fn python() -> PathBuf {
    if let Some(path) = env::var_os("MITRA_PYTHON") {
        return path.into();
    }
    let cache = env::var_os("XDG_CACHE_HOME").filter(|path| !path.is_empty()).map(PathBuf::from);
    let home = || PathBuf::from(env::var_os("HOME").expect("HOME or XDG_CACHE_HOME is set")).join(".cache");
    let path = cache.unwrap_or_else(home).join("mitra/python/bin/python");
    assert!(path.exists(), "{} is missing: run `cargo xtask setup`", path.display());
    path
}

fn certificate(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/certificates").join(name)
}

/// A running endpoint; stopped when dropped.
struct Receiver {
    folder: TempDir,
    process: Child,
    url: String,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.process.kill().and_then(|()| self.process.wait()).expect("the endpoint runs");
    }
}

impl Receiver {
    fn start(faults: &str) -> Self {
        Self::start_with(faults, &[], "http://127.0.0.1")
    }

    /// One that speaks TLS.
    fn start_tls() -> Self {
        let (certificate, key) = (certificate("server.pem"), certificate("server.key"));
        Self::start_with(
            "ok",
            &["--certificate".as_ref(), &certificate, "--key".as_ref(), &key],
            "https://localhost",
        )
    }

    fn start_with(faults: &str, arguments: &[&Path], host: &str) -> Self {
        let folder = tempfile::tempdir().expect("the system gives a folder");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/receiver.py");
        let mut command = Command::new(python());
        command.arg(script).arg("--log").arg(folder.path().join("log"));
        command.args(["--secret", SECRET, "--faults", faults]).args(arguments).stdout(Stdio::piped());
        let mut process = command.spawn().expect("python runs");
        let mut port = String::new();
        let stdout = process.stdout.take().expect("stdout is piped");
        BufReader::new(stdout).read_line(&mut port).expect("the endpoint tells its port");
        Self { folder, process, url: format!("{host}:{}/in", port.trim()) }
    }

    /// The requests so far. A line without an end is one that the endpoint is still writing.
    fn requests(&self) -> Vec<Json> {
        let text = fs::read_to_string(self.folder.path().join("log")).expect("the endpoint has a log");
        let lines = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
        lines.map(|line| serde_json::from_str(line).expect("lines are JSON")).collect()
    }

    /// The positions that were taken, one by one; all requests were signed.
    fn taken(&self) -> Vec<i64> {
        let mut positions = Vec::new();
        for request in self.requests() {
            assert_eq!(request["signed"], true, "{request}");
            if request["fault"] == "ok" || request["fault"] == "lost" {
                let records = request["records"].as_array().expect("there are records");
                positions.extend(records.iter().map(|record| record["position"].as_i64().expect("a number")));
            }
        }
        positions
    }
}

/// Counts what it is told.
#[derive(Clone, Default)]
struct Counts(Arc<[AtomicU64; 3]>);

impl Counts {
    fn get(&self) -> [u64; 3] {
        [0, 1, 2].map(|at| self.0[at].load(Ordering::Relaxed))
    }
}

impl Watcher for Counts {
    fn taken(&self, records: usize) {
        self.0[0].fetch_add(records as u64, Ordering::Relaxed);
    }

    fn failed(&self, _: &str, _: Duration) {
        self.0[1].fetch_add(1, Ordering::Relaxed);
    }

    fn dead(&self, records: usize, _: &str) {
        self.0[2].fetch_add(records as u64, Ordering::Relaxed);
    }
}

fn options(url: &str) -> Options {
    Options {
        name: "flagged".to_owned(),
        url: url.to_owned(),
        secret: Some(SECRET.as_bytes().to_vec()),
        authorities: None,
        body: Body::Array,
        batch: 7,
        timeout: Duration::from_millis(300),
        attempts: 20,
        retry_max: Duration::from_millis(1),
    }
}

fn fields() -> Vec<Field> {
    let field = |name: &str, data_type| Field { name: name.to_owned(), data_type, not_null: false };
    vec![
        field("position", DataType::BigInt),
        field("id", DataType::Text),
        field("amount", DataType::Decimal { precision: 18, scale: 2 }),
    ]
}

/// The rows at these positions; the ids of some start with "bad".
fn rows(positions: impl Iterator<Item = i64>) -> Vec<Column> {
    let mut columns: Vec<Column> = fields().iter().map(|field| Column::new(field.data_type)).collect();
    for position in positions {
        let kind = if position % 10 == 3 { "bad" } else { "pay" };
        columns[0].push(Some(&Value::BigInt(position)));
        columns[1].push(Some(&Value::Text(format!("{kind}_{position} \"é\""))));
        columns[2].push(Some(&Value::Decimal { unscaled: i128::from(position) * 7, scale: 2 }));
    }
    columns
}

fn open(disk: &Arc<dyn Storage>, options: Options, counts: &Counts) -> Result<Webhook, Error> {
    let watcher = Box::new(counts.clone());
    Webhook::open(Arc::clone(disk), Path::new(FOLDER), fields(), options, Arc::default(), watcher)
}

fn faulty() -> (Faulty, Arc<dyn Storage>) {
    let disk = Faulty::new(1);
    (disk.clone(), Arc::new(disk))
}

fn dead(disk: &dyn Storage) -> Vec<Json> {
    let path = Path::new(FOLDER).join("dead.ndjson");
    let file = disk.open_to_read(&path).expect("there are dead letters");
    let mut bytes = vec![0; file.len().expect("a sound disk") as usize];
    file.read_at(0, &mut bytes).expect("a sound disk");
    let text = String::from_utf8(bytes).expect("it is text");
    text.lines().map(|line| serde_json::from_str(line).expect("lines are JSON")).collect()
}

#[test]
fn every_record_arrives_signed_and_in_order_whatever_the_endpoint_does() {
    let receiver = Receiver::start("ok,500,close,lost,429,503,hang,ok,ok,408");
    let (_, disk) = faulty();
    let counts = Counts::default();
    let mut sink = open(&disk, options(&receiver.url), &counts).expect("a sound disk");
    for start in (0..200).step_by(20) {
        sink.append(&rows(start..start + 20)).expect("it is delivered");
        sink.commit(start as u64 + 20).expect("it is delivered");
    }
    let mut taken = receiver.taken();
    let repeats = taken.len();
    taken.dedup_by(|next, before| next == before);
    // A batch whose answer was lost comes again as a whole, and nothing else does.
    let mut seen: Vec<i64> = Vec::new();
    for position in taken {
        if !seen.contains(&position) {
            seen.push(position);
        }
    }
    assert_eq!(seen, (0..200).collect::<Vec<_>>(), "each of them, in order");
    assert!(repeats > 200, "the endpoint lost answers");
    let [sent, failed, dead] = counts.get();
    assert_eq!((sent, dead), (200, 0));
    assert!(failed > 20, "{failed}");
    let requests = receiver.requests();
    let lost = requests.iter().position(|request| request["fault"] == "lost").expect("an answer was lost");
    let again = &requests[lost + 1];
    assert_eq!(requests[lost]["key"], again["key"], "a repeat has the key of its first try");
    assert_eq!(requests[lost]["records"], again["records"]);
    assert_eq!(requests[0]["records"][1]["amount"].to_string(), "0.07");
}

#[test]
fn what_the_endpoint_refuses_is_dead_and_its_neighbours_are_not() {
    let receiver = Receiver::start("400");
    let (_, disk) = faulty();
    let counts = Counts::default();
    let mut sink = open(&disk, options(&receiver.url), &counts).expect("a sound disk");
    sink.append(&rows(0..40)).expect("it is delivered");
    sink.commit(40).expect("it is delivered");
    let expected: Vec<i64> = (0..40).filter(|position| position % 10 != 3).collect();
    assert_eq!(receiver.taken(), expected, "each once and in order");
    let dead = dead(&*disk);
    assert_eq!(dead.iter().map(|line| line["position"].clone()).collect::<Vec<_>>(), [3, 13, 23, 33]);
    assert_eq!((&dead[0]["status"], &dead[0]["attempts"]), (&400.into(), &1.into()));
    assert_eq!(dead[1]["record"]["id"], "bad_13 \"é\"");
    assert_eq!(dead[1]["reason"], "the endpoint answers 400: {\"error\": \"made up\"}");
    assert_eq!(counts.get(), [36, 0, 4]);
}

#[test]
fn after_the_last_attempt_a_batch_is_dead_and_the_next_is_tried() {
    let receiver = Receiver::start("500,500,500,ok,404,ok");
    let (_, disk) = faulty();
    let counts = Counts::default();
    let mut sink = open(&disk, Options { attempts: 3, ..options(&receiver.url) }, &counts).expect("sound");
    sink.append(&rows(0..28)).expect("it is delivered");
    assert_eq!(receiver.taken(), (7..14).chain(21..28).collect::<Vec<_>>());
    let dead = dead(&*disk);
    assert_eq!(dead.len(), 14);
    let reason = dead[0]["reason"].as_str().expect("there is a reason");
    assert!(reason.starts_with("given up after 3 attempts: the endpoint answers 500"), "{reason}");
    assert_eq!((&dead[7]["status"], &dead[7]["attempts"]), (&404.into(), &1.into()));
    assert_eq!(counts.get(), [14, 2, 14]);
}

#[test]
fn one_record_a_request_has_a_key_of_its_own() {
    let receiver = Receiver::start("ok");
    let (_, disk) = faulty();
    let one = Options { body: Body::Object, batch: 1, ..options(&receiver.url) };
    let mut sink = open(&disk, one, &Counts::default()).expect("a sound disk");
    sink.append(&rows(0..5)).expect("it is delivered");
    let keys: Vec<String> = receiver
        .requests()
        .iter()
        .map(|request| request["key"].as_str().expect("a key").to_owned())
        .collect();
    let (source, first) = keys[0].split_once('-').expect("the source and the position");
    assert_eq!((source.len(), first), (16, "0"));
    assert_eq!(keys[4], format!("{source}-4"));
}

#[test]
fn nothing_that_was_taken_comes_again_after_a_stop_between_two_requests() {
    let receiver = Receiver::start("ok");
    let (faults, disk) = faulty();
    let mut sink = open(&disk, options(&receiver.url), &Counts::default()).expect("a sound disk");
    sink.flush(10).expect("a sound disk");
    sink.append(&rows(0..50)).expect("it is delivered");
    drop(sink);
    faults.stop(Stop::Power);
    faults.restart();
    assert_eq!(cursor(&*disk, Path::new(FOLDER)).expect("a sound disk"), Some(10));
    let mut sink = open(&disk, options(&receiver.url), &Counts::default()).expect("a sound disk");
    sink.append(&rows(0..50)).expect("it is delivered");
    sink.commit(500).expect("it is delivered");
    assert_eq!(
        receiver.taken(),
        (0..50).collect::<Vec<_>>(),
        "49 before the stop, and the last one after it"
    );
}

#[test]
fn any_stop_of_the_disk_leaves_each_record_delivered_or_dead() {
    let deliver = |disk: &Arc<dyn Storage>, url: &str| {
        let mut sink = open(disk, options(url), &Counts::default())?;
        sink.append(&rows(0..20))?;
        sink.commit(20)
    };
    let operations = {
        let receiver = Receiver::start("400");
        let (faults, disk) = faulty();
        deliver(&disk, &receiver.url).expect("a sound disk");
        faults.operations()
    };
    assert!(operations > 15, "{operations}");
    let receiver = Receiver::start("400");
    for operation in 0..operations {
        let (faults, disk) = faulty();
        let before = receiver.taken().len();
        faults.stop_after(operation, Stop::Power);
        deliver(&disk, &receiver.url).expect_err("the disk stops in the middle");
        faults.restart();
        deliver(&disk, &receiver.url).expect("the disk goes on");
        let mut seen = Vec::new();
        for position in receiver.taken().split_off(before) {
            if seen.last().is_none_or(|last| *last < position) {
                seen.push(position);
            }
        }
        let expected: Vec<i64> = (0..20).filter(|position| position % 10 != 3).collect();
        assert_eq!(seen, expected, "operation {operation}");
        let positions: std::collections::BTreeSet<i64> =
            dead(&*disk).iter().map(|line| line["position"].as_i64().expect("a number")).collect();
        assert_eq!(positions.into_iter().collect::<Vec<_>>(), [3, 13], "operation {operation}");
    }
}

#[test]
fn an_endpoint_is_trusted_when_its_authority_is() {
    let receiver = Receiver::start_tls();
    let counts = Counts::default();
    let with = |authorities: Option<Vec<u8>>| Options { authorities, attempts: 1, ..options(&receiver.url) };
    let (_, disk) = faulty();
    let mut sink = open(&disk, with(None), &counts).expect("a sound disk");
    sink.append(&rows(0..7)).expect("it is given up");
    let reason = dead(&*disk)[0]["reason"].to_string();
    assert!(reason.contains("UnknownIssuer"), "{reason}");
    assert!(receiver.taken().is_empty());
    let pem = fs::read(certificate("authority.pem")).expect("it is in the repository");
    let mut sink = open(&disk, with(Some(pem)), &counts).expect("a sound disk");
    sink.append(&rows(7..14)).expect("it is delivered");
    assert_eq!(receiver.taken(), (7..14).collect::<Vec<_>>());
    let error = open(&disk, with(Some(b"no certificate".to_vec())), &counts).err().expect("it is refused");
    assert!(error.to_string().contains("there is none; they are needed in PEM"), "{error}");
}

#[test]
fn the_end_of_the_process_ends_a_wait() {
    let folder = tempfile::tempdir().expect("the system gives a folder");
    let ending = Arc::new(Ending::default());
    // Nobody listens on this port of a machine that answers at once.
    let patient = Options { retry_max: Duration::from_secs(3_600), ..options("http://127.0.0.1:1/") };
    let watcher = Box::new(Counts::default());
    let sink = Webhook::open(Arc::new(Disk), folder.path(), fields(), patient, Arc::clone(&ending), watcher);
    let mut sink = sink.expect("a sound disk");
    let delivery = std::thread::spawn(move || sink.append(&rows(0..7)));
    let announced = Instant::now();
    ending.announce(Duration::from_millis(50));
    let result = delivery.join().expect("the delivery does not panic");
    assert!(matches!(result, Err(Error::Stopping)), "{result:?}");
    assert!(announced.elapsed() < Duration::from_secs(60));
}
