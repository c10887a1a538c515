//! The threads behind the tables: one follows the log, one makes large files of small ones.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Error, Result};
use tables::{Follower, Merge, Merged, Progress, Tables};
use tokio::sync::{oneshot, watch};

/// How long the follower waits for more when it has seen everything.
pub const IDLE: Duration = Duration::from_millis(20);
/// How long rows stay in memory at most: as much log is read again after a kill.
const COMMIT_PERIOD: Duration = Duration::from_secs(30);
/// How often small files are looked for.
const MERGE_PERIOD: Duration = Duration::from_secs(1);
/// How long a full disk is waited for before the next try.
const FULL_PERIOD: Duration = Duration::from_secs(2);

/// The running threads.
pub struct Following {
    stop: Arc<AtomicBool>,
    follower: JoinHandle<Result<()>>,
    failed: oneshot::Receiver<Error>,
}

impl Following {
    /// Starts to follow, and says when the tables hold everything for the first time.
    pub fn start(tables: Arc<Tables>, ready: watch::Sender<bool>) -> Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let (failure, failed) = oneshot::channel();
        let mut work = Work::new(tables, ready, Arc::clone(&stop))?;
        let follower = thread::Builder::new().name("mitra-follow".to_owned()).spawn(move || {
            match work.run() {
                Err(error) => {
                    // Nobody listens when the program stops anyway.
                    let _ = failure.send(error);
                    Ok(())
                }
                Ok(()) => work.finish(),
            }
        });
        Ok(Self { stop, follower: follower.context("cannot start a thread")?, failed })
    }

    /// Waits for an error that ends the follower.
    pub async fn failure(&mut self) -> Error {
        match (&mut self.failed).await {
            Ok(error) => error,
            Err(_) => std::future::pending().await,
        }
    }

    /// Commits what is in memory and ends.
    pub fn stop(self) -> Result<()> {
        self.stop.store(true, Ordering::Relaxed);
        self.follower.thread().unpark();
        self.follower.join().expect("the follower does not panic")
    }
}

/// The follower's thread.
struct Work {
    tables: Arc<Tables>,
    follower: Follower,
    /// Told when everything was seen once.
    ready: watch::Sender<bool>,
    stop: Arc<AtomicBool>,
    committed: Instant,
    merges: mpsc::SyncSender<Merge>,
    merged: mpsc::Receiver<tables::Result<Merged>>,
    is_merging: bool,
    looked: Instant,
    is_full: bool,
}

impl Work {
    fn new(tables: Arc<Tables>, ready: watch::Sender<bool>, stop: Arc<AtomicBool>) -> Result<Self> {
        let (merges, to_merge) = mpsc::sync_channel::<Merge>(1);
        let (done, merged) = mpsc::sync_channel(1);
        let merging = move || {
            while let Ok(merge) = to_merge.recv() {
                if done.send(merge.write()).is_err() {
                    break;
                }
            }
        };
        thread::Builder::new()
            .name("mitra-merge".to_owned())
            .spawn(merging)
            .context("cannot start a thread")?;
        let follower = Follower::new(Arc::clone(&tables));
        Ok(Self {
            tables,
            follower,
            ready,
            stop,
            committed: Instant::now(),
            merges,
            merged,
            is_merging: false,
            looked: Instant::now(),
            is_full: false,
        })
    }

    fn run(&mut self) -> Result<()> {
        while !self.stop.load(Ordering::Relaxed) {
            match self.step() {
                Ok(true) => self.is_full = false,
                Ok(false) => {
                    self.is_full = false;
                    thread::park_timeout(IDLE);
                }
                Err(tables::Error::Storage(error @ storage::Error::Full { .. })) => {
                    if !std::mem::replace(&mut self.is_full, true) {
                        eprintln!("mitra-query: {error}; the tables stay as they are until then");
                    }
                    thread::park_timeout(FULL_PERIOD);
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// One frame, or upkeep when there is none; false when there is nothing to do.
    fn step(&mut self) -> tables::Result<bool> {
        self.merge()?;
        if self.committed.elapsed() >= COMMIT_PERIOD {
            self.follower.commit()?;
            self.committed = Instant::now();
        }
        let progress = self.follower.step()?;
        if progress == Progress::Idle {
            self.ready.send_if_modified(|ready| !std::mem::replace(ready, true));
        }
        Ok(progress == Progress::Read)
    }

    fn merge(&mut self) -> tables::Result<()> {
        if self.looked.elapsed() < MERGE_PERIOD {
            return Ok(());
        }
        self.looked = Instant::now();
        if self.is_merging {
            let Ok(merged) = self.merged.try_recv() else { return Ok(()) };
            self.is_merging = false;
            self.tables.adopt(merged?);
        } else if let Some(merge) = self.tables.next_merge() {
            self.is_merging = self.merges.try_send(merge).is_ok();
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        Ok(self.follower.commit()?)
    }
}
