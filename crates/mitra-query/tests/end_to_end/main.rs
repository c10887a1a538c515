//! Both programs as their users meet them: events go into `mitra`, and real clients read them from `mitra-query`.

mod clients;
mod endpoint;
#[path = "../../../mitra/tests/end_to_end/events.rs"]
mod events;
mod kills;
#[path = "../../../mitra/tests/end_to_end/program.rs"]
#[expect(dead_code, reason = "the tests of mitra use the rest of it")]
mod program;

use std::path::{Path, PathBuf};

/// The program that decides, which cargo builds beside the one under test.
fn mitra() -> PathBuf {
    let path = Path::new(env!("CARGO_BIN_EXE_mitra-query")).with_file_name("mitra");
    assert!(path.exists(), "{} is missing: run `cargo build -p mitra`", path.display());
    path
}
