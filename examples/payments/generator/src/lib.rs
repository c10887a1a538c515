//! Simulates the events of a payment gateway by seed, so that everybody can watch, test and measure the same stream.
//!
//! Customers, merchants, cards and devices are derived from their numbers, not stored: a million customers cost
//! nothing. The same configuration gives the same bytes on every machine.

mod behaviour;
mod details;
mod event;
mod files;
mod generator;
mod ndjson;
mod random;
mod world;

pub use event::{Address, Behaviour, Chargeback, Checks, Event, Label, Login, Payment, Refund, Status};
pub use files::{STREAMS, write_files};
pub use generator::{Config, Generator};
pub use world::merchants_csv;
