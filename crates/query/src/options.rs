//! How the endpoint is to be.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use tokio::sync::watch;

/// Settings of the endpoint.
#[derive(Clone, Debug)]
pub struct Options {
    /// Address and port.
    pub listen: SocketAddr,
    /// What clients present; required for any address but loopback.
    pub password: Option<String>,
    /// Memory of all running queries together.
    pub memory_bytes_max: usize,
    /// Where queries put what does not fit.
    pub spill: PathBuf,
    /// Bytes that they may put there.
    pub spill_bytes_max: u64,
    /// How long a statement may run, unless its connection says otherwise; none is for ever.
    pub statement_timeout: Option<Duration>,
    /// Connections at most.
    pub connections_max: usize,
    /// Whether the tables hold what the log held at the start; nobody is let in before, who would find tables missing.
    pub ready: watch::Receiver<bool>,
}
