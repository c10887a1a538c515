//! The hot tables, as somebody who asks in SQL sees them.

use std::{
    thread,
    time::{Duration, Instant, SystemTime},
};

use anyhow::{Context as _, Result};
use payments_generator::STREAMS;
use postgres::{Client, NoTls};

/// The decision's table beside those of the streams.
const DECISIONS: &str = "payment_risk";

/// How long the endpoint has to answer for the first time.
const CONNECT_MAX: Duration = Duration::from_secs(30);

/// How often that is tried.
const PERIOD: Duration = Duration::from_millis(200);

/// A connection to the SQL endpoint.
pub struct Tables {
    client: Client,
}

/// What the tables hold.
#[derive(Clone, Copy, Debug, Default)]
pub struct Held {
    /// Rows of all of them.
    pub rows: u64,
    /// From the oldest payment's arrival to the newest's, on the project's clock.
    pub span: Duration,
    /// The position of the newest payment.
    pub newest: u64,
}

impl Tables {
    /// Connects, as soon as the endpoint takes connections.
    pub fn connect(address: &str) -> Result<Self> {
        let (host, port) = address.rsplit_once(':').context("an address has a port")?;
        let place = format!("host={host} port={port} user=soak dbname=mitra");
        let until = Instant::now() + CONNECT_MAX;
        loop {
            match Client::connect(&place, NoTls) {
                Ok(client) => return Ok(Self { client }),
                Err(_) if Instant::now() < until => thread::sleep(PERIOD),
                Err(error) => return Err(error).context("mitra-query does not answer"),
            }
        }
    }

    /// Looks.
    pub fn look(&mut self) -> Result<Held> {
        let row =
            self.client.query_one("SELECT max(position), min(arrived), max(arrived) FROM payments", &[])?;
        let (newest, first, last): (Option<i64>, Option<SystemTime>, Option<SystemTime>) =
            (row.get(0), row.get(1), row.get(2));
        let mut held = Held { newest: newest.unwrap_or(0) as u64, ..Held::default() };
        if let (Some(first), Some(last)) = (first, last) {
            held.span = last.duration_since(first).unwrap_or_default();
        }
        for table in STREAMS.iter().chain([&DECISIONS]) {
            let row = self.client.query_one(&format!("SELECT count(*) FROM {table}"), &[])?;
            held.rows += row.get::<_, i64>(0) as u64;
        }
        Ok(held)
    }
}
