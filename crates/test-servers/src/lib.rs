//! Real servers for tests: found on the machine, started in a temporary directory, stopped with their last handle.
//!
//! A missing server panics with the command that installs it, because a test that skips proves nothing.

mod postgres;

pub use postgres::{Postgres, postgres};
