//! Figures of processes, of metrics, and of many numbers.

use std::fs;

/// Ticks of `/proc`'s clock in a second; Linux has had 100 on all its machines for long.
const TICKS: f64 = 100.0;

/// What a process has used, and has.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    /// Seconds of all its threads, in user code and in the kernel.
    pub cpu_seconds: f64,
    /// The memory that it has now.
    pub resident_bytes: u64,
}

/// Of a process; `None` when it is gone.
pub fn usage(process: u32) -> Option<Usage> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let numbers = after_name(&stat)?;
    let ticks = |index: usize| numbers.get(index)?.parse::<f64>().ok();
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = resident.split_whitespace().next()?.parse().ok()?;
    Some(Usage { cpu_seconds: (ticks(11)? + ticks(12)?) / TICKS, resident_bytes: kilobytes << 10 })
}

/// The child of `parent` with this name.
pub fn child(parent: u32, name: &str) -> Option<u32> {
    fs::read_dir("/proc").ok()?.flatten().find_map(|entry| {
        let process: u32 = entry.file_name().to_str()?.parse().ok()?;
        let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
        let is_named = stat.split_once('(')?.1.starts_with(name);
        let its_parent: u32 = after_name(&stat)?.get(1)?.parse().ok()?;
        (is_named && its_parent == parent).then_some(process)
    })
}

/// What follows the name in `/proc/<process>/stat`: the name, in parentheses, may hold anything.
fn after_name(stat: &str) -> Option<Vec<&str>> {
    Some(stat.rsplit_once(')')?.1.split_whitespace().collect())
}

/// The sum of all series of a metric, in Prometheus' text format.
pub fn total(metrics: &str, name: &str) -> u64 {
    let value = |line: &str| {
        let rest = line.strip_prefix(name)?;
        let is_whole_name = rest.starts_with(['{', ' ']);
        rest.rsplit_once(' ').filter(|_| is_whole_name)?.1.parse::<u64>().ok()
    };
    metrics.lines().filter_map(value).sum()
}

/// The smallest number that is not below `share` of all.
pub fn quantile(sorted: &[u32], share: f64) -> u32 {
    let rank = ((share * sorted.len() as f64).ceil() as usize).max(1);
    sorted.get(rank - 1).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metrics_series_are_summed() {
        let text = "# HELP rows of tables\n# TYPE rows gauge\nrows{of=\"a b\"} 2\nrows{of=\"c\"} 40\nrows_old 7\nall 5\n";
        assert_eq!((total(text, "rows"), total(text, "all"), total(text, "none")), (42, 5, 0));
    }

    #[test]
    fn quantiles_are_of_all() {
        let numbers: Vec<u32> = (1..=1_000).collect();
        let quantiles = [0.5, 0.99, 0.999, 1.0].map(|share| quantile(&numbers, share));
        assert_eq!(quantiles, [500, 990, 999, 1_000]);
        assert_eq!(quantile(&[], 0.5), 0);
    }

    #[test]
    fn a_process_has_a_parent_and_memory() {
        let mut sleeper = std::process::Command::new("sleep").arg("100").spawn().expect("there is a sleep");
        let found = child(std::process::id(), "sleep");
        sleeper.kill().expect("it runs");
        sleeper.wait().expect("it was started");
        assert_eq!(found, Some(sleeper.id()));
        assert!(usage(std::process::id()).is_some_and(|usage| usage.resident_bytes > 1 << 20));
    }
}
