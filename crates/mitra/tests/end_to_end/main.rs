//! The built program as its operators and callers meet it: started, asked, killed and read again.

mod bad_input;
mod console;
mod damage;
mod events;
mod folder;
mod full_disk;
mod kills;
mod late;
mod live;
mod operations;
mod pii;
mod program;
mod recorded;
mod sinks;
mod splits;
mod statements;
mod surface;
mod tour;
mod watch;
mod webhooks;

/// The program under test.
fn mitra() -> std::path::PathBuf {
    env!("CARGO_BIN_EXE_mitra").into()
}
