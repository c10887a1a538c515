//! Everything that the crate computes, held against a PostgreSQL server.

mod compare;
mod random;
mod render;
mod server;
mod signatures;
