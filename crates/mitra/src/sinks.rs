//! One thread that follows the log and feeds the project's sinks with what is durable, each on its own.

mod follower;
mod slot;
mod wanted;

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
};

use anyhow::Result;
use eventlog::History;
use runtime::node::Handle;
use serve::metrics::Registry;

use self::follower::Follower;
use crate::project::Project;

/// What the follower works with.
struct Source {
    /// The project's folder: paths of sinks are relative to it.
    root: PathBuf,
    handle: Handle,
    history: Arc<dyn History>,
    registry: Arc<Registry>,
}

/// The running follower.
pub struct Sinks {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Result<()>>,
}

impl Sinks {
    /// Starts to follow the log of a running node.
    pub fn start(
        project: &Project,
        handle: Handle,
        history: Arc<dyn History>,
        registry: Arc<Registry>,
    ) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let mut follower = Follower::new(Source { root: project.root.clone(), handle, history, registry });
        let flag = Arc::clone(&stop);
        let work = move || {
            let result = follower.run(&flag);
            if let Err(error) = &result {
                eprintln!("sinks have stopped: {error:#}; they go on where they were at the next start");
            }
            result
        };
        let thread = thread::Builder::new().name("mitra-sinks".to_owned()).spawn(work);
        Self { stop, thread: thread.expect("the system can start a thread") }
    }

    /// Writes what is durable and closes the files.
    ///
    /// # Errors
    /// Names each sink that lacks rows; they come at the next start.
    pub fn finish(self) -> Result<()> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().expect("the sinks' thread does not panic")
    }
}
