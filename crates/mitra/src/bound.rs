//! The bound on the data directory's size. What is in it is needed: the log is the truth, and what nobody needs any more is
//! removed anyway. So at the bound events are refused, in time for people to make room, while a full disk would also stop
//! whatever else is on it.

use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use runtime::node::{Handle, Refusal};

use crate::project::Project;

/// How often the directory is measured.
const PERIOD: Duration = Duration::from_secs(1);

/// The running thread, if there is a bound; it ends with the value.
pub struct Bound {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Bound {
    /// Measures the directory `data` now and from time to time.
    pub fn start(project: &Project, data: &Path, handle: Handle) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let thread = project.configuration.data.disk_mib_max.map(|limit| {
            let mut watch = Watch { data: data.to_owned(), limit, handle, is_over: false };
            watch.look();
            let flag = Arc::clone(&stop);
            let run = move || {
                while !flag.load(Ordering::Relaxed) {
                    thread::park_timeout(PERIOD);
                    watch.look();
                }
            };
            thread::Builder::new()
                .name("mitra-bound".to_owned())
                .spawn(run)
                .expect("the system can start a thread")
        });
        Self { stop, thread }
    }
}

impl Drop for Bound {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            thread.join().expect("measuring does not panic");
        }
    }
}

struct Watch {
    data: PathBuf,
    limit: u64,
    handle: Handle,
    is_over: bool,
}

impl Watch {
    fn look(&mut self) {
        let (mebibytes, limit) = (bytes(&self.data, &mut BTreeSet::new()) >> 20, self.limit);
        let is_over = mebibytes >= limit;
        self.handle.refuse(is_over.then_some(Refusal::Bound { mebibytes, limit }));
        match (std::mem::replace(&mut self.is_over, is_over), is_over) {
            (false, true) => complain!("disk_bound_reached";
                "{} has {mebibytes} MiB and `disk_mib_max` is {limit}: no event is taken until some are gone or it is raised",
                self.data.display()
            ),
            (true, false) => {
                complain!("disk_bound_left"; "{} has {mebibytes} MiB: events are taken again", self.data.display())
            }
            _ => {}
        }
    }
}

/// Bytes of all files in a folder. What comes or goes meanwhile counts the next time. A file with several names, as an archived
/// segment is, counts once: `seen` has those that were met.
fn bytes(folder: &Path, seen: &mut BTreeSet<(u64, u64)>) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    let one = |entry: fs::DirEntry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => bytes(&entry.path(), seen),
        Ok(metadata) if metadata.nlink() > 1 && !seen.insert((metadata.dev(), metadata.ino())) => 0,
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    };
    entries.flatten().map(one).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_with_two_names_takes_its_space_once() {
        let place = tempfile::tempdir().expect("the system gives a folder");
        let [log, archive] = ["log", "archive"].map(|name| place.path().join(name));
        for folder in [&log, &archive] {
            fs::create_dir(folder).expect("the folder takes folders");
        }
        fs::write(log.join("1.seg"), [0; 1_000]).expect("the folder takes files");
        fs::hard_link(log.join("1.seg"), archive.join("1.seg")).expect("the file system has links");
        fs::write(log.join("2.seg"), [0; 100]).expect("the folder takes files");
        assert_eq!(bytes(place.path(), &mut BTreeSet::new()), 1_100);
    }
}
