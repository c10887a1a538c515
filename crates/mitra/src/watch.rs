//! Folders that are watched for files of events: each file is taken whole, once, and then moved away.

mod file;

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use ingest::{
    tokens::TokenKey,
    watch::{Folder, Progress},
};
use runtime::{admission::SharedIndex, node::Handle};
use serve::metrics::{Counter, Gauge, Registry};
use storage::Disk;

use crate::{
    metrics,
    project::{Project, WatchSection},
};

/// How often a folder is looked at.
const PERIOD: Duration = Duration::from_millis(500);

/// What files are given to.
#[derive(Clone)]
pub struct Target {
    /// The node.
    pub handle: Handle,
    /// Its index of keys.
    pub index: SharedIndex,
    /// The key of the tokens.
    pub tokens: Arc<TokenKey>,
    /// Where metrics go.
    pub registry: Arc<Registry>,
}

/// The running threads, one for each folder.
pub struct Watches {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Watches {
    /// Watches the project's folders; what is known of them is kept in `data`.
    ///
    /// # Errors
    /// A folder that cannot be made, a name that cannot be watched for, and a file that two sections would take.
    pub fn start(project: &Project, data: &Path, target: &Target) -> Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let mut watches: Vec<Watch> = Vec::new();
        for section in &project.configuration.watch {
            let cannot = || format!("cannot watch {} for stream {}", section.files, section.stream);
            let watch = Watch::new(section, project, data, target.clone()).with_context(cannot)?;
            for other in &watches {
                if let Some(name) = watch.folder.common_name(&other.folder).with_context(cannot)? {
                    bail!(
                        "the [[watch]] sections of {} (stream {}) and {} (stream {}) would both take a file {name}; a file \
                         is read once, so write names that have nothing in common, or use two folders",
                        other.files,
                        other.stream,
                        watch.files,
                        watch.stream
                    );
                }
            }
            watches.push(watch);
        }
        let start = |watch: Watch| {
            let flag = Arc::clone(&stop);
            let thread =
                thread::Builder::new().name("mitra-watch".to_owned()).spawn(move || watch.run(&flag));
            thread.expect("the system can start a thread")
        };
        let threads = watches.into_iter().map(start).collect();
        Ok(Self { stop, threads })
    }

    /// Stops to look; a file that is being read goes on at the next start.
    pub fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads {
            thread.join().expect("a watching thread does not panic");
        }
    }
}

/// One folder.
struct Watch {
    stream: String,
    files: String,
    folder: Folder,
    progress: Progress,
    target: Target,
    metrics: Metrics,
    /// Files that are not read yet.
    waiting: i64,
    /// The last complaint that was printed.
    told: String,
}

/// What is counted of a folder.
struct Metrics {
    waiting: Gauge,
    done: Counter,
    failed: Counter,
    accepted: Counter,
    repeated: Counter,
    conflicts: Counter,
}

impl Metrics {
    fn new(registry: &Registry, stream: &str) -> Self {
        let files = |result| metrics::WATCH_FILES.counter(registry, &[stream, result]);
        let rows = |result| metrics::WATCH_ROWS.counter(registry, &[stream, result]);
        Self {
            waiting: metrics::WATCH_FILES_WAITING.gauge(registry, &[stream]),
            done: files("done"),
            failed: files("failed"),
            accepted: rows("accepted"),
            repeated: rows("repeated"),
            conflicts: rows("conflict"),
        }
    }
}

/// Whether a thread is to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    GoOn,
    Stop,
}

impl Watch {
    fn new(section: &WatchSection, project: &Project, data: &Path, target: Target) -> Result<Self> {
        let path = project.root.join(&section.files);
        let folder = Folder::new(&path, Duration::from_secs(u64::from(section.settle_seconds)))?;
        folder.make().with_context(|| format!("cannot make {}", folder.path().display()))?;
        // One file for what is watched, whatever else the configuration says.
        let name =
            format!("{:016x}", ingest::content::text_hash(&format!("{}\0{}", section.stream, section.files)));
        Ok(Self {
            stream: section.stream.clone(),
            files: section.files.clone(),
            folder,
            progress: Progress::new(Arc::new(Disk), &data.join("watch").join(name))?,
            metrics: Metrics::new(&target.registry, &section.stream),
            target,
            waiting: 0,
            told: String::new(),
        })
    }

    fn run(mut self, stop: &AtomicBool) {
        while !stop.load(Ordering::Relaxed) {
            match self.round(stop) {
                Ok(Then::Stop) => return,
                Ok(Then::GoOn) => self.told.clear(),
                Err(error) => {
                    let message = format!("watching {}: {error:#}", self.files);
                    if self.told != message {
                        complain!("watch_failed", files = self.files; "{message}; tried again every {PERIOD:?}");
                        self.told = message;
                    }
                }
            }
            thread::park_timeout(PERIOD);
        }
    }

    /// Says how many files are not read yet. A stream may have several folders, which share a gauge.
    fn wait_for(&mut self, files: usize) {
        let files = i64::try_from(files).unwrap_or(i64::MAX);
        self.metrics.waiting.add(files - self.waiting);
        self.waiting = files;
    }

    /// Takes the files that are whole.
    fn round(&mut self, stop: &AtomicBool) -> Result<Then> {
        let (mut ready, growing) = self.folder.look()?;
        if let Some(mark) = self.progress.get()? {
            // The one that a stop interrupted goes first, so that there is one mark at a time.
            ready.retain(|file| *file != mark.file);
            if self.folder.has(&mark.file) {
                ready.insert(0, mark.file);
            } else {
                // The stop came after the file was moved away, or somebody took it back.
                self.progress.clear()?;
            }
        }
        let (count, mut failed) = (ready.len(), None);
        for (at, file) in ready.into_iter().enumerate() {
            self.wait_for(count - at + growing);
            match self.take(&file, stop) {
                Ok(Then::GoOn) => {}
                Ok(Then::Stop) => return Ok(Then::Stop),
                Err(error) => {
                    failed.get_or_insert(error);
                    // One of which rows are in the log goes first; one that cannot be opened holds up nobody.
                    if self.progress.get()?.is_some() {
                        break;
                    }
                }
            }
        }
        if let Some(error) = failed {
            return Err(error);
        }
        self.wait_for(growing);
        Ok(Then::GoOn)
    }
}
