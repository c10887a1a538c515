//! Children and what they use: running time and memory, as Linux tells them.

use std::{
    fs,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};

/// How often a child is looked at.
const PERIOD: Duration = Duration::from_millis(100);

/// Ticks of `/proc`'s clock in a second; Linux has had 100 on all its machines for long.
const TICKS: f64 = 100.0;

/// What a process has used so far.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    /// Seconds of all its threads, in user code and in the kernel.
    pub cpu_seconds: f64,
    /// The most memory that it ever had.
    pub resident_bytes_max: u64,
}

/// What the process has used; `None` when it is gone.
pub fn usage(process: u32) -> Option<Usage> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name, in parentheses, may hold anything; what follows are numbers.
    let numbers: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |index: usize| numbers.get(index)?.parse::<f64>().ok();
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = peak.split_whitespace().next()?.parse().ok()?;
    Some(Usage { cpu_seconds: (ticks(11)? + ticks(12)?) / TICKS, resident_bytes_max: kilobytes * 1_024 })
}

/// Seconds of CPU of all children that have ended and were waited for.
///
/// # Errors
/// When the system does not say.
pub fn children_cpu_seconds() -> Result<f64> {
    let stat = fs::read_to_string("/proc/self/stat").context("cannot read /proc/self/stat")?;
    let numbers = stat.rsplit_once(')').map(|(_, numbers)| numbers.split_whitespace().collect::<Vec<_>>());
    let ticks = |index: usize| numbers.as_ref()?.get(index)?.parse::<f64>().ok();
    let seconds = ticks(13).zip(ticks(14)).map(|(user, system)| (user + system) / TICKS);
    seconds.context("/proc/self/stat has no times of children")
}

/// Waits until the child ends and returns what it used.
fn watch(child: &mut Child) -> Result<(ExitStatus, Usage)> {
    let mut last = Usage::default();
    loop {
        last = usage(child.id()).unwrap_or(last);
        if let Some(status) = child.try_wait()? {
            return Ok((status, last));
        }
        thread::sleep(PERIOD);
    }
}

/// Runs a command to its end; its output stands in the text.
///
/// # Errors
/// When it cannot be started or fails; what it printed is in the message.
pub fn run(command: &mut Command, name: &str) -> Result<(String, Duration, Usage)> {
    let started = Instant::now();
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {name}"))?;
    let mut out = child.stdout.take().context("its output is piped")?;
    let mut err = child.stderr.take().context("its output is piped")?;
    let read = |source: &mut dyn std::io::Read| {
        let mut text = String::new();
        source.read_to_string(&mut text).map(|_| text)
    };
    let (text, errors, watched) = thread::scope(|scope| {
        let out = scope.spawn(move || read(&mut out));
        let err = scope.spawn(move || read(&mut err));
        let watched = watch(&mut child);
        (out.join().expect("no panic while reading"), err.join().expect("no panic while reading"), watched)
    });
    let (status, usage) = watched?;
    let text = text?;
    if !status.success() {
        bail!("{name} failed with {status}:\n{text}{}", errors?);
    }
    Ok((text, started.elapsed(), usage))
}
