//! The console in a real browser: what it shows is what the API answered, and it comes by itself.

use std::{
    env, fs,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use serde_json::{Value, json};

use crate::{events, program::Project};

/// What the tests' set-up provides.
fn provided(variable: &str) -> PathBuf {
    let path = env::var_os(variable);
    path.unwrap_or_else(|| panic!("{variable} is not set: run `eval \"$(cargo xtask setup)\"`")).into()
}

/// Chromium before the pages of a server, told what to do.
struct Browser {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Browser {
    fn open(url: &str) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/end_to_end/console.py");
        let mut command = Command::new(provided("MITRA_PYTHON"));
        command.arg(script).arg(provided("MITRA_CHROMIUM")).arg(url);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the interpreter starts");
        let output = BufReader::new(child.stdout.take().expect("stdout is piped"));
        Self { input: child.stdin.take(), child, output }
    }

    /// Does one step and returns what was seen.
    #[track_caller]
    fn step(&mut self, step: Value) -> Value {
        let input = self.input.as_mut().expect("the browser is open");
        writeln!(input, "{step}").expect("the script reads");
        let mut line = String::new();
        self.output.read_line(&mut line).expect("the script prints UTF-8");
        assert!(!line.is_empty(), "{step} failed: the script's complaint is above");
        serde_json::from_str(&line).expect("the script prints JSON")
    }

    /// As [`Browser::step`], of a step that returns text.
    #[track_caller]
    fn text(&mut self, step: Value) -> String {
        self.step(step).as_str().expect("the step returns text").to_owned()
    }

    #[track_caller]
    fn close(mut self) {
        assert_eq!(self.step(json!(["complaints"])), json!([]));
        drop(self.input.take());
        assert!(self.child.wait().expect("the script ends").success());
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn payment(id: &str, card: &str, amount: &str, status: &str) -> Value {
    let mut payment = events::payment(id, card, "m<1>", amount);
    payment["status"] = status.into();
    payment
}

/// The reasons of an answer, in its order.
fn reasons(answer: &Value) -> Vec<Value> {
    let reasons = answer["reasons"].as_array().expect("an answer has reasons");
    reasons.iter().map(|fired| fired["reason"].clone()).collect()
}

#[test]
fn the_console_shows_what_the_api_answered() {
    let project = Project::new();
    let server = project.start();
    server.client.decide("payment_risk", &payment("first", "c1", "10.00", "captured"));
    let mut browser = Browser::open(&server.client.url);
    assert_eq!(browser.text(json!(["open", "/"])), "Overview · end to end · Mitra");
    browser.step(json!(["live"]));

    // What is decided from now on comes to the open page by itself, and not to one whose feed is cut.
    assert_eq!(browser.text(json!(["open_cut", "/"])), "not connected");
    let answer = server.client.decide("payment_risk", &payment("second/é", "c1", "12.50", "failed"));
    let row = browser.step(json!(["row", "second/é"]));
    assert_eq!(row["id"], answer["id"]);
    assert_eq!(row["outcome"], answer["outcome"]);
    assert_eq!(row["reasons"], Value::from(reasons(&answer)));
    assert_eq!(row["reasons"], json!(["failed"]));
    assert_eq!(browser.step(json!(["cut", "second/é"])), 0);
    assert_eq!(browser.step(json!(["cut", "first"])), 1);

    let page = browser.step(json!(["follow", "second/é"]));
    assert_eq!((&page["id"], &page["outcome"]), (&answer["id"], &answer["outcome"]));
    let rules = json!([{"rule": "failures", "outcome": "decline", "condition": "status = 'failed'",
        "saw": {"status": "failed"}}]);
    assert_eq!(page["rules"], rules);
    assert_eq!(page["features"], json!({"card_payments_1h": "2", "card_amount_1h": "22.50"}));
    assert_eq!(page["event"]["merchant_id"], "m<1>");
    assert_eq!(page["event"]["card_id"], answer["event"]["card_id"]);
    assert_eq!(browser.step(json!(["find", "first"]))["outcome"], "approve");
    browser.close();

    let mut browser = Browser::open(&server.client.url);
    browser.step(json!(["open", "/"]));
    browser.step(json!(["live"]));
    let printed = server.stop().succeeded();
    assert!(printed.contains(", 0 cut"), "{printed}");
    browser.step(json!(["stopped"]));
    browser.close();
}

#[test]
fn a_rule_from_the_console_acts_from_where_it_says() {
    let project = Project::new();
    let server = project.start();
    let mut browser = Browser::open(&server.client.url);
    let refused =
        browser.text(json!(["apply", "CREATE RULE large ON payment_risk WHEN amont > 5 THEN review"]));
    assert!(
        refused.contains("Nothing was changed.") && refused.contains("help: did you mean amount?"),
        "{refused}"
    );
    let applied = browser.text(json!([
        "apply",
        "CREATE RULE large ON payment_risk WHEN amount > 5 THEN review REASON 'large <b>'"
    ]));
    let position = applied.split("In force from position ").nth(1).and_then(|rest| rest.split('.').next());
    let position: u64 = position.expect("a position").replace(',', "").parse().expect("a number");
    let answer = server.client.decide("payment_risk", &payment("e1", "c1", "6.00", "captured"));
    assert_eq!(reasons(&answer), [json!("large <b>")]);
    assert!(answer["position"].as_u64().expect("a position") >= position, "{answer}");
    browser.step(json!(["open", "/definitions"]));
    let definition = browser.text(json!(["text", "#rule-payment_risk-large summary"]));
    assert!(definition.contains("large") && definition.contains("review, fired once"), "{definition}");
    browser.close();
    server.stop().succeeded();
}

#[test]
fn a_token_is_presented_once_and_opens_the_pages() {
    let token = "0123456789abcdef0123";
    let project = Project::new();
    let configuration =
        fs::read_to_string(project.path("mitra.toml")).expect("the project has a configuration");
    project.write("mitra.toml", &format!("{configuration}\n[server]\ntoken = \"{token}\"\n"));
    let server = project.start();
    let mut browser = Browser::open(&server.client.url);
    assert_eq!(browser.text(json!(["open", "/definitions"])), "Log in · Mitra");
    let refused = browser.text(json!(["log_in", "0123456789abcdef0124"]));
    assert!(refused.contains("not the token"), "{refused}");
    assert_eq!(browser.text(json!(["log_in", token])), "/definitions");
    let applied = browser.text(json!(["apply", "DROP RULE failures ON payment_risk"]));
    assert!(applied.contains("In force from position"), "{applied}");
    browser.step(json!(["open", "/"]));
    browser.step(json!(["live"]));
    // The session is for the pages: a program sends the token.
    assert_eq!(browser.text(json!(["open", "/v1/status"])), "");
    assert!(browser.text(json!(["text", "body"])).contains("unauthorized"));
    browser.close();
    server.stop().succeeded();
}

#[test]
fn every_page_fits_a_desktop_and_a_phone() {
    let project = Project::new();
    let server = project.start();
    // As long as a key may be, and without a place where it could be broken.
    let long = "x".repeat(200);
    server.client.decide("payment_risk", &payment(&long, &long, "12.50", "failed"));
    let mut browser = Browser::open(&server.client.url);
    browser.step(json!(["open", "/"]));
    let paths = json!({"overview": "/", "decision": format!("/decisions/payment_risk/{long}"), "missing": "/decisions?id=none",
        "definitions": "/definitions", "statements": "/statements"});
    let taken = browser.step(json!(["pictures", project.path("pictures"), paths]));
    assert_eq!(taken.as_array().map(Vec::len), Some(20));
    browser.close();
    server.stop().succeeded();
}
