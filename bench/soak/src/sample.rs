//! One look at everything.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, Result};

use crate::{
    client::{Client, Tally},
    connection::Connection,
    figures::{quantile, total, usage},
    folder_bytes,
    project::Project,
    server::Server,
    tables::{Held, Tables},
};

/// What was there at a time, and what had happened since the last time.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    /// Since the first event was due.
    pub elapsed: Duration,
    /// Since the sample before.
    pub since: Duration,
    /// What became of the events since then; times are sorted.
    pub tally: Tally,
    /// Events beyond their bounds of time, since the start.
    pub late: u64,
    /// What the timelines hold.
    pub state: State,
    /// What the tables hold.
    pub held: Held,
    /// Events that are in the log and not in the tables.
    pub behind: u64,
    /// The two programs and the client.
    pub processes: [Process; 3],
    /// Bytes on the disk, as [`FOLDERS`] are named.
    pub disk: [u64; FOLDERS.len()],
}

/// Keyed state.
#[derive(Clone, Copy, Debug, Default)]
pub struct State {
    /// Keys, over all timelines.
    pub keys: u64,
    /// Rows: each is an event under one key.
    pub rows: u64,
    /// Bytes of both, and of what is computed from them.
    pub bytes: u64,
}

/// A process.
#[derive(Clone, Copy, Debug, Default)]
pub struct Process {
    /// Its memory.
    pub resident_bytes: u64,
    /// Cores that it kept busy since the sample before.
    pub cores: f64,
}

/// Folders of the data directory.
pub const FOLDERS: [&str; 5] = ["log", "archive", "index", "checkpoints", "tables"];

/// The last of them, and the one for segments that the log's own folder no longer has.
const TABLES: usize = FOLDERS.len() - 1;
const ARCHIVE: usize = 1;

/// Bytes that stay in the archive.
const ARCHIVE_BYTES_MAX: u64 = 2 << 30;

impl Sample {
    /// What the columns are.
    pub const HEADER: &str = "\
  time   events/s  decide ms: p50      p99    p99.9  NDJSON p99 |      keys      rows  B/row | GB: mitra  query | \
MB:  log  archive  index  checkpoints  tables | hot rows  days  behind | cores: mitra  query  client";

    /// Bytes of a retained event under one key.
    pub fn bytes_per_row(&self) -> f64 {
        self.state.bytes as f64 / self.state.rows.max(1) as f64
    }

    /// Bytes of the hot tables' files.
    pub fn table_bytes(&self) -> u64 {
        self.disk[TABLES]
    }
}

/// Microseconds as milliseconds.
pub fn milliseconds(micros: u32) -> f64 {
    f64::from(micros) / 1e3
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.elapsed.as_secs();
        let rate = self.tally.acknowledged as f64 / self.since.as_secs_f64();
        let single = |share| milliseconds(quantile(&self.tally.single_us, share));
        let bulk = milliseconds(quantile(&self.tally.bulk_us, 0.99));
        let [mitra, query, client] = self.processes;
        let megabytes = self.disk.map(|bytes| bytes as f64 / 1e6);
        write!(
            f,
            "{:3}:{:02} {rate:10.0} {:15.1} {:8.1} {:8.1} {bulk:11.1} |",
            seconds / 60,
            seconds % 60,
            single(0.5),
            single(0.99),
            single(0.999)
        )?;
        write!(f, " {:9} {:9} {:6.1} |", self.state.keys, self.state.rows, self.bytes_per_row())?;
        write!(f, " {:9.2} {:6.2} |", mitra.resident_bytes as f64 / 1e9, query.resident_bytes as f64 / 1e9)?;
        let [log, archive, index, checkpoints, tables] = megabytes;
        write!(f, " {log:7.0} {archive:8.0} {index:6.0} {checkpoints:12.0} {tables:7.0} |")?;
        let days = self.held.span.as_secs_f64() / 86_400.0;
        write!(f, " {:8} {days:5.1} {:7} |", self.held.rows, self.behind)?;
        write!(f, " {:12.2} {:6.2} {:7.2}", mitra.cores, query.cores, client.cores)
    }
}

/// Removes the oldest archived segments, as somebody who moves them to cold storage: nothing in a run reads them, and half
/// an hour of log need not fit the disk.
fn move_away(archive: &Path) -> Result<()> {
    let mut segments = Vec::new();
    for entry in fs::read_dir(archive)? {
        let entry = entry?;
        // One that is being archived has another name until it is.
        if entry.path().extension().is_some_and(|extension| extension == "seg") {
            segments.push((entry.path(), entry.metadata()?.len()));
        }
    }
    // Names are addresses with leading zeros.
    segments.sort_unstable();
    let mut bytes: u64 = segments.iter().map(|(_, len)| len).sum();
    for (path, len) in segments {
        if bytes <= ARCHIVE_BYTES_MAX {
            break;
        }
        fs::remove_file(path)?;
        bytes -= len;
    }
    Ok(())
}

/// The one who looks.
pub struct Observer {
    metrics: Connection,
    tables: Tables,
    folders: [PathBuf; FOLDERS.len()],
    processes: [u32; 3],
    cpu_seconds: [f64; 3],
    elapsed: Duration,
}

impl Observer {
    /// Connects to both programs.
    pub fn new(server: &Server, project: &Project) -> Result<Self> {
        let processes = [server.mitra, server.query, std::process::id()];
        Ok(Self {
            metrics: Connection::new(server.address)?,
            tables: Tables::connect(&project.query)?,
            folders: FOLDERS.map(|name| project.data.join(name)),
            processes,
            cpu_seconds: processes.map(|process| usage(process).unwrap_or_default().cpu_seconds),
            elapsed: Duration::ZERO,
        })
    }

    /// Looks, `elapsed` after the first event was due.
    pub fn look(&mut self, elapsed: Duration, client: &Client) -> Result<Sample> {
        let mut tally = client.take();
        tally.single_us.sort_unstable();
        tally.bulk_us.sort_unstable();
        let since = elapsed - self.elapsed;
        self.elapsed = elapsed;
        move_away(&self.folders[ARCHIVE]).context("cannot empty the archive")?;
        let text = self.metrics.get("/metrics")?;
        let next = total(&text, "mitra_next_position");
        let held = self.tables.look().context("mitra-query does not answer")?;
        let mut processes = [Process::default(); 3];
        for (index, process) in self.processes.into_iter().enumerate() {
            let usage = usage(process).with_context(|| format!("process {process} has ended"))?;
            let before = std::mem::replace(&mut self.cpu_seconds[index], usage.cpu_seconds);
            processes[index] = Process {
                resident_bytes: usage.resident_bytes,
                cores: (usage.cpu_seconds - before) / since.as_secs_f64(),
            };
        }
        Ok(Sample {
            elapsed,
            since,
            tally,
            late: total(&text, "mitra_late_total") + total(&text, "mitra_future_total"),
            state: State {
                keys: total(&text, "mitra_state_keys"),
                rows: total(&text, "mitra_state_rows"),
                bytes: total(&text, "mitra_state_bytes"),
            },
            held,
            behind: next.saturating_sub(held.newest + 1),
            processes,
            disk: std::array::from_fn(|index| folder_bytes(&self.folders[index])),
        })
    }
}
