//! A project in a folder of its own, the program run on it, and its server asked over HTTP.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead as _, BufReader, Read as _},
    path::PathBuf,
    process::{Child, ChildStderr, ChildStdout, Command, Output, Stdio},
    thread::JoinHandle,
    time::Duration,
};

use serde_json::Value;
use tempfile::TempDir;

/// The stream of the test project.
pub const STREAM: &str = "\
CREATE STREAM payments (
    event_id    TEXT PRIMARY KEY,
    occurred_at TIMESTAMPTZ,
    card_id     TEXT,
    merchant_id TEXT,
    amount      DECIMAL(18,2),
    status      TEXT
) WITH (event_time = 'occurred_at', allowed_lateness = '1 hour', dedupe = '1 day', pii = 'card_id: token');
";

/// The view of the test project.
pub const VIEW: &str = "\
CREATE VIEW payment_features AS
SELECT p.*, count(*) OVER card_1h AS card_payments_1h, sum(amount) OVER card_1h AS card_amount_1h
FROM payments p
WINDOW card_1h AS (PARTITION BY card_id ORDER BY occurred_at RANGE BETWEEN INTERVAL '1 hour' PRECEDING AND CURRENT ROW);
";

/// The decision of the test project, with rules that no test's payments fire.
pub const DECISION: &str = "\
CREATE DECISION payment_risk ON payment_features OUTCOMES (approve, review, decline);
CREATE RULE velocity ON payment_risk WHEN card_payments_1h > 1000000 THEN review REASON 'many payments';
CREATE RULE failures ON payment_risk WHEN status = 'failed' THEN decline REASON 'failed';
";

const CONFIGURATION: &str = "\
[project]
name = \"end to end\"

[data]
directory = \"mitra-data\"
checkpoint_events = 500

[query]
start = false
";

const EXAMPLE_FILES: [&str; 7] = [
    "schema.sql",
    "features.sql",
    "model.sql",
    "decision.sql",
    "rules.sql",
    "merchants.csv",
    "models/fraud.json",
];

/// Requests for readiness before a server counts as one that does not start.
const READINESS_ATTEMPTS: u32 = 100_000;

/// A project in a folder that goes away with it.
pub struct Project {
    folder: TempDir,
}

impl Project {
    /// A project with one stream, one view and one decision.
    pub fn new() -> Self {
        let project = Self { folder: tempfile::tempdir().expect("the system gives a folder") };
        project.write("mitra.toml", CONFIGURATION);
        project.write("1_streams.sql", STREAM);
        project.write("2_features.sql", VIEW);
        project.write("3_decision.sql", DECISION);
        project
    }

    /// A copy of `examples/payments`, whose one sink takes every decision, with `sections` as the rest of its
    /// configuration.
    pub fn example(sections: &str) -> Self {
        let project = Self { folder: tempfile::tempdir().expect("the system gives a folder") };
        let example = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples/payments");
        fs::create_dir(project.path("models")).expect("the project's folder takes folders");
        for name in EXAMPLE_FILES {
            fs::copy(example.join(name), project.path(name)).expect("the example has the file");
        }
        project.write("sinks.sql", "CREATE SINK every ON payment_risk TO file('out/every.ndjson');\n");
        let query = "[query]\nstart = false\n\n";
        project.write("mitra.toml", &format!("[project]\nname = \"payments\"\n\n{query}{sections}"));
        project
    }

    /// Writes a file of the project.
    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("the project's folder takes files");
    }

    /// Path of a file of the project.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The rows of a sink's NDJSON file by event, each of which is there once.
    pub fn rows(&self, file: &str) -> BTreeMap<String, Value> {
        let text = fs::read_to_string(self.path(file)).expect("the sink's file is there");
        let mut rows = BTreeMap::new();
        for line in text.lines() {
            let row: Value = serde_json::from_str(line).expect("every line is an object");
            let id = row["event_id"].as_str().expect("every row has its event").to_owned();
            assert!(rows.insert(id.clone(), row).is_none(), "{id} is there twice");
        }
        rows
    }

    /// Files of the data directory, all levels.
    pub fn data_files(&self) -> Vec<PathBuf> {
        let mut folders = vec![self.path("mitra-data")];
        let mut files = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("the data directory is readable") {
                let path = entry.expect("the data directory is readable").path();
                if path.is_dir() { folders.push(path) } else { files.push(path) }
            }
        }
        files.sort();
        files
    }

    /// The program with this folder as the working directory.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(crate::mitra());
        command.current_dir(self.folder.path()).args(arguments).stdin(Stdio::null());
        command
    }

    /// Runs the program to its end.
    pub fn run(&self, arguments: &[&str]) -> Finished {
        Finished::from(self.command(arguments).output().expect("the program starts"))
    }

    /// Starts the server's process without waiting for it.
    pub fn spawn(&self) -> Child {
        let mut command = self.command(&["run", ".", "--listen", "127.0.0.1:0"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts")
    }

    /// Starts the server and waits until it is ready.
    pub fn start(&self) -> Server {
        Server::of(self.spawn())
    }
}

/// What a finished program left.
pub struct Finished {
    /// Whether it succeeded.
    pub success: bool,
    /// Its output.
    pub stdout: String,
    /// Its complaints.
    pub stderr: String,
}

impl From<Output> for Finished {
    fn from(output: Output) -> Self {
        Self {
            success: output.status.success(),
            stdout: String::from_utf8(output.stdout).expect("the program prints UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("the program prints UTF-8"),
        }
    }
}

impl Finished {
    /// The output of a program that must have succeeded.
    #[track_caller]
    pub fn succeeded(self) -> String {
        assert!(self.success, "{}{}", self.stdout, self.stderr);
        self.stdout
    }

    /// The complaints of a program that must have failed.
    #[track_caller]
    pub fn failed(self) -> String {
        assert!(!self.success, "it should have failed: {}", self.stdout);
        self.stderr
    }
}

/// A server that is ready; killed when dropped.
pub struct Server {
    child: Child,
    /// What it printed before it served.
    pub greeting: String,
    /// Its API.
    pub client: Client,
    stdout: Option<JoinHandle<String>>,
    stderr: Option<JoinHandle<String>>,
}

impl Server {
    pub fn of(mut child: Child) -> Self {
        let stderr = read_all(BufReader::new(child.stderr.take().expect("stderr is piped")));
        let mut stdout: BufReader<ChildStdout> =
            BufReader::new(child.stdout.take().expect("stdout is piped"));
        let mut greeting = String::new();
        let url = loop {
            let start = greeting.len();
            if stdout.read_line(&mut greeting).expect("the program prints UTF-8") == 0 {
                panic!("the server did not start: {greeting}{}", stderr.join().expect("reading succeeds"));
            }
            if let Some((_, url)) = greeting[start..].split_once(" is deciding at ") {
                break url.trim().to_owned();
            }
        };
        let client = Client::new(url);
        let ready =
            (0..READINESS_ATTEMPTS).any(|_| client.get("/readyz").is_ok_and(|reply| reply.status != 503));
        assert!(ready, "{} does not become ready", client.url);
        Self { child, greeting, client, stdout: Some(read_all(stdout)), stderr: Some(stderr) }
    }

    /// Reads the log of a process that writes objects, up to the first that `is_last`, and ends the process.
    pub fn log_until(mut child: Child, mut is_last: impl FnMut(&Value) -> bool) -> Vec<Value> {
        let stderr = BufReader::new(child.stderr.take().expect("stderr is piped"));
        let mut lines = Vec::new();
        for line in stderr.lines() {
            let line = line.expect("the program prints UTF-8");
            let object: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line} is no object"));
            let ends = is_last(&object);
            lines.push(object);
            if ends {
                child.kill().and_then(|()| child.wait()).expect("the process runs");
                return lines;
            }
        }
        panic!("the process ended before: {lines:?}")
    }

    /// The process.
    pub fn process(&self) -> rustix::process::Pid {
        rustix::process::Pid::from_child(&self.child)
    }

    /// Ends the process as a power cut would.
    pub fn kill(mut self) {
        self.child.kill().expect("the process runs");
        self.child.wait().expect("the process ends");
    }

    /// Asks the process to stop, and returns everything that it printed after its address.
    pub fn stop(mut self) -> Finished {
        rustix::process::kill_process(self.process(), rustix::process::Signal::TERM)
            .expect("the process runs");
        let success = self.child.wait().expect("the process ends").success();
        let text = |thread: &mut Option<JoinHandle<String>>| {
            thread.take().expect("a server is stopped once").join().expect("reading succeeds")
        };
        Finished { success, stdout: text(&mut self.stdout), stderr: text(&mut self.stderr) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The process may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Reads to the end beside the test, so that the process never waits for its output to be read.
fn read_all(mut source: BufReader<impl Pipe>) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut text = String::new();
        source.read_to_string(&mut text).expect("the program prints UTF-8");
        text
    })
}

/// An output of a process.
trait Pipe: std::io::Read + Send + 'static {}

impl Pipe for ChildStdout {}
impl Pipe for ChildStderr {}

/// A caller of the API over connections that stay open.
#[derive(Clone)]
pub struct Client {
    agent: ureq::Agent,
    /// Address of the server.
    pub url: String,
}

/// A status and its JSON.
#[derive(Debug)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// The body; `null` when it is not JSON.
    pub body: Value,
}

impl Client {
    /// A caller of the server at `url`.
    pub fn new(url: String) -> Self {
        let configuration = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(60)))
            .build();
        Self { agent: ureq::Agent::new_with_config(configuration), url }
    }

    /// Asks with GET.
    pub fn get(&self, path: &str) -> Result<Reply, ureq::Error> {
        let mut response = self.agent.get(format!("{}{path}", self.url)).call()?;
        let body = response.body_mut().read_to_string()?;
        Ok(Reply { status: response.status().as_u16(), body: json_of(&body) })
    }

    /// Asks until the server says that it is ready, or not.
    pub fn wait_ready(&self, ready: bool) {
        let is_so = |client: &Self| client.get("/readyz").is_ok_and(|reply| (reply.status == 200) == ready);
        let came = (0..READINESS_ATTEMPTS).any(|_| is_so(self));
        assert!(came, "{} is still {}", self.url, if ready { "not ready" } else { "ready" });
    }

    /// The body of an answer that is no JSON.
    #[track_caller]
    pub fn text(&self, path: &str) -> String {
        let mut response = self.agent.get(format!("{}{path}", self.url)).call().expect("the server answers");
        response.body_mut().read_to_string().expect("the server answers in UTF-8")
    }

    /// Sends a body with POST.
    pub fn post(&self, path: &str, body: &str) -> Result<Reply, ureq::Error> {
        let request = self.agent.post(format!("{}{path}", self.url));
        let mut response = request.header("Content-Type", "text/plain").send(body)?;
        let body = response.body_mut().with_config().limit(64 << 20).read_to_string()?;
        Ok(Reply { status: response.status().as_u16(), body: json_of(&body) })
    }

    /// Decides on an event that must be taken.
    #[track_caller]
    pub fn decide(&self, decision: &str, event: &Value) -> Value {
        let reply = self.post(&format!("/v1/decide/{decision}"), &event.to_string());
        reply.expect("the server answers").ok()
    }

    /// The recorded decision on an event that must have one.
    #[track_caller]
    pub fn recorded(&self, decision: &str, id: &str) -> Value {
        self.get(&format!("/v1/decisions/{decision}/{id}")).expect("the server answers").ok()
    }

    /// Applies statements that must be right, and returns the position and epoch from which they act.
    #[track_caller]
    pub fn statement(&self, sql: &str) -> (u64, u64) {
        let body = self.post("/v1/statements", sql).expect("the server answers").ok();
        (number(&body["position"]), number(&body["epoch"]))
    }
}

impl Reply {
    /// The body of an answer with status 200.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        self.body
    }
}

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or(Value::Null)
}

/// A whole number of an answer.
#[track_caller]
pub fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is not a whole number"))
}
