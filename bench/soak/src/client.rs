//! The open loop: every event is due at its time on the project's clock, whatever the server does. A payment that is sent by
//! itself is timed from when it was due; the others of a slot go as NDJSON at the slot's end, a body for each stream, as a
//! gateway's collector would send them.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard,
        mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, TrySendError, channel, sync_channel},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use anyhow::{Error, Result, bail};
use payments_generator::{Event, STREAMS};

use crate::{
    connection::Connection,
    scale::Scale,
    server::Server,
    traffic::{self, Traffic},
};

/// What is collected before it is sent.
const SLOT: Duration = Duration::from_millis(20);

/// Connections for single payments, and for collected events.
const SINGLE_CONNECTIONS: usize = 64;
const BULK_CONNECTIONS: usize = 16;

/// What may wait for a connection: more is not sent, and the run has failed.
const SINGLES_LEN_MAX: usize = 65_536;
const BULKS_LEN_MAX: usize = 1_024;

/// A payment that asks for its decision.
struct Single {
    due: Instant,
    body: Vec<u8>,
}

/// A slot's events of one stream.
struct Bulk {
    stream: &'static str,
    due: Instant,
    count: u64,
    body: Vec<u8>,
}

/// What became of the events since somebody last asked.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Events that were due.
    pub offered: u64,
    /// Events that are durable, by their answers.
    pub acknowledged: u64,
    /// Events that were answered otherwise.
    pub refused: u64,
    /// Events that were not sent, because too many waited for a connection.
    pub missed: u64,
    /// Of single payments, from when each was due to its whole answer.
    pub single_us: Vec<u32>,
    /// Of collected events, from the slot's end.
    pub bulk_us: Vec<u32>,
}

impl Tally {
    fn answered(&mut self, accepted: u64, count: u64) {
        self.acknowledged += accepted;
        self.refused += count - accepted;
    }

    /// Adds the counts of `other`, without its times.
    pub fn count(&mut self, other: &Self) {
        self.offered += other.offered;
        self.acknowledged += other.acknowledged;
        self.refused += other.refused;
        self.missed += other.missed;
    }
}

type Shared = Arc<Mutex<Tally>>;

/// The running client.
pub struct Client {
    start: Instant,
    length: Duration,
    tally: Shared,
    /// Disconnected when all threads have ended.
    errors: Receiver<Error>,
    threads: Vec<JoinHandle<()>>,
}

impl Client {
    /// Sends `traffic` from the moment at which the project's clock begins to run fast.
    pub fn start(server: &Server, traffic: Traffic, scale: &Scale) -> Result<Self> {
        if traffic::now() >= scale.from {
            bail!("the programs took longer to start than the first event could wait; try again");
        }
        let start = start_of(scale);
        let (failed, errors) = channel();
        let tally = Shared::default();
        let (singles, single_queue) = sync_channel(SINGLES_LEN_MAX);
        let (bulks, bulk_queue) = sync_channel(BULKS_LEN_MAX);
        let mut threads =
            connections(SINGLE_CONNECTIONS, server.address, single_queue, &failed, &tally, send_single)?;
        threads.extend(connections(
            BULK_CONNECTIONS,
            server.address,
            bulk_queue,
            &failed,
            &tally,
            send_bulk,
        )?);
        let pacer = Pacer {
            scale: scale.clone(),
            start,
            tally: Arc::clone(&tally),
            singles,
            bulks,
            single_count: 0,
            collected: STREAMS.map(|stream| Collected { stream, count: 0, body: Vec::new() }),
        };
        threads.push(thread::spawn(move || pacer.run(traffic)));
        Ok(Self { start, length: scale.length, tally, errors, threads })
    }

    /// Waits until the next whole `period` after the start and says how long that is; none after the last.
    ///
    /// # Errors
    /// When a connection breaks.
    pub fn wait(&self, period: Duration) -> Result<Option<Duration>> {
        let passed = self.start.elapsed().as_millis() / period.as_millis();
        let next = period * u32::try_from(passed + 1).expect("a run is a day at most");
        if next > self.length {
            return Ok(None);
        }
        match self.errors.recv_timeout((self.start + next).saturating_duration_since(Instant::now())) {
            Ok(error) => Err(error),
            // All is sent and answered when the last period ends early.
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => Ok(Some(next)),
        }
    }

    /// What became of the events since this was last asked.
    pub fn take(&self) -> Tally {
        std::mem::take(&mut *lock(&self.tally))
    }

    /// Waits for the last answers.
    ///
    /// # Errors
    /// When a connection breaks.
    pub fn finish(self) -> Result<Tally> {
        match self.errors.recv() {
            Ok(error) => return Err(error),
            Err(_disconnected) => {}
        }
        for thread in self.threads {
            thread.join().expect("a client's thread does not panic");
        }
        Ok(std::mem::take(&mut *lock(&self.tally)))
    }
}

fn lock(tally: &Mutex<Tally>) -> MutexGuard<'_, Tally> {
    tally.lock().expect("a client's thread does not panic")
}

/// What one stream has in the present slot.
struct Collected {
    stream: &'static str,
    count: u64,
    body: Vec<u8>,
}

/// The one who knows when.
struct Pacer {
    scale: Scale,
    start: Instant,
    tally: Shared,
    singles: SyncSender<Single>,
    bulks: SyncSender<Bulk>,
    single_count: u64,
    collected: [Collected; STREAMS.len()],
}

impl Pacer {
    fn run(mut self, mut traffic: Traffic) {
        let mut end = Duration::ZERO;
        sleep_until(self.start);
        while end < self.scale.length {
            // The server reads the system's clock, which is slowed and hurried: a hundredth of a second in half an hour is
            // minutes on the project's.
            self.start = start_of(&self.scale);
            // A slot's single payments are handed out at its begin: each connection waits until its own is due.
            end = (end + SLOT).min(self.scale.length);
            let horizon = self.scale.from + self.scale.simulated(end);
            let mut offered = 0;
            while let Some(event) = traffic.next_until(horizon) {
                offered += 1;
                self.take(&event);
            }
            lock(&self.tally).offered += offered;
            sleep_until(self.start + end);
            self.send_collected(self.start + end);
        }
    }

    fn take(&mut self, event: &Event) {
        let due = self.scale.due(event.received_at());
        let wanted = (due.as_secs_f64() * f64::from(self.scale.single)) as u64;
        if matches!(event, Event::Payment(_)) && self.single_count < wanted {
            self.single_count += 1;
            let mut body = Vec::new();
            event.write_json(&mut body);
            let single = Single { due: self.start + due, body };
            self.note(self.singles.try_send(single).map_err(|_| 1));
            return;
        }
        let collected = self.collected.iter_mut().find(|collected| collected.stream == event.stream());
        let collected = collected.expect("there is a body for every stream");
        event.write_json(&mut collected.body);
        collected.count += 1;
    }

    fn send_collected(&mut self, due: Instant) {
        for index in 0..self.collected.len() {
            let Collected { stream, count, body } = &mut self.collected[index];
            if *count == 0 {
                continue;
            }
            let bulk = Bulk { stream, due, count: std::mem::take(count), body: std::mem::take(body) };
            let sent = self.bulks.try_send(bulk).map_err(|error| match error {
                TrySendError::Full(bulk) | TrySendError::Disconnected(bulk) => bulk.count,
            });
            self.note(sent);
        }
    }

    fn note(&self, sent: Result<(), u64>) {
        if let Err(missed) = sent {
            lock(&self.tally).missed += missed;
        }
    }
}

/// When the project's clock begins to run fast, as the system's clock has it now.
fn start_of(scale: &Scale) -> Instant {
    let micros = scale.from - traffic::now();
    let time = Duration::from_micros(micros.unsigned_abs());
    let now = Instant::now();
    if micros > 0 { now + time } else { now.checked_sub(time).unwrap_or(now) }
}

fn sleep_until(time: Instant) {
    thread::sleep(time.saturating_duration_since(Instant::now()));
}

/// Threads that each send what comes, on a connection of their own.
fn connections<T: Send + 'static>(
    count: usize,
    address: SocketAddr,
    queue: Receiver<T>,
    failed: &Sender<Error>,
    tally: &Shared,
    send: fn(&mut Connection, T, &Mutex<Tally>) -> Result<()>,
) -> Result<Vec<JoinHandle<()>>> {
    let queue = Arc::new(Mutex::new(queue));
    let connection = |_: usize| -> Result<JoinHandle<()>> {
        let mut connection = Connection::new(address)?;
        let (queue, failed, tally) = (Arc::clone(&queue), failed.clone(), Arc::clone(tally));
        Ok(thread::spawn(move || {
            loop {
                let next = queue.lock().expect("a client's thread does not panic").recv();
                let Ok(next) = next else { return };
                if let Err(error) = send(&mut connection, next, &tally) {
                    // Nobody listens to a second error.
                    let _ = failed.send(error);
                    return;
                }
            }
        }))
    };
    (0..count).map(connection).collect()
}

fn send_single(connection: &mut Connection, single: Single, tally: &Mutex<Tally>) -> Result<()> {
    sleep_until(single.due);
    let (status, _) = connection.post("/v1/decide/payment_risk", "application/json", &single.body)?;
    let took = micros(single.due.elapsed());
    let mut tally = lock(tally);
    tally.single_us.push(took);
    tally.answered(u64::from(status == 200), 1);
    Ok(())
}

fn send_bulk(connection: &mut Connection, bulk: Bulk, tally: &Mutex<Tally>) -> Result<()> {
    let path = format!("/v1/streams/{}", bulk.stream);
    let (status, answer) = connection.post(&path, "application/x-ndjson", &bulk.body)?;
    let took = micros(bulk.due.elapsed());
    let accepted = if status == 200 { accepted(answer) } else { 0 };
    let mut tally = lock(tally);
    tally.bulk_us.push(took);
    tally.answered(accepted.min(bulk.count), bulk.count);
    Ok(())
}

fn micros(time: Duration) -> u32 {
    u32::try_from(time.as_micros()).unwrap_or(u32::MAX)
}

/// The number at the begin of an answer: `{"accepted": 17, ...`. The items after it are long.
fn accepted(answer: &[u8]) -> u64 {
    let head = &answer[..answer.len().min(64)];
    let text = String::from_utf8_lossy(head);
    let number = text.split_once("\"accepted\":").map_or("", |(_, rest)| rest.trim_start());
    let digits = number.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(number.len());
    number[..digits].parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_says_how_many_were_taken() {
        assert_eq!(accepted(b"{\"accepted\":17,\"duplicates\":0,\"items\":[]}"), 17);
        assert_eq!(accepted(b"{\"accepted\": 3}"), 3);
        assert_eq!(accepted(b"{\"code\":\"busy\"}"), 0);
        assert_eq!(accepted(b""), 0);
    }
}
