//! VictoriaLogs, built by Go from the versions and hashes in `victoria-logs/go.sum`.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result};
use bench_load::{process, server::Server};

use super::{Receiver, Running, Target, cache, free_address, sources, wait_for};
use crate::{events::Layout, ids::Ids, shapes::Shape};

const PACKAGE: &str = "github.com/VictoriaMetrics/VictoriaLogs/app/victoria-logs";
const VERSION: &str = "1.52.1";

/// VictoriaLogs.
#[derive(Debug)]
pub struct VictoriaLogs {
    program: PathBuf,
}

impl VictoriaLogs {
    /// Finds the program, or builds it.
    ///
    /// # Errors
    /// When Go is missing or cannot build it.
    pub fn install() -> Result<Self> {
        let program = cache()?.join(format!("victoria-logs-{VERSION}"));
        if !program.is_file() {
            println!("building VictoriaLogs {VERSION}, once");
            let unfinished = program.with_extension("unfinished");
            let mut build = Command::new("go");
            build.args(["build", "-mod=readonly", "-o"]).arg(&unfinished).arg(PACKAGE);
            build.current_dir(sources().join("victoria-logs"));
            process::run(&mut build, "go build").context("install Go, at least the version in go.mod")?;
            fs::rename(&unfinished, &program)?;
        }
        Ok(Self { program })
    }
}

impl Receiver for VictoriaLogs {
    fn name(&self) -> &'static str {
        "VictoriaLogs"
    }

    fn promise(&self) -> &'static str {
        "the event is in memory; every 5 s what is there goes to files, which is its default"
    }

    fn target(&self, _shape: &Shape) -> Target {
        Target {
            path: "/insert/jsonline?_time_field=occurred_at&_msg_field=event_id",
            content_type: "application/stream+json",
            layout: Layout::Lines,
            answer: String::new(),
        }
    }

    fn start(&self, folder: &Path) -> Result<Running> {
        let address = free_address()?;
        let mut command = Command::new(&self.program);
        command.arg(format!("-httpListenAddr={address}"));
        command.arg(format!("-storageDataPath={}", folder.join("data").display()));
        command.args(["-loggerLevel=ERROR", "-loggerOutput=stderr"]).stdout(Stdio::null());
        let mut server = Server::start(&mut command, "VictoriaLogs")?;
        wait_for(&mut server, address).context("VictoriaLogs")?;
        Ok(Running { server, address })
    }

    fn read(&self, folder: &Path, ids: &mut Ids) -> Result<()> {
        // Started again it has what is on disk, and nothing else.
        let running = self.start(folder)?;
        let url = format!("http://{}/select/logsql/query", running.address);
        let mut answer = ureq::get(url).query("query", "* | fields _msg").call()?;
        for line in BufReader::new(answer.body_mut().as_reader()).lines() {
            ids.found_in_line(&line?)?;
        }
        running.server.stop()?;
        Ok(())
    }
}
