//! Everything that the crate computes, held against a PostgreSQL server.

mod arguments;
mod arrays;
mod compare;
mod examples;
mod parse;
mod random;
mod render;
mod server;
mod signatures;
mod trees;
mod typing;
