//! What the benches of a running server share: how it is built, started, watched and stopped, and one connection to it.

pub mod connection;
pub mod latencies;
pub mod mitra;
pub mod process;
pub mod random;
pub mod server;
