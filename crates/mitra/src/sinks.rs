//! Threads that follow the log and feed the project's sinks with what is durable: one for all files, and one for each
//! webhook, since an endpoint may be slow or away for as long as it likes.

mod follower;
mod slot;
mod wanted;
mod webhooks;

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use anyhow::{Result, bail};
use eventlog::History;
use runtime::node::Handle;
use serve::metrics::Registry;
use sinks::webhook::Ending;
use sql::{definition::Sink, target::Target};

pub use self::slot::{behind, up, written};
use self::{follower::Follower, webhooks::Webhooks};
use crate::project::Project;

/// How long webhooks may still deliver when the process ends.
const GRACE: Duration = Duration::from_secs(5);

/// What the followers work with.
#[derive(Clone)]
struct Source {
    handle: Handle,
    history: Arc<dyn History>,
    site: Site,
}

/// Where sinks are, and who is told of them.
#[derive(Clone)]
struct Site {
    /// The project's folder: paths of sinks are relative to it.
    root: PathBuf,
    /// The folder in the data directory where webhooks keep their cursors and dead letters.
    webhooks: PathBuf,
    registry: Arc<Registry>,
    /// Ends the deliveries of the follower.
    ending: Arc<Ending>,
}

/// The sinks that one follower feeds.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Share {
    /// All that write files.
    Files,
    /// The webhook at this place.
    Webhook(String),
}

impl Share {
    fn has(&self, sink: &Sink) -> bool {
        match (self, &sink.target) {
            (Self::Files, target) => matches!(target, Target::File { .. }),
            (Self::Webhook(place), Target::Webhook(_)) => sink.place() == *place,
            (Self::Webhook(_), Target::File { .. }) => false,
        }
    }
}

/// The running followers.
pub struct Sinks {
    stop: Arc<AtomicBool>,
    files: JoinHandle<Result<()>>,
    webhooks: JoinHandle<Vec<String>>,
}

impl Sinks {
    /// Starts to follow the log of a running node whose data is in `data`.
    pub fn start(
        project: &Project,
        data: &std::path::Path,
        handle: Handle,
        history: Arc<dyn History>,
        registry: Arc<Registry>,
    ) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (root, webhooks) = (project.root.clone(), data.join("webhooks"));
        let site = Site { root, webhooks, registry, ending: Arc::default() };
        let source = Source { handle, history, site };
        let mut follower = Follower::new(source.clone(), Share::Files);
        let flag = Arc::clone(&stop);
        let work = move || {
            let result = follower.run(&flag);
            if let Err(error) = &result {
                complain!("sinks_stopped"; "sinks have stopped: {error:#}; they go on where they were at the next start");
            }
            result
        };
        let files = spawn("mitra-sinks", work);
        let flag = Arc::clone(&stop);
        let webhooks = spawn("mitra-webhooks", move || Webhooks::new(source).run(&flag));
        Self { stop, files, webhooks }
    }

    /// Writes what is durable and closes the files. Webhooks deliver for a moment; what they do not get to is sent at the
    /// next start.
    ///
    /// # Errors
    /// Names each sink that lacks rows; they come at the next start.
    pub fn finish(self) -> Result<()> {
        self.stop.store(true, Ordering::Relaxed);
        let files = self.files.join().expect("the sinks' thread does not panic");
        let failures = self.webhooks.join().expect("the webhooks' thread does not panic");
        files?;
        if !failures.is_empty() {
            bail!("{}", failures.join("; "));
        }
        Ok(())
    }
}

fn spawn<T: Send + 'static>(name: &str, work: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    thread::Builder::new().name(name.to_owned()).spawn(work).expect("the system can start a thread")
}
