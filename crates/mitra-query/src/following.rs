//! The threads behind the tables: one follows the log, one writes what it has gathered, one makes large files of small ones.

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
use tables::{Commit, Follower, Merge, Merged, Progress, Tables};
use tokio::sync::{oneshot, watch};

/// How long the follower waits for more when it has seen everything and nothing came lately.
pub const IDLE: Duration = Duration::from_millis(20);
/// How long it waits when something did.
const BUSY: Duration = Duration::from_millis(2);
/// What is lately.
const BUSY_PERIOD: Duration = Duration::from_secs(1);
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

/// Niceness of threads that nobody waits for: what they write is seen already.
#[cfg(target_os = "linux")]
const BEHIND: i32 = 10;

/// A thread that does one piece of work at a time.
struct Worker<T, R> {
    work: mpsc::SyncSender<T>,
    done: mpsc::Receiver<tables::Result<R>>,
    is_busy: bool,
}

impl<T: Send + 'static, R: Send + 'static> Worker<T, R> {
    fn start(name: &str, each: impl Fn(T) -> tables::Result<R> + Send + 'static) -> Result<Self> {
        let (work, to_do) = mpsc::sync_channel::<T>(1);
        let (results, done) = mpsc::sync_channel(1);
        let run = move || {
            // On Linux this is about the calling thread. Where it is refused the work competes with the others, as it is.
            #[cfg(target_os = "linux")]
            let _ = rustix::process::setpriority_process(None, BEHIND);
            while let Ok(work) = to_do.recv() {
                if results.send(each(work)).is_err() {
                    break;
                }
            }
        };
        thread::Builder::new().name(name.to_owned()).spawn(run).context("cannot start a thread")?;
        Ok(Self { work, done, is_busy: false })
    }

    /// Gives it work; only when it is not busy.
    fn give(&mut self, work: T) {
        self.is_busy = self.work.try_send(work).is_ok();
    }

    /// What became of its work, once it is done.
    fn take(&mut self) -> tables::Result<Option<R>> {
        match self.is_busy.then(|| self.done.try_recv()) {
            Some(Ok(result)) => {
                self.is_busy = false;
                result.map(Some)
            }
            Some(Err(mpsc::TryRecvError::Disconnected)) => unreachable!("a worker does not panic"),
            Some(Err(mpsc::TryRecvError::Empty)) | None => Ok(None),
        }
    }

    /// Waits until it is not busy.
    fn wait(&mut self) -> tables::Result<Option<R>> {
        if !self.is_busy {
            return Ok(None);
        }
        self.is_busy = false;
        self.done.recv().expect("a worker does not panic").map(Some)
    }
}

/// The follower's thread.
struct Work {
    tables: Arc<Tables>,
    follower: Follower,
    /// Told when everything was seen once.
    ready: watch::Sender<bool>,
    stop: Arc<AtomicBool>,
    committer: Worker<Commit, ()>,
    committed: Instant,
    merger: Worker<Merge, Merged>,
    looked: Instant,
    is_full: bool,
    /// When the last frame was read.
    read: Option<Instant>,
}

impl Work {
    fn new(tables: Arc<Tables>, ready: watch::Sender<bool>, stop: Arc<AtomicBool>) -> Result<Self> {
        Ok(Self {
            follower: Follower::new(Arc::clone(&tables)),
            tables,
            ready,
            stop,
            committer: Worker::start("mitra-commit", Commit::write)?,
            committed: Instant::now(),
            merger: Worker::start("mitra-merge", Merge::write)?,
            looked: Instant::now(),
            is_full: false,
            read: None,
        })
    }

    fn run(&mut self) -> Result<()> {
        while !self.stop.load(Ordering::Relaxed) {
            match self.step() {
                Ok(true) => self.read = Some(Instant::now()),
                Ok(false) => {
                    let is_busy = self.read.is_some_and(|read| read.elapsed() < BUSY_PERIOD);
                    thread::park_timeout(if is_busy { BUSY } else { IDLE });
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
        self.commit()?;
        match self.follower.step()? {
            Progress::Read => Ok(true),
            Progress::Full => {
                self.committer.wait()?;
                self.is_full = false;
                Ok(true)
            }
            Progress::Idle => {
                self.ready.send_if_modified(|ready| !std::mem::replace(ready, true));
                Ok(false)
            }
            Progress::NoLog => Ok(false),
        }
    }

    /// Begins a commit when it is time to.
    fn commit(&mut self) -> tables::Result<()> {
        if self.committer.take()?.is_some() {
            self.is_full = false;
        }
        if self.committer.is_busy {
            return Ok(());
        }
        if self.follower.is_due() || self.committed.elapsed() >= COMMIT_PERIOD {
            self.committed = Instant::now();
            if let Some(commit) = self.follower.begin() {
                self.committer.give(commit);
            }
        }
        Ok(())
    }

    fn merge(&mut self) -> tables::Result<()> {
        if self.looked.elapsed() < MERGE_PERIOD {
            return Ok(());
        }
        self.looked = Instant::now();
        if let Some(merged) = self.merger.take()? {
            self.tables.adopt(merged);
        } else if !self.merger.is_busy
            && let Some(merge) = self.tables.next_merge()
        {
            self.merger.give(merge);
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        self.committer.wait()?;
        Ok(self.follower.commit()?)
    }
}
