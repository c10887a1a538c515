//! The built program as its operators and callers meet it: started, asked, killed and read again.

mod bad_input;
mod events;
mod kills;
mod pii;
mod program;
mod sinks;
mod statements;
