//! What an import prints at its end: how fast it was, where the time went and what the state takes.

use std::time::Duration;

use engine::{Counters, memory::TimelineMemory};
use runtime::spent::Spent;
use sql::definition::Definitions;

use super::Totals;

/// The figures of an import.
pub struct Report<'a> {
    /// What became of the rows.
    pub totals: &'a Totals,
    /// From the first row read to the last file closed.
    pub elapsed: Duration,
    /// The last checkpoint, the log's closing mark and the sinks' last files, all within `elapsed`.
    pub closing: Duration,
    /// Syncs, beside all other work.
    pub syncing: Duration,
    /// The engine's thread.
    pub spent: Spent,
    /// The state.
    pub memory: &'a [TimelineMemory],
    /// A line for each decision.
    pub decisions: &'a [String],
}

/// What each decision came to: how often each outcome, and each rule that ever fired.
pub fn decisions(counters: &Counters, definitions: &Definitions) -> Vec<String> {
    let share = |(name, count): (&String, &u64), all: u64| {
        format!("{name} {count} ({:.3}%)", 100.0 * *count as f64 / all.max(1) as f64)
    };
    let mut lines = Vec::new();
    for decision in definitions.decisions.values() {
        let Some(counted) = counters.decisions.get(&decision.name) else { continue };
        let all = counted.outcomes.iter().sum();
        let outcomes: Vec<String> =
            decision.outcomes.iter().zip(&counted.outcomes).map(|outcome| share(outcome, all)).collect();
        lines.push(format!("{}: {}", decision.name, outcomes.join(", ")));
        let fired: Vec<String> = counted.fired.iter().map(|rule| share(rule, all)).collect();
        if !fired.is_empty() {
            lines.push(format!("  rules that fired: {}", fired.join(", ")));
        }
    }
    lines
}

/// Prints the report.
pub fn print(report: &Report<'_>) {
    lines(report).iter().for_each(|line| say!("{line}"));
}

fn lines(report: &Report<'_>) -> Vec<String> {
    let Report { totals, elapsed, closing, syncing, spent, memory, decisions } = report;
    let seconds = elapsed.as_secs_f64();
    let rate = totals.accepted as f64 / seconds.max(f64::MIN_POSITIVE);
    let (repeated, conflicts, refused) = (totals.repeated, totals.conflicts, totals.refused);
    let mut lines = vec![
        format!(
            "{} events accepted in {seconds:.2} s, {rate:.0} a second, durable and decided; \
             {repeated} repeated, {conflicts} in conflict, {refused} refused",
            totals.accepted
        ),
        "wall time by thread; the threads work side by side".to_owned(),
    ];
    let idle = |work: &[Duration]| elapsed.saturating_sub(work.iter().sum());
    let core = [spent.admission, spent.encoding, spent.writing, spent.engine, spent.checkpoints, *closing];
    let threads: [(&str, &[(&str, Duration)]); 3] = [
        ("reader", &[("reading", totals.reading), ("waiting", idle(&[totals.reading]))]),
        (
            "engine",
            &[
                ("admission", spent.admission),
                ("engine", spent.engine),
                ("encoding", spent.encoding),
                ("writing", spent.writing),
                ("checkpoints", spent.checkpoints),
                ("closing", *closing),
                ("waiting", idle(&core)),
            ],
        ),
        ("sync", &[("syncing", *syncing), ("waiting", idle(&[*syncing]))]),
    ];
    for (thread, work) in threads {
        let shares = work.iter().map(|(what, time)| {
            let time = time.as_secs_f64();
            format!("{what} {time:.2} s ({:.0}%)", 100.0 * time / seconds.max(f64::MIN_POSITIVE))
        });
        lines.push(format!("  {thread}: {}", shares.collect::<Vec<_>>().join(", ")));
    }
    lines.extend(memory.iter().map(timeline));
    lines.extend_from_slice(decisions);
    lines
}

fn timeline(TimelineMemory { label, memory }: &TimelineMemory) -> String {
    let bytes = memory.bytes_rows + memory.bytes_keys + memory.bytes_structures;
    format!(
        "{label}: {} keys, {} rows, {:.1} bytes a key, {:.1} a row and {:.1} of structures a row, {:.1} MB in all",
        memory.keys,
        memory.rows,
        memory.bytes_keys as f64 / memory.keys.max(1) as f64,
        memory.bytes_rows as f64 / memory.rows.max(1) as f64,
        memory.bytes_structures as f64 / memory.rows.max(1) as f64,
        bytes as f64 / 1e6
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shares_of_each_thread_are_of_the_whole_time() {
        let seconds = Duration::from_secs;
        let spent = Spent { admission: seconds(1), engine: seconds(5), ..Spent::default() };
        let totals = Totals { accepted: 1_000, repeated: 2, reading: seconds(4), ..Totals::default() };
        let lines = lines(&Report {
            totals: &totals,
            elapsed: seconds(10),
            closing: seconds(2),
            syncing: seconds(3),
            spent,
            memory: &[],
            decisions: &["payment_risk: approve 998 (99.800%), review 2 (0.200%)".to_owned()],
        });
        assert_eq!(
            lines,
            [
                "1000 events accepted in 10.00 s, 100 a second, durable and decided; \
                 2 repeated, 0 in conflict, 0 refused",
                "wall time by thread; the threads work side by side",
                "  reader: reading 4.00 s (40%), waiting 6.00 s (60%)",
                "  engine: admission 1.00 s (10%), engine 5.00 s (50%), encoding 0.00 s (0%), writing 0.00 s (0%), \
                 checkpoints 0.00 s (0%), closing 2.00 s (20%), waiting 2.00 s (20%)",
                "  sync: syncing 3.00 s (30%), waiting 7.00 s (70%)",
                "payment_risk: approve 998 (99.800%), review 2 (0.200%)",
            ]
        );
    }
}
