//! Values, decisions and refusals as JSON, written straight into a buffer because every reply passes here.
//!
//! Decimals are numbers with all their digits, timestamps RFC 3339 in UTC, doubles the shortest number that reads
//! back; `NaN` and the infinities, which JSON lacks, are strings. NULL is `null`.

mod number;

use std::fmt;

use serde::Serialize;
use types::{Named, Value, time, value::write_double};

use crate::{Answer, Item, Refusal, StatementError, answer::Fired, refusal::Kind};

/// A decision's record as one line of JSON.
pub fn answer(answer: &Answer) -> String {
    let mut out = Vec::with_capacity(1_024);
    write_answer(&mut out, answer);
    String::from_utf8(out).expect("only UTF-8 is written to JSON")
}

/// Appends a decision's record.
pub fn write_answer(out: &mut Vec<u8>, answer: &Answer) {
    let mut object = Object::begin(out);
    object.text("decision", &answer.decision);
    object.text("id", &answer.id);
    object.integer("position", answer.position);
    object.integer("epoch", u64::from(answer.epoch));
    if let Some(arrived) = answer.arrived {
        object.value("arrived", Some(&Value::Timestamptz(arrived)));
    }
    match &answer.outcome {
        Some(outcome) => object.text("outcome", outcome),
        None => object.key("outcome").extend_from_slice(b"null"),
    }
    object.boolean("not_applicable", answer.not_applicable);
    object.boolean("repeated", answer.repeated);
    object.boolean("late", answer.late.is_some());
    if let Some(late) = answer.late {
        object.text("late_bound", late.bound());
    }
    array(object.key("reasons"), &answer.reasons, write_fired);
    write_named(object.key("scores"), &answer.scores);
    write_named(object.key("features"), &answer.features);
    write_named(object.key("event"), &answer.event);
    array(object.key("raised"), &answer.raised, |out, raised| {
        let mut object = Object::begin(out);
        object.text("item", &raised.item);
        object.text("message", &raised.message);
        object.end();
    });
    if !answer.versions.is_empty() {
        let mut versions = Object::begin(object.key("versions"));
        for (name, version) in &answer.versions {
            versions.text(name, version);
        }
        versions.end();
    }
    if let Some(latency_us) = answer.latency_us {
        object.integer("latency_us", latency_us);
    }
    object.end();
}

fn write_fired(out: &mut Vec<u8>, fired: &Fired) {
    let mut object = Object::begin(out);
    object.text("rule", &fired.rule);
    object.text("outcome", &fired.outcome);
    object.text("reason", &fired.reason);
    object.boolean("shadow", fired.shadow);
    write_named(object.key("saw"), &fired.saw);
    object.end();
}

/// Appends an object of named values.
pub fn write_named(out: &mut Vec<u8>, values: &Named) {
    let mut object = Object::begin(out);
    for (name, value) in values.iter() {
        object.value(name, value);
    }
    object.end();
}

/// Appends one value; `None` is `null`.
pub fn write_value(out: &mut Vec<u8>, value: Option<&Value>) {
    let Some(value) = value else { return out.extend_from_slice(b"null") };
    match value {
        Value::Text(text) => write_text(out, text),
        Value::BigInt(integer) => serialize(out, integer),
        Value::Decimal { unscaled, scale } => number::write_decimal(out, *unscaled, *scale),
        Value::Double(double) if double.is_finite() => serialize(out, double),
        Value::Double(double) => quoted(out, |text| write_double(text, *double)),
        Value::Boolean(boolean) => out.extend_from_slice(if *boolean { b"true" } else { b"false" }),
        Value::Timestamptz(micros) => quoted(out, |text| time::write_rfc3339(text, *micros)),
        Value::Date(days) => quoted(out, |text| time::write_date(text, *days)),
        Value::Interval(_) => quoted(out, |text| fmt::Write::write_fmt(text, format_args!("{value}"))),
    }
}

/// Appends a string with its quotes and escapes.
pub fn write_text(out: &mut Vec<u8>, text: &str) {
    // Without an early end the loop runs on vectors; nearly every name and value passes it.
    let escaped = |byte: u8| (byte < 0x20) | (byte == b'"') | (byte == b'\\');
    if text.bytes().fold(false, |any, byte| any | escaped(byte)) {
        return serialize(out, text);
    }
    out.reserve(text.len() + 2);
    out.push(b'"');
    out.extend_from_slice(text.as_bytes());
    out.push(b'"');
}

/// Counts of a body's items by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Durable by this request.
    pub accepted: usize,
    /// Durable before.
    pub duplicates: usize,
    /// Contradict what is durable.
    pub conflicts: usize,
    /// Not taken.
    pub rejected: usize,
}

impl Tally {
    /// Counts `items`.
    pub fn of(items: &[Item]) -> Self {
        let mut tally = Self::default();
        for item in items {
            match item {
                Item::Accepted { .. } => tally.accepted += 1,
                Item::Duplicate { .. } => tally.duplicates += 1,
                Item::Conflict { .. } => tally.conflicts += 1,
                Item::Rejected { .. } => tally.rejected += 1,
            }
        }
        tally
    }
}

/// Appends the answer to a body of events.
pub fn write_items(out: &mut Vec<u8>, items: &[Item]) {
    let tally = Tally::of(items);
    let mut object = Object::begin(out);
    object.integer("accepted", tally.accepted as u64);
    object.integer("duplicates", tally.duplicates as u64);
    object.integer("conflicts", tally.conflicts as u64);
    object.integer("rejected", tally.rejected as u64);
    array(object.key("items"), items, write_item);
    object.end();
}

fn write_item(out: &mut Vec<u8>, item: &Item) {
    let mut object = Object::begin(out);
    match item {
        Item::Accepted { position } => {
            object.text("status", "accepted");
            object.integer("position", *position);
        }
        Item::Duplicate { position } => {
            object.text("status", "duplicate");
            object.integer("position", *position);
        }
        Item::Conflict { position, message } => {
            object.text("status", "conflict");
            object.integer("position", *position);
            object.text("message", message);
        }
        Item::Rejected { code, field, message } => {
            object.text("status", "rejected");
            object.text("code", code);
            if let Some(field) = field {
                object.text("field", field);
            }
            object.text("message", message);
        }
    }
    object.end();
}

/// Appends the body of a refusal.
pub fn write_refusal(out: &mut Vec<u8>, refusal: &Refusal) {
    let mut object = Object::begin(out);
    object.text("code", &refusal.code);
    object.text("message", &refusal.message);
    object.text("remedy", &refusal.remedy);
    if let Some(field) = &refusal.field {
        object.text("field", field);
    }
    if let Some(position) = refusal.position {
        object.integer("position", position);
    }
    if let Kind::Busy { retry_after_s } = refusal.kind {
        object.integer("retry_after_s", u64::from(retry_after_s));
    }
    object.end();
}

/// Appends the body that lists what is wrong with statements.
pub fn write_statement_errors(out: &mut Vec<u8>, errors: &[StatementError]) {
    let mut object = Object::begin(out);
    object.text("code", "statement_refused");
    let message = match errors {
        [only] => only.message.clone(),
        errors => format!("the statements have {} errors", errors.len()),
    };
    object.text("message", &message);
    object.text("remedy", "correct what `errors` points at and send all statements again: none was applied");
    serialize(object.key("errors"), errors);
    object.end();
}

/// Appends `value` as serde sees it.
pub fn serialize<T: Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) {
    serde_json::to_writer(out, value).expect("memory takes all, and every map here has text keys");
}

fn array<T>(out: &mut Vec<u8>, items: &[T], mut write: impl FnMut(&mut Vec<u8>, &T)) {
    out.push(b'[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write(out, item);
    }
    out.push(b']');
}

fn quoted(out: &mut Vec<u8>, write: impl FnOnce(&mut dyn fmt::Write) -> fmt::Result) {
    out.push(b'"');
    write(&mut Unescaped(out)).expect("memory takes all");
    out.push(b'"');
}

/// Text that needs no escapes: digits, letters, punctuation of numbers and times.
struct Unescaped<'a>(&'a mut Vec<u8>);

impl fmt::Write for Unescaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

/// An object being written; `end` closes it.
struct Object<'a> {
    out: &'a mut Vec<u8>,
    first: bool,
}

impl<'a> Object<'a> {
    fn begin(out: &'a mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { out, first: true }
    }

    fn key(&mut self, name: &str) -> &mut Vec<u8> {
        if !self.first {
            self.out.push(b',');
        }
        self.first = false;
        write_text(self.out, name);
        self.out.push(b':');
        self.out
    }

    fn text(&mut self, name: &str, text: &str) {
        write_text(self.key(name), text);
    }

    fn integer(&mut self, name: &str, integer: u64) {
        serialize(self.key(name), &integer);
    }

    fn boolean(&mut self, name: &str, boolean: bool) {
        self.key(name).extend_from_slice(if boolean { b"true" } else { b"false" });
    }

    fn value(&mut self, name: &str, value: Option<&Value>) {
        write_value(self.key(name), value);
    }

    fn end(self) {
        self.out.push(b'}');
    }
}

#[cfg(test)]
mod tests;
