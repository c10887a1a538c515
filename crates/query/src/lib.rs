//! The SQL endpoint: PostgreSQL's protocol over DataFusion and the hot tables, one session for each connection.
//!
//! It reads. Statements that change definitions go to `mitra` through [`Forward`], with the name of who sent them, and the
//! answer waits until the tables have seen the change.

mod cancel;
mod catalog;
mod encode;
mod failure;
mod forward;
mod functions;
mod handlers;
mod names;
mod options;
mod order;
mod parameters;
mod plan;
mod precedence;
mod provider;
mod run;
mod scram;
mod server;
mod session;
mod settings;
mod startup;
mod statements;

pub use catalog::{DATABASE, SCHEMA};
pub use forward::{Applied, Forward, Refusal};
pub use options::Options;
pub use server::{Error, Server};
