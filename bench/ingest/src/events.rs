//! One payment of twenty fields as JSON, any of them by its number, and bodies of many.

use std::fmt::{self, Write as _};

use bench_load::random::Random;
use clap::ValueEnum;
use types::time;

/// The columns as Mitra has them.
pub const SCHEMA: &str = "CREATE STREAM payments (
    event_id TEXT PRIMARY KEY,
    occurred_at TIMESTAMPTZ,
    payment_id TEXT,
    merchant_id TEXT,
    customer_id TEXT,
    card_id TEXT,
    device_id TEXT,
    ip TEXT,
    amount DECIMAL(18,2),
    fee DECIMAL(18,2),
    currency TEXT,
    country TEXT,
    status TEXT,
    method TEXT,
    issuer TEXT,
    is_recurring BOOLEAN,
    is_proxy BOOLEAN,
    installments BIGINT,
    device_score DOUBLE,
    user_agent TEXT
) WITH (event_time = 'occurred_at');
";

/// What an event's id begins with; its number follows in so many digits.
pub const ID_PREFIX: &str = "evt_";
pub const ID_DIGITS: usize = 12;

/// Microseconds from one event to the next.
const STEP: i64 = 10;

const CURRENCIES: [&str; 4] = ["INR", "USD", "EUR", "GBP"];
const COUNTRIES: [&str; 8] = ["IN", "US", "GB", "AE", "SG", "DE", "FR", "AU"];
const STATUSES: [&str; 4] = ["captured", "captured", "failed", "authorized"];
const METHODS: [&str; 4] = ["card", "upi", "netbanking", "wallet"];
const AGENTS: [&str; 4] = [
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/126.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Safari/604.1",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Gecko/20100101 Firefox/127.0",
    "Shop/8.2.1 (com.example.shop; build 4711; iOS 17.5.1)",
];

/// How a body holds its events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Layout {
    /// One object, alone.
    Object,
    /// An array of objects.
    Array,
    /// An object a line.
    Lines,
    /// An array of Flume's events: each object is the text of a `body`.
    Wrapped,
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.to_possible_value().expect("no layout is hidden");
        f.write_str(value.get_name())
    }
}

/// Appends the events from `first` on; the n-th one happened n steps after `start`, in microseconds.
pub fn write_body(layout: Layout, first: u64, count: u64, start: i64, out: &mut String) {
    let mut event = String::new();
    if matches!(layout, Layout::Array | Layout::Wrapped) {
        out.push('[');
    }
    for number in first..first + count {
        if number > first && layout != Layout::Lines {
            out.push(',');
        }
        if layout != Layout::Wrapped {
            write_event(number, start, out);
            out.push_str(if layout == Layout::Lines { "\n" } else { "" });
            continue;
        }
        event.clear();
        write_event(number, start, &mut event);
        out.push_str(r#"{"headers":{},"body":""#);
        // Quotes are all that is escaped in these texts.
        out.push_str(&event.replace('"', "\\\""));
        out.push_str("\"}");
    }
    if matches!(layout, Layout::Array | Layout::Wrapped) {
        out.push(']');
    }
}

fn write_event(number: u64, start: i64, out: &mut String) {
    let mut random = Random::new(1, 0, number);
    let mut pick = |words: &[&'static str]| words[random.below(words.len() as u64) as usize];
    let (currency, country, status) = (pick(&CURRENCIES), pick(&COUNTRIES), pick(&STATUSES));
    let (method, agent) = (pick(&METHODS), pick(&AGENTS));
    let cents = random.skewed(10_000_000.0) as u64;
    let fee = cents / 50;
    let [payment, customer, card, device, address] =
        [u64::MAX, 1_000_000, 1_000_000, 400_000, 1 << 32].map(|count| random.below(count));
    let (merchant, issuer, installments) = (random.below(50_000), random.below(900), random.below(12));
    let (recurring, proxy) = (random.below(100) < 15, random.below(100) < 3);
    let score = random.below(1_000_000);
    let [a, b, c, d] = (address as u32).to_be_bytes();
    write!(out, r#"{{"event_id":"{ID_PREFIX}{number:0ID_DIGITS$}","occurred_at":""#)
        .and_then(|()| time::write_rfc3339(out, start + number as i64 % 100_000_000 * STEP))
        .and_then(|()| {
            write!(
                out,
                r#"","payment_id":"pay_{payment:016x}","merchant_id":"mer_{merchant:07}","customer_id":"cus_{customer:08}","card_id":"crd_{card:08}","device_id":"dev_{device:08}","ip":"{a}.{b}.{c}.{d}","amount":{}.{:02},"fee":{}.{:02},"currency":"{currency}","country":"{country}","status":"{status}","method":"{method}","issuer":"{issuer:05}","is_recurring":{recurring},"is_proxy":{proxy},"installments":{installments},"device_score":0.{score:06},"user_agent":"{agent}"}}"#,
                cents / 100,
                cents % 100,
                fee / 100,
                fee % 100
            )
        })
        .expect("a string takes all");
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value};

    use super::*;

    const START: i64 = 1_767_323_045_678_000;

    fn body(layout: Layout, count: u64) -> String {
        let mut out = String::new();
        write_body(layout, 7, count, START, &mut out);
        out
    }

    #[test]
    fn an_event_has_all_columns_of_the_schema_and_the_size_that_is_told() {
        let text = body(Layout::Object, 1);
        let event: Map<String, Value> = serde_json::from_str(&text).unwrap();
        let columns = SCHEMA.lines().filter_map(|line| line.strip_prefix("    ")?.split(' ').next());
        let columns: Vec<&str> = columns.collect();
        assert_eq!(columns.len(), 20);
        assert!(columns.iter().all(|column| event.contains_key(*column)), "{text}");
        assert_eq!(event.len(), 20);
        assert_eq!(event["event_id"], "evt_000000000007");
        assert_eq!(event["occurred_at"], "2026-01-02T03:04:05.678070Z");
        let mean = body(Layout::Lines, 1_000).len() / 1_000;
        assert!((450..550).contains(&mean), "{mean} bytes");
    }

    #[test]
    fn every_layout_holds_the_same_events() {
        let alone: Vec<Value> =
            body(Layout::Lines, 3).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let array: Vec<Value> = serde_json::from_str(&body(Layout::Array, 3)).unwrap();
        let wrapped: Vec<Value> = serde_json::from_str(&body(Layout::Wrapped, 3)).unwrap();
        let unwrapped: Vec<Value> = wrapped
            .iter()
            .map(|event| serde_json::from_str(event["body"].as_str().unwrap()).unwrap())
            .collect();
        assert_eq!((&array, &unwrapped), (&alone, &alone));
        assert_eq!(alone.len(), 3);
    }
}
