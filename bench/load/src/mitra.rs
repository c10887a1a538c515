//! The program that is measured: built when none is named, and started on a project as users start it.

use std::{
    env,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
};

use anyhow::{Context as _, Result, bail};

use crate::{process, server::Server};

/// The program: `named`, or the one of the bench's own profile, which is built first.
///
/// # Errors
/// When it cannot be built, and when there is none.
pub fn program(named: Option<&Path>) -> Result<PathBuf> {
    let program = match named {
        Some(program) => program.to_owned(),
        None => {
            let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
            let mut build = Command::new(cargo);
            process::run(build.args(["build", "--release", "--package", "mitra"]), "cargo build")?;
            env::current_exe()?.with_file_name("mitra")
        }
    };
    if !program.is_file() {
        bail!("there is no {}; name the program with --mitra", program.display());
    }
    Ok(program)
}

/// Starts `mitra run` on a free port and waits until it serves.
///
/// # Errors
/// When it ends before that; what it says goes to the bench's own error output.
pub fn run(program: &Path, project: &Path, data: &Path) -> Result<(Server, SocketAddr)> {
    let mut command = Command::new(program);
    command.arg("run").arg(project).arg("--data").arg(data);
    command.args(["--listen", "127.0.0.1:0", "--query", "none"]).stdout(Stdio::piped());
    let mut server = Server::start(&mut command, "mitra run")?;
    let out = server.output().context("its output is piped")?;
    let mut lines = BufReader::new(out).lines();
    for line in &mut lines {
        if let Some((_, address)) = line?.split_once(" is deciding at http://") {
            let address = address.trim().parse().context("`mitra run` tells its address")?;
            // What it prints later is read, or it would wait for somebody who does.
            thread::spawn(move || lines.for_each(drop));
            return Ok((server, address));
        }
    }
    bail!("mitra run ended before it served")
}
