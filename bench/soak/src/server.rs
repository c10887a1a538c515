//! The two programs, as users start them: `mitra run`, which starts `mitra-query` beside it.

use std::{
    fs::File,
    io::{BufRead as _, BufReader, Lines, Write as _},
    net::SocketAddr,
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

use crate::{figures, project::Project};

/// The name of the second program, as the system cuts it.
const QUERY: &str = "mitra-query";

/// How long the second program has to appear.
const QUERY_MAX: Duration = Duration::from_secs(20);

/// How often it is looked for.
const PERIOD: Duration = Duration::from_millis(50);

/// The running programs, which do not outlive the soak.
pub struct Server {
    child: Child,
    /// Where `mitra` listens.
    pub address: SocketAddr,
    /// The process of `mitra`.
    pub mitra: u32,
    /// The process of `mitra-query`.
    pub query: u32,
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only when it has ended by itself; the other program ends with it.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Server {
    /// Starts both and waits until the first serves.
    pub fn start(program: &Path, project: &Project) -> Result<Self> {
        let mut command = Command::new(program);
        command.arg("run").arg(&project.folder).args(["--listen", "127.0.0.1:0"]);
        let mut child = command.stdout(Stdio::piped()).spawn().context("cannot start mitra run")?;
        let mitra = child.id();
        let out = child.stdout.take().context("its output is piped")?;
        let mut server = Self { child, address: SocketAddr::from(([127, 0, 0, 1], 0)), mitra, query: 0 };
        let log = File::create(project.folder.join("mitra.log")).context("cannot write mitra.log")?;
        server.address = address(BufReader::new(out).lines(), log)?;
        let until = Instant::now() + QUERY_MAX;
        server.query = loop {
            match figures::child(mitra, QUERY) {
                Some(query) => break query,
                None if Instant::now() < until => thread::sleep(PERIOD),
                None => bail!("mitra has not started {QUERY}"),
            }
        };
        Ok(server)
    }

    /// Asks it to stop and waits for that.
    pub fn stop(mut self) -> Result<()> {
        kill_process(Pid::from_child(&self.child), Signal::TERM).context("mitra has ended by itself")?;
        let status = self.child.wait()?;
        if !status.success() {
            bail!("it ended with {status}");
        }
        Ok(())
    }
}

/// Where it says that it listens. What it prints goes to `log`, to the end: or it would wait for somebody who reads.
fn address(mut lines: Lines<BufReader<ChildStdout>>, mut log: File) -> Result<SocketAddr> {
    let mut address = None;
    while address.is_none() {
        let line = lines.next().context("mitra ended before it served")??;
        writeln!(log, "{line}")?;
        address = line.split_once(" is deciding at http://").map(|(_, address)| address.trim().to_owned());
    }
    thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            // A full disk shows in other places.
            let _ = writeln!(log, "{line}");
        }
    });
    address.expect("the loop ends with one").parse().context("it says where it listens")
}
