//! The API over real connections, against a system in memory: every status, every limit, and every way to end.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test, as in the test itself")]

mod client;
mod lifecycle;
mod limits;
mod malformed;
mod memory;
mod routes;
mod running;
