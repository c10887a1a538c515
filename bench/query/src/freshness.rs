//! How long after its acknowledgement an event is in what psql reads, while events come in.
//!
//! Connections send events at fixed times, whatever the server does, and note when each answer is there and the position
//! that it names. Another thread asks over and over for the newest position, as psql would. An event was seen by the first
//! question that began after its acknowledgement and found its position or a later one; its freshness is the time from the
//! acknowledgement to the end of that answer. So it includes the question itself, and half a round of questions on average.

use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
    time::{Duration, Instant, SystemTime},
};

use anyhow::{Context as _, Result, bail};

use crate::{connection::Connection, events::Events, project::DECISION, sides::Mitra};

/// Seconds of events before those that are measured.
const WARM_SECONDS: u64 = 3;
/// Between two questions.
const PAUSE: Duration = Duration::from_millis(1);
/// How long the last event may take to be seen.
const SEEN_TIMEOUT: Duration = Duration::from_secs(30);

/// What is sent.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Events a second.
    pub rate: u64,
    /// Seconds that are measured.
    pub seconds: u64,
    /// Connections, each kept open.
    pub connections: u64,
    /// Number of the first event.
    pub first: u64,
}

impl Load {
    /// Events that are sent.
    pub fn count(&self) -> u64 {
        self.rate * (WARM_SECONDS + self.seconds)
    }
}

/// An acknowledged event.
#[derive(Clone, Copy, Debug)]
struct Acknowledged {
    at: Instant,
    position: u64,
    is_measured: bool,
}

/// A question and what it found.
#[derive(Clone, Copy, Debug)]
struct Look {
    began: Instant,
    ended: Instant,
    position: u64,
}

/// What came of it: milliseconds, sorted.
#[derive(Clone, Debug, Default)]
pub struct Freshness {
    /// From the acknowledgement of each event to its being seen.
    pub fresh_ms: Vec<f64>,
    /// Of each question.
    pub looks_ms: Vec<f64>,
    /// From when an event was due to its acknowledgement.
    pub acknowledged_ms: Vec<f64>,
}

/// Sends a load while somebody looks.
///
/// # Errors
/// When a request or a question fails, and when an event is not seen.
pub fn run(server: &str, mitra: Mitra, events: &Events, load: Load) -> Result<Freshness> {
    let next = AtomicU64::new(0);
    let newest = AtomicU64::new(0);
    let is_over = AtomicBool::new(false);
    let start = Instant::now() + Duration::from_millis(200);
    let send = || send(server, events, load, &next, &newest, start);
    thread::scope(|scope| {
        let looker = scope.spawn(|| look(mitra, &newest, &is_over));
        let senders: Vec<_> = (0..load.connections).map(|_| scope.spawn(send)).collect();
        let sent: Vec<_> =
            senders.into_iter().map(|sender| sender.join().expect("a sender does not panic")).collect();
        is_over.store(true, Ordering::Release);
        let looks = looker.join().expect("the looker does not panic")?;
        let mut acknowledged = Vec::new();
        let mut acknowledged_ms = Vec::new();
        for sent in sent {
            for (due, event) in sent? {
                acknowledged_ms.extend(event.is_measured.then(|| millis(event.at - due)));
                acknowledged.push(event);
            }
        }
        let mut result = fresh(acknowledged, &looks)?;
        acknowledged_ms.sort_unstable_by(f64::total_cmp);
        result.acknowledged_ms = acknowledged_ms;
        Ok(result)
    })
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

fn send(
    server: &str,
    events: &Events,
    load: Load,
    next: &AtomicU64,
    newest: &AtomicU64,
    start: Instant,
) -> Result<Vec<(Instant, Acknowledged)>> {
    let mut connection = Connection::open(server, &format!("/v1/decide/{DECISION}"))?;
    let mut sent = Vec::new();
    let mut body = String::new();
    loop {
        let index = next.fetch_add(1, Ordering::Relaxed);
        if index >= load.count() {
            return Ok(sent);
        }
        let due = start + Duration::from_secs_f64(index as f64 / load.rate as f64);
        let ahead = due.saturating_duration_since(Instant::now());
        let occurs = (SystemTime::now() + ahead).duration_since(SystemTime::UNIX_EPOCH)?.as_micros() as i64;
        events.event(load.first + index, occurs).write_json(&mut body);
        thread::sleep(due.saturating_duration_since(Instant::now()));
        let position = position(connection.post(&body)?)?;
        let at = Instant::now();
        newest.fetch_max(position, Ordering::AcqRel);
        let is_measured = index >= load.rate * WARM_SECONDS;
        sent.push((due, Acknowledged { at, position, is_measured }));
    }
}

/// The position in a record. It is found by its name, which is cheaper than to parse the whole, for the client shares the
/// machine with the programs that are measured.
fn position(record: &[u8]) -> Result<u64> {
    const NAME: &[u8] = b"\"position\":";
    let at = record.windows(NAME.len()).position(|window| window == NAME);
    let rest = &record[at.context("the answer has no position")? + NAME.len()..];
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    Ok(std::str::from_utf8(&rest[..digits])?.parse()?)
}

/// Asks for the newest position until the last acknowledged one is seen.
fn look(mut mitra: Mitra, newest: &AtomicU64, is_over: &AtomicBool) -> Result<Vec<Look>> {
    let mut position = mitra.number(&format!("SELECT max(position) FROM {DECISION}"))?;
    let mut looks = Vec::new();
    let mut over_since = None;
    loop {
        let was_over = is_over.load(Ordering::Acquire);
        let began = Instant::now();
        let sql = format!("SELECT max(position) FROM {DECISION} WHERE position > {position}");
        position = position.max(mitra.number(&sql)?);
        looks.push(Look { began, ended: Instant::now(), position });
        if was_over {
            let since = *over_since.get_or_insert(began);
            if position >= newest.load(Ordering::Acquire) {
                return Ok(looks);
            }
            if since.elapsed() > SEEN_TIMEOUT {
                bail!("the last event was not seen within {} s", SEEN_TIMEOUT.as_secs());
            }
        }
        thread::sleep(PAUSE);
    }
}

/// When each event was seen.
fn fresh(mut events: Vec<Acknowledged>, looks: &[Look]) -> Result<Freshness> {
    events.sort_unstable_by_key(|event| event.at);
    let mut result = Freshness::default();
    for event in events.iter().filter(|event| event.is_measured) {
        let first = looks.partition_point(|look| look.began < event.at);
        let seen = looks[first..].iter().find(|look| look.position >= event.position);
        let seen = seen.with_context(|| format!("position {} was never seen", event.position))?;
        result.fresh_ms.push(millis(seen.ended - event.at));
    }
    result.looks_ms = looks.iter().map(|look| millis(look.ended - look.began)).collect();
    result.fresh_ms.sort_unstable_by(f64::total_cmp);
    result.looks_ms.sort_unstable_by(f64::total_cmp);
    Ok(result)
}

/// A quantile of sorted values.
pub fn quantile(sorted: &[f64], share: f64) -> f64 {
    let rank = ((share * sorted.len() as f64).ceil() as usize).clamp(1, sorted.len().max(1));
    sorted.get(rank - 1).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_seen_by_a_question_that_began_after_its_acknowledgement() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let look = |began, ended, position| Look { began: at(began), ended: at(ended), position };
        // The first one finds position 5 and began too early to count.
        let looks = [look(0, 10, 5), look(12, 20, 5), look(25, 40, 9)];
        let event = |ms, position| Acknowledged { at: at(ms), position, is_measured: true };
        let result = fresh(vec![event(8, 5), event(11, 6)], &looks).unwrap();
        assert_eq!(result.fresh_ms, [12.0, 29.0]);
        assert_eq!(result.looks_ms, [8.0, 10.0, 15.0]);
        assert!(fresh(vec![event(8, 10)], &looks).is_err());
    }

    #[test]
    fn a_record_names_its_position() {
        assert_eq!(position(br#"{"decision":"d","id":"x","position":4711,"epoch":3}"#).unwrap(), 4711);
        assert!(position(b"{}").is_err());
    }

    #[test]
    fn quantiles_are_of_all_values() {
        let values: Vec<f64> = (1..=1_000).map(f64::from).collect();
        assert_eq!(
            [quantile(&values, 0.5), quantile(&values, 0.99), quantile(&values, 1.0)],
            [500.0, 990.0, 1_000.0]
        );
        assert!(quantile(&[], 0.5).is_nan());
    }
}
