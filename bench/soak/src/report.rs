//! What the run says about each line of the claim.

use std::{fmt, time::Duration};

use crate::{
    client::Tally,
    figures::quantile,
    sample::{Sample, milliseconds},
    scale::{DAY, HOT_DAYS, Scale},
};

/// How far bytes of a retained event may vary.
const BYTES_SPREAD_MAX: f64 = 0.05;

/// How much what is bounded may be above what it was when it was full, for noise: files come and go as a whole.
const GROWTH_MAX: f64 = 0.10;

/// How far the rate may be from the one that was asked for: events come by chance.
const RATE_SPREAD_MAX: f64 = 0.02;

/// Rows that expire go with the next commit, which comes after 30 s at most; and so do those of a file, whose rows came
/// between two commits. One such period more is room for a busy machine.
const COMMITS: Duration = Duration::from_secs(3 * 30);

/// A merged file spans so much of what its table keeps, and goes as a whole.
const MERGED_PARTS: i64 = 8;

/// A line of the claim.
struct Verdict {
    is_met: bool,
    text: String,
}

/// All lines.
pub struct Report {
    verdicts: Vec<Verdict>,
}

impl Report {
    /// Judges the samples from the time on when the windows were full.
    pub fn new(scale: Scale, samples: Vec<Sample>, rest: Tally) -> Self {
        let mut all = Tally::default();
        samples.iter().for_each(|sample| all.count(&sample.tally));
        all.count(&rest);
        let late = samples.last().map_or(0, |sample| sample.late);
        let settled: Vec<Sample> =
            samples.into_iter().filter(|sample| sample.elapsed >= scale.settled()).collect();
        let verdicts = vec![
            rate(&scale, &all, late),
            bytes_per_row(&settled),
            hot_span(&scale, &settled),
            growth("rows of the hot tables", &settled, |sample| sample.held.rows as f64),
            growth("bytes of the hot tables' files", &settled, |sample| sample.table_bytes() as f64),
            growth("memory of mitra-query", &settled, |sample| sample.processes[1].resident_bytes as f64),
            latency(&settled),
        ];
        Self { verdicts }
    }

    /// Whether every line is met.
    pub fn is_met(&self) -> bool {
        self.verdicts.iter().all(|verdict| verdict.is_met)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f)?;
        for Verdict { is_met, text } in &self.verdicts {
            writeln!(f, "{}  {text}", if *is_met { "met    " } else { "NOT MET" })?;
        }
        let missed = self.verdicts.iter().filter(|verdict| !verdict.is_met).count();
        write!(f, "{} lines met, {missed} not met", self.verdicts.len() - missed)
    }
}

fn rate(scale: &Scale, all: &Tally, late: u64) -> Verdict {
    let reached = all.acknowledged as f64 / scale.length.as_secs_f64();
    let Tally { offered, acknowledged, refused, missed, .. } = all;
    let is_near = (reached / f64::from(scale.rate) - 1.0).abs() <= RATE_SPREAD_MAX;
    Verdict {
        is_met: is_near && acknowledged == offered && late == 0,
        text: format!(
            "{reached:.0} events a second of {} asked for: {offered} due, {acknowledged} durable, {refused} refused, {missed} \
             not sent, {late} beyond their bounds of time",
            scale.rate
        ),
    }
}

fn bytes_per_row(settled: &[Sample]) -> Verdict {
    let bytes = settled.iter().map(Sample::bytes_per_row);
    let least = bytes.clone().fold(f64::INFINITY, f64::min);
    let most = bytes.fold(0.0, f64::max);
    let spread = most / least - 1.0;
    Verdict {
        // Nothing at all would be no answer.
        is_met: least > 0.0 && spread < BYTES_SPREAD_MAX,
        text: format!(
            "{least:.1} to {most:.1} bytes a retained (key, event), {:.1}% apart; the limit is {:.0}%",
            100.0 * spread,
            100.0 * BYTES_SPREAD_MAX
        ),
    }
}

fn hot_span(scale: &Scale, settled: &[Sample]) -> Verdict {
    let hot = HOT_DAYS * DAY;
    let bound = hot + hot / MERGED_PARTS + scale.simulated(COMMITS);
    let longest = settled.iter().map(|sample| sample.held.span).max().unwrap_or_default();
    let days = |micros: f64| micros / DAY as f64;
    let longest = longest.as_micros() as f64;
    Verdict {
        is_met: longest >= hot as f64 && longest <= bound as f64,
        text: format!(
            "the hot table of payments spans {:.1} days at most of {HOT_DAYS} that it keeps; the limit is {:.1}, since \
             files go as a whole and with a commit",
            days(longest),
            days(bound as f64)
        ),
    }
}

/// Whether the last third is above the first by more than noise.
fn growth(what: &str, settled: &[Sample], figure: fn(&Sample) -> f64) -> Verdict {
    let part = settled.len().div_ceil(3);
    let mean = |samples: &[Sample]| samples.iter().map(figure).sum::<f64>() / samples.len() as f64;
    let (first, last) = (mean(&settled[..part]), mean(&settled[settled.len() - part..]));
    let growth = last / first - 1.0;
    Verdict {
        is_met: first > 0.0 && growth <= GROWTH_MAX,
        text: format!(
            "{what}: {:.2} million in the first third since the windows are full, {:.2} in the last, {:+.1}%; the limit is +{:.0}%",
            first / 1e6,
            last / 1e6,
            100.0 * growth,
            100.0 * GROWTH_MAX
        ),
    }
}

fn latency(settled: &[Sample]) -> Verdict {
    let all = |times: fn(&Tally) -> &[u32]| {
        let mut all: Vec<u32> = settled.iter().flat_map(|sample| times(&sample.tally)).copied().collect();
        all.sort_unstable();
        all
    };
    let (single, bulk) = (all(|tally| &tally.single_us), all(|tally| &tally.bulk_us));
    let of = |times: &[u32], share| milliseconds(quantile(times, share));
    Verdict {
        is_met: !single.is_empty(),
        text: format!(
            "decide, from when a request was due: p50 {:.1} ms, p99 {:.1} ms, p99.9 {:.1} ms, at most {:.1} ms ({} requests); \
             NDJSON bodies: p50 {:.1} ms, p99 {:.1} ms ({} bodies)",
            of(&single, 0.5),
            of(&single, 0.99),
            of(&single, 0.999),
            of(&single, 1.0),
            single.len(),
            of(&bulk, 0.5),
            of(&bulk, 0.99),
            bulk.len()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        sample::{Process, State},
        tables::Held,
    };

    fn scale() -> Scale {
        Scale { length: Duration::from_secs(1_800), rate: 10, single: 1, from: 0, speed: 14_400 }
    }

    /// A sample each minute of a run that meets everything.
    fn samples() -> Vec<Sample> {
        let sample = |minute: u64| Sample {
            elapsed: Duration::from_secs(60 * minute),
            since: Duration::from_secs(60),
            tally: Tally { offered: 600, acknowledged: 600, single_us: vec![1_000; 60], ..Tally::default() },
            state: State { keys: 10, rows: 1_000, bytes: 100_000 + minute * 100 },
            held: Held { rows: 5_000, span: Duration::from_secs(85 * 86_400), newest: 1 },
            processes: [Process { resident_bytes: 1 << 30, cores: 1.0 }; 3],
            disk: [1 << 20; 5],
            ..Sample::default()
        };
        (1..=30).map(sample).collect()
    }

    fn verdicts(samples: Vec<Sample>) -> Vec<bool> {
        let report = Report::new(scale(), samples, Tally::default());
        let met: Vec<bool> = report.verdicts.iter().map(|verdict| verdict.is_met).collect();
        assert_eq!(report.is_met(), met.iter().all(|is_met| *is_met), "{report}");
        met
    }

    /// The lines that are not met when every sample after the first half is spoilt.
    fn missed(spoil: fn(&mut Sample)) -> Vec<usize> {
        let mut samples = samples();
        samples[15..].iter_mut().for_each(spoil);
        let verdicts = verdicts(samples);
        (0..verdicts.len()).filter(|index| !verdicts[*index]).collect()
    }

    #[test]
    fn a_steady_run_meets_every_line() {
        assert_eq!(missed(|_| {}), [0_usize; 0]);
    }

    #[test]
    fn each_line_can_fail_alone() {
        assert_eq!(missed(|sample| sample.tally.acknowledged -= 1), [0]);
        assert_eq!(missed(|sample| sample.late = 1), [0]);
        assert_eq!(missed(|sample| sample.state.bytes += 6_000), [1]);
        assert_eq!(missed(|sample| sample.held.span *= 2), [2]);
        assert_eq!(missed(|sample| sample.held.rows *= 2), [3]);
        assert_eq!(missed(|sample| sample.disk[4] *= 2), [4]);
        assert_eq!(missed(|sample| sample.processes[1].resident_bytes *= 2), [5]);
    }

    #[test]
    fn what_happens_before_the_windows_are_full_is_not_judged() {
        let mut samples = samples();
        samples[..9].iter_mut().for_each(|sample| sample.state.bytes = 1);
        assert!(verdicts(samples).iter().all(|is_met| *is_met));
    }

    #[test]
    fn a_run_without_answers_meets_nothing() {
        let empty = vec![Sample { elapsed: Duration::from_secs(1_800), ..Sample::default() }];
        assert_eq!(verdicts(empty), [false; 7]);
    }
}
