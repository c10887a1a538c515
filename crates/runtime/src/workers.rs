//! Threads for the engine's parallel pieces.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

/// Runs tasks on up to `threads` threads, the calling one included; threads live for one call.
#[derive(Clone, Copy, Debug)]
pub struct Workers {
    threads: usize,
}

impl Workers {
    /// `threads` of 0 is one for each core.
    pub fn new(threads: usize) -> Self {
        let cores = || thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self { threads: if threads == 0 { cores() } else { threads } }
    }
}

impl engine::Executor for Workers {
    fn run(&self, tasks: usize, task: &(dyn Fn(usize) + Sync)) {
        let next = AtomicUsize::new(0);
        let work = || {
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                if index >= tasks {
                    return;
                }
                task(index);
            }
        };
        thread::scope(|scope| {
            for _ in 1..self.threads.min(tasks) {
                scope.spawn(work);
            }
            work();
        });
    }

    fn threads(&self) -> usize {
        self.threads
    }
}
