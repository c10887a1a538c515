//! Where the engine's parallel pieces run, so that the engine itself starts no thread.

/// Runs independent tasks and returns when all are done.
pub trait Executor: Sync {
    /// Calls `task(i)` once for each `i` below `tasks`, in any order, on any thread.
    fn run(&self, tasks: usize, task: &(dyn Fn(usize) + Sync));

    /// Threads that tasks can use at once.
    fn threads(&self) -> usize;
}

/// Runs every task on the calling thread.
#[derive(Clone, Copy, Debug, Default)]
pub struct Inline;

impl Executor for Inline {
    fn run(&self, tasks: usize, task: &(dyn Fn(usize) + Sync)) {
        (0..tasks).for_each(task);
    }

    fn threads(&self) -> usize {
        1
    }
}
