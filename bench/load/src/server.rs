//! A server as a child process that does not outlive the bench.

use std::process::{Child, ChildStdout, Command};

use anyhow::{Context as _, Result};
use rustix::process::{Pid, Signal, kill_process};

use crate::process::{self, Usage};

/// A running server.
#[derive(Debug)]
pub struct Server {
    child: Child,
    name: &'static str,
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only when it has ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Server {
    /// Starts it.
    ///
    /// # Errors
    /// When its program cannot be run.
    pub fn start(command: &mut Command, name: &'static str) -> Result<Self> {
        let child = command.spawn().with_context(|| format!("cannot start {name}"))?;
        Ok(Self { child, name })
    }

    /// What it prints, if that was piped and not taken before.
    pub fn output(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    /// What it has used so far.
    ///
    /// # Errors
    /// When it has ended.
    pub fn usage(&self) -> Result<Usage> {
        process::usage(self.child.id()).with_context(|| format!("{} has ended", self.name))
    }

    /// Whether it still runs.
    ///
    /// # Errors
    /// When the system cannot tell.
    pub fn is_running(&mut self) -> Result<bool> {
        Ok(self.child.try_wait()?.is_none())
    }

    /// Asks it to end, waits until it has, and returns the seconds of CPU that it ran in all, its last work included.
    ///
    /// # Errors
    /// When it has ended by itself.
    pub fn stop(mut self) -> Result<f64> {
        if !self.is_running()? {
            anyhow::bail!("{} has ended by itself", self.name);
        }
        let before = process::children_cpu_seconds()?;
        kill_process(Pid::from_child(&self.child), Signal::TERM).context("cannot end a child")?;
        self.child.wait()?;
        Ok(process::children_cpu_seconds()? - before)
    }
}
