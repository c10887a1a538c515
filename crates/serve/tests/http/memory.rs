//! A system in memory behind the API: it keeps events by id, and does what a test tells it to.

use std::{
    collections::BTreeMap,
    sync::{Mutex, mpsc},
};

use bytes::Bytes;
use serde_json::Value;
use serve::{
    Answer, Applied, Backend, Format, Item, Refusal, StatementError, StatementRefusal, Status,
    item::TOO_LARGE, refusal::Kind, statement::Change,
};
use tokio::sync::Semaphore;

pub const STREAMS: [&str; 2] = ["payments", "logins"];
pub const DECISIONS: [&str; 1] = ["payment_risk"];
const EVENT_BYTES_MAX: usize = 64 << 10;

/// Statements as they arrived.
#[derive(Clone, Debug, PartialEq)]
pub struct Received {
    pub text: String,
    pub files: BTreeMap<String, Vec<u8>>,
    pub principal: Option<String>,
}

pub struct Memory {
    /// Content by id; the position is the index.
    events: Mutex<Vec<(String, Value)>>,
    /// What everything is refused with.
    pub refusal: Mutex<Option<Refusal>>,
    pub not_ready: Mutex<Option<String>>,
    pub received: Mutex<Vec<Received>>,
    pub metrics: Mutex<String>,
    /// Told when a decision about an event called `held` waits, which it does for a permit of `release`.
    pub waits: Mutex<Option<mpsc::Sender<()>>>,
    pub release: Semaphore,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            events: Mutex::default(),
            refusal: Mutex::default(),
            not_ready: Mutex::default(),
            received: Mutex::default(),
            metrics: Mutex::default(),
            waits: Mutex::default(),
            release: Semaphore::new(0),
        }
    }
}

impl Memory {
    fn refused(&self) -> Result<(), Refusal> {
        self.refusal.lock().unwrap().clone().map_or(Ok(()), Err)
    }

    fn take(&self, event: &[u8]) -> Item {
        let rejected = |code: &'static str, field: Option<&str>, message: &str| Item::Rejected {
            code: code.into(),
            field: field.map(str::to_owned),
            message: message.to_owned(),
        };
        if event.len() > EVENT_BYTES_MAX {
            return rejected(TOO_LARGE, None, "the event has more than 65536 bytes");
        }
        let Ok(Value::Object(event)) = serde_json::from_slice(event) else {
            return rejected("not_an_object", None, "the event is no JSON object");
        };
        let Some(id) = event.get("id").and_then(Value::as_str) else {
            return rejected("key_missing", Some("id"), "the event has no id");
        };
        if event
            .get("amount")
            .is_some_and(|amount| amount.to_string().split('.').nth(1).is_some_and(|f| f.len() > 2))
        {
            return rejected("scale_exceeded", Some("amount"), "more than 2 digits after the point");
        }
        let content = Value::Object(event.clone());
        let mut events = self.events.lock().unwrap();
        match events.iter().position(|(known, _)| known == id) {
            Some(at) if events[at].1 == content => Item::Duplicate { position: at as u64 },
            Some(at) => Item::Conflict { position: at as u64, message: format!("`{id}` has other content") },
            None => {
                events.push((id.to_owned(), content));
                Item::Accepted { position: events.len() as u64 - 1 }
            }
        }
    }

    fn answer(&self, at: u64, repeated: bool) -> Answer {
        let (id, event) = self.events.lock().unwrap()[at as usize].clone();
        let not_applicable = event.get("kind").is_some_and(|kind| kind == "note");
        Answer {
            decision: DECISIONS[0].to_owned(),
            id,
            position: at,
            epoch: 1,
            outcome: (!not_applicable).then(|| "approve".to_owned()),
            not_applicable,
            repeated,
            ..Answer::default()
        }
    }

    async fn hold(&self) {
        if let Some(waits) = &*self.waits.lock().unwrap() {
            waits.send(()).unwrap();
        }
        self.release.acquire().await.unwrap().forget();
    }
}

impl Backend for Memory {
    async fn ingest(&self, stream: String, body: Bytes, format: Format) -> Result<Vec<Item>, Refusal> {
        self.refused()?;
        if !STREAMS.contains(&stream.as_str()) {
            return Err(Refusal::unknown("stream", &stream, STREAMS));
        }
        if stream == "logins" {
            self.hold().await;
        }
        let body = body.trim_ascii();
        if format == Format::Content && body.first() == Some(&b'[') {
            let items: Vec<Value> = serde_json::from_slice(body).map_err(|error| {
                Refusal::new(Kind::BadRequest, "array_malformed", error.to_string(), "close it")
            })?;
            return Ok(items.iter().map(|item| self.take(item.to_string().as_bytes())).collect());
        }
        if format == Format::Content && serde_json::from_slice::<Value>(body).is_ok() {
            return Ok(vec![self.take(body)]);
        }
        Ok(body.split(|byte| *byte == b'\n').map(|line| self.take(line)).collect())
    }

    async fn decide(&self, decision: String, body: Bytes) -> Result<Answer, Refusal> {
        self.refused()?;
        if !DECISIONS.contains(&decision.as_str()) {
            return Err(Refusal::unknown("decision", &decision, DECISIONS));
        }
        if body.as_ref() == b"bug" {
            panic!("no such number: {}", body.len());
        }
        if body.windows(6).any(|bytes| bytes == b"\"held\"") {
            self.hold().await;
        }
        match self.take(&body) {
            Item::Accepted { position } => Ok(self.answer(position, false)),
            Item::Duplicate { position } => Ok(self.answer(position, true)),
            Item::Conflict { position, message } => {
                let remedy = "send it under another id";
                Err(Refusal::new(Kind::Conflict, "conflict", message, remedy).with_position(position))
            }
            Item::Rejected { code, field, message } => {
                let mut refusal = Refusal::new(Kind::BadRequest, code, message, "correct it");
                refusal.field = field;
                Err(refusal)
            }
        }
    }

    async fn decision(&self, decision: String, id: String) -> Result<Option<Answer>, Refusal> {
        self.refused()?;
        if !DECISIONS.contains(&decision.as_str()) {
            return Err(Refusal::unknown("decision", &decision, DECISIONS));
        }
        let at = self.events.lock().unwrap().iter().position(|(known, _)| *known == id);
        Ok(at.map(|at| self.answer(at as u64, true)))
    }

    async fn statements(
        &self,
        text: String,
        files: BTreeMap<String, Vec<u8>>,
        principal: Option<String>,
    ) -> Result<Applied, StatementRefusal> {
        self.refused()?;
        if text.contains("CRATE") {
            return Err(StatementRefusal::Errors(vec![StatementError {
                message: "unknown statement `CRATE`".to_owned(),
                line: 1,
                column: 1,
                help: Some("write `CREATE`".to_owned()),
                rendered: "1:1: unknown statement".to_owned(),
            }]));
        }
        self.received.lock().unwrap().push(Received { text, files, principal });
        let (action, kind, name) = ("create", "rule", "velocity on payment_risk");
        let change = Change { action: action.to_owned(), kind: kind.to_owned(), name: name.to_owned() };
        Ok(Applied { epoch: 2, position: 7, changes: vec![change] })
    }

    fn metrics(&self) -> String {
        self.metrics.lock().unwrap().clone()
    }

    fn status(&self) -> Status {
        Status {
            version: "1.2.3".to_owned(),
            state: "ready".to_owned(),
            next_position: 9,
            ..Status::default()
        }
    }

    fn ready(&self) -> Result<(), String> {
        self.not_ready.lock().unwrap().clone().map_or(Ok(()), Err)
    }
}
