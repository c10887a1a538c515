//! The HTTP API: events in, decisions out, definitions changed, over any system that implements [`Backend`].

pub mod answer;
pub mod backend;
pub mod base64;
mod body;
mod guard;
pub mod item;
pub mod json;
pub mod metrics;
pub mod options;
pub mod refusal;
mod reply;
mod routes;
pub mod server;
pub mod session;
pub mod statement;
pub mod status;
pub mod text;
mod traffic;

pub use answer::Answer;
pub use backend::Backend;
pub use item::{Format, Item};
pub use options::{Options, Token};
pub use refusal::Refusal;
pub use routes::{API, Endpoint};
pub use server::{BindError, Drained, Pages, Server};
pub use statement::{Applied, StatementError, StatementRefusal};
pub use status::Status;
pub use traffic::describe_metrics;
