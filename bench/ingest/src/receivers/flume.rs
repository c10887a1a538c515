//! Apache Flume: an agent that receives over HTTP into its file channel and drains that into a file, as an operator
//! would have it drain into HDFS or Kafka.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use bench_load::{process, server::Server};

use super::{Receiver, Running, Target, cache, free_address, sources, wait_for};
use crate::{events::Layout, ids::Ids, shapes::Shape};

const VERSION: &str = "1.11.0";

/// How long the channel may take to drain.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(300);
const DRAIN_PERIOD: Duration = Duration::from_millis(200);

/// Flume.
#[derive(Debug)]
pub struct Flume {
    libraries: PathBuf,
}

impl Flume {
    /// Finds its libraries, or has Maven copy them.
    ///
    /// # Errors
    /// When Java or Maven is missing.
    pub fn install() -> Result<Self> {
        process::run(Command::new("java").arg("-version"), "java -version")
            .context("install Java 8 or newer")?;
        let libraries = cache()?.join(format!("flume-{VERSION}"));
        if !libraries.is_dir() {
            println!("fetching Flume {VERSION}, once");
            let unfinished = libraries.with_extension("unfinished");
            let mut copy = Command::new("mvn");
            copy.args(["--quiet", "--batch-mode", "--file"]).arg(sources().join("flume/pom.xml"));
            copy.arg("dependency:copy-dependencies");
            copy.arg(format!("-DoutputDirectory={}", unfinished.display()));
            process::run(&mut copy, "mvn").context("install Maven")?;
            fs::rename(&unfinished, &libraries)?;
        }
        Ok(Self { libraries })
    }
}

impl Receiver for Flume {
    fn name(&self) -> &'static str {
        "Flume"
    }

    fn promise(&self) -> &'static str {
        "the request's events are in the file channel's log, which was synced (one transaction and sync a request); the \
         channel drains into a file"
    }

    fn target(&self, _shape: &Shape) -> Target {
        Target { path: "/", content_type: "application/json", layout: Layout::Wrapped, answer: String::new() }
    }

    fn start(&self, folder: &Path) -> Result<Running> {
        let address = free_address()?;
        let out = folder.join("out");
        fs::create_dir_all(&out).with_context(|| format!("cannot make {}", out.display()))?;
        let agent = folder.join("agent.properties");
        let place = |name: &str| folder.join(name).display().to_string();
        let lines = [
            "agent.sources = http",
            "agent.channels = file",
            "agent.sinks = roll",
            "agent.sources.http.type = http",
            &format!("agent.sources.http.bind = {}", address.ip()),
            &format!("agent.sources.http.port = {}", address.port()),
            "agent.sources.http.channels = file",
            "agent.channels.file.type = file",
            &format!("agent.channels.file.checkpointDir = {}", place("checkpoint")),
            &format!("agent.channels.file.dataDirs = {}", place("data")),
            // The default of a million fills while the sink is behind.
            "agent.channels.file.capacity = 4000000",
            "agent.channels.file.transactionCapacity = 10000",
            "agent.sinks.roll.type = file_roll",
            "agent.sinks.roll.channel = file",
            &format!("agent.sinks.roll.sink.directory = {}", out.display()),
            "agent.sinks.roll.sink.rollInterval = 0",
            "agent.sinks.roll.sink.batchSize = 1000",
        ];
        fs::write(&agent, lines.join("\n") + "\n")?;
        let mut command = Command::new("java");
        // The memory that the comments of its `flume-env.sh` propose.
        command.args(["-Xms100m", "-Xmx2000m", "-cp"]).arg(self.libraries.join("*"));
        command.args(["org.apache.flume.node.Application", "--name", "agent", "--no-reload-conf"]);
        command.arg("--conf-file").arg(&agent).stdout(Stdio::null()).stderr(Stdio::null());
        let mut server = Server::start(&mut command, "Flume")?;
        wait_for(&mut server, address).context("Flume")?;
        Ok(Running { server, address })
    }

    fn settle(&self, folder: &Path, events: u64) -> Result<()> {
        let begun = Instant::now();
        let (mut lines, mut at) = (0, 0);
        loop {
            (lines, at) = count_lines(&folder.join("out"), lines, at)?;
            if lines >= events {
                return Ok(());
            }
            if begun.elapsed() > DRAIN_TIMEOUT {
                bail!("{lines} of {events} events are in Flume's file after {} s", DRAIN_TIMEOUT.as_secs());
            }
            thread::sleep(DRAIN_PERIOD);
        }
    }

    fn read(&self, folder: &Path, ids: &mut Ids) -> Result<()> {
        for line in BufReader::new(fs::File::open(only_file(&folder.join("out"))?)?).lines() {
            ids.found_in_line(&line?)?;
        }
        Ok(())
    }
}

/// The lines of the sink's file, of which `lines` end before the byte `at`, and the file's length.
fn count_lines(out: &Path, lines: u64, at: u64) -> Result<(u64, u64)> {
    use std::io::{Read as _, Seek as _, SeekFrom};
    let mut file = fs::File::open(only_file(out)?)?;
    file.seek(SeekFrom::Start(at))?;
    let mut added = Vec::new();
    file.read_to_end(&mut added)?;
    let found = added.iter().filter(|byte| **byte == b'\n').count() as u64;
    Ok((lines + found, at + added.len() as u64))
}

fn only_file(out: &Path) -> Result<PathBuf> {
    let files = fs::read_dir(out)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    match <[PathBuf; 1]>::try_from(files) {
        Ok([file]) => Ok(file),
        Err(files) => bail!("Flume's sink has {} files instead of one", files.len()),
    }
}
