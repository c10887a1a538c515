//! `mitra top`: a running system's rates, latencies, outcomes and sinks, again every second.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::IsTerminal as _,
    process::ExitCode,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use serde_json::Value;

use crate::{metrics, screen::number};

/// How often it asks.
const PERIOD: Duration = Duration::from_secs(1);
/// How long it waits for an answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Moves to the top and clears what is below.
const CLEAR: &str = "\x1b[H\x1b[J";

/// Arguments of `mitra top`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Where the system listens.
    #[arg(long, default_value = "http://127.0.0.1:7400", env = "MITRA_URL")]
    url: String,
    /// The system's token, when it asks for one.
    #[arg(long, env = "MITRA_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// Print once and end; so it does when nobody looks at a terminal.
    #[arg(long)]
    once: bool,
    /// Print once, the answer of /v1/status as JSON.
    #[arg(long)]
    json: bool,
}

/// What the system said at one moment.
struct Sample {
    at: Instant,
    status: Value,
    /// Series of the metrics, with their labels, as they stand in the text.
    series: BTreeMap<String, f64>,
}

/// Shows the system until it is stopped.
pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    let configuration =
        ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(TIMEOUT));
    let agent = ureq::Agent::new_with_config(configuration.build());
    if arguments.json {
        let status: Value = serde_json::from_str(&get(&agent, arguments, "/v1/status")?)?;
        super::json::print(&status);
        return Ok(ExitCode::SUCCESS);
    }
    let once = arguments.once || !std::io::stdout().is_terminal();
    let mut before: Option<Sample> = None;
    loop {
        let now = sample(&agent, arguments)?;
        let text = show(&now, before.as_ref());
        if once {
            crate::screen::show(&text);
            return Ok(ExitCode::SUCCESS);
        }
        crate::screen::show(&format!("{CLEAR}{text}\nCtrl-C ends this; the system goes on\n"));
        before = Some(now);
        thread::park_timeout(PERIOD);
    }
}

fn sample(agent: &ureq::Agent, arguments: &Arguments) -> Result<Sample> {
    let status =
        serde_json::from_str(&get(agent, arguments, "/v1/status")?).context("the status is not JSON")?;
    let series = parse(&get(agent, arguments, "/metrics")?);
    Ok(Sample { at: Instant::now(), status, series })
}

fn get(agent: &ureq::Agent, arguments: &Arguments, path: &str) -> Result<String> {
    let url = &arguments.url;
    let mut request = agent.get(format!("{url}{path}"));
    if let Some(token) = &arguments.token {
        request = request.header("Authorization", format!("Bearer {token}"));
    }
    let mut response = request.call().with_context(|| {
        format!("cannot reach {url}; start the system with `mitra up` or name it with --url")
    })?;
    let status = response.status();
    let body = response.body_mut().read_to_string()?;
    if !status.is_success() {
        bail!("{url}{path} answers {}: {}", status.as_u16(), body.trim());
    }
    Ok(body)
}

/// The series of a text in Prometheus' format.
fn parse(text: &str) -> BTreeMap<String, f64> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let series = lines.filter_map(|line| line.rsplit_once(' '));
    series.filter_map(|(name, value)| Some((name.to_owned(), value.parse().ok()?))).collect()
}

/// Rows of cells below a head: the first column to the left, the others to the right.
fn table(out: &mut String, rows: &[Vec<String>]) {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width =
        |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    for row in rows {
        let mut line = String::new();
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            if column == 0 { write!(line, "{cell:width$}") } else { write!(line, "  {cell:>width$}") }
                .expect("a string takes all");
        }
        writeln!(out, "{}", line.trim_end()).expect("a string takes all");
    }
}

/// The page for people.
fn show(now: &Sample, before: Option<&Sample>) -> String {
    let page = Page { now, before };
    let mut out = page.head();
    out.push('\n');
    table(&mut out, &page.streams());
    for at in 0..list(&now.status["decisions"]).len() {
        out.push('\n');
        table(&mut out, &page.decision(at));
    }
    sinks(&mut out, &now.series);
    out
}

/// What is shown, and what its rates are measured from.
struct Page<'a> {
    now: &'a Sample,
    before: Option<&'a Sample>,
}

impl Page<'_> {
    /// How much a number of the status, by its path, grows a second: since the start as long as there is one sample.
    fn rate(&self, pointer: &str) -> String {
        let of = |sample: &Sample| sample.status.pointer(pointer).map_or(0, count);
        let (grown, seconds) = match self.before {
            Some(before) => {
                let seconds = self.now.at.duration_since(before.at).as_secs_f64();
                (of(self.now).saturating_sub(of(before)), seconds)
            }
            None => (of(self.now), count(&self.now.status["uptime_s"]).max(1) as f64),
        };
        number((grown as f64 / seconds.max(0.001)).round() as u64)
    }

    /// Events a second: the system's own count of the last seconds as long as there is one sample.
    fn events_a_second(&self) -> String {
        match self.before {
            Some(_) => self.rate("/events"),
            None => number(self.now.status["events_per_second"].as_f64().unwrap_or(0.0).round() as u64),
        }
    }

    fn head(&self) -> String {
        let status = &self.now.status;
        let state = match text(&status["reason"]) {
            reason if reason.is_empty() => text(&status["state"]),
            reason => format!("{}: {reason}", text(&status["state"])),
        };
        let milliseconds = |quantile: &str| {
            let series = format!("mitra_decide_seconds_quantile{{quantile=\"{quantile}\"}}");
            let found = self.now.series.get(&series);
            found.map_or("-".to_owned(), |seconds| format!("{:.1} ms", seconds * 1000.0))
        };
        let mut out = format!(
            "{} · {state} · up {} s · epoch {} · position {}\n",
            text(&status["project"]),
            number(count(&status["uptime_s"])),
            count(&status["epoch"]),
            number(count(&status["next_position"])),
        );
        out += &format!(
            "{} events/s · {} waiting · decide p50 {} p99 {} p99.9 {} · log {:.1} MB in {} segments\n",
            self.events_a_second(),
            number(count(&status["queue_len"])),
            milliseconds("0.5"),
            milliseconds("0.99"),
            milliseconds("0.999"),
            count(&status["log"]["bytes"]) as f64 / 1e6,
            count(&status["log"]["segments"]),
        );
        for pending in list(&status["pending"]) {
            let percent = 100.0 * pending["progress"].as_f64().unwrap_or(0.0);
            out += &format!("building the state of {}: {percent:.0}%\n", text(&pending["what"]));
        }
        out
    }

    fn streams(&self) -> Vec<Vec<String>> {
        let head = ["stream", "a second", "accepted", "repeated", "rejected", "late"];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        for (at, stream) in list(&self.now.status["streams"]).iter().enumerate() {
            let counted = |key: &str| number(count(&stream[key]));
            let row = [text(&stream["name"]), self.rate(&format!("/streams/{at}/accepted"))];
            let counts = ["accepted", "duplicates", "rejected", "late"].map(counted);
            rows.push(row.into_iter().chain(counts).collect());
        }
        rows
    }

    fn decision(&self, at: usize) -> Vec<Vec<String>> {
        let decision = &self.now.status["decisions"][at];
        let mut rows = vec![vec![text(&decision["name"]), "a second".to_owned(), "in all".to_owned()]];
        for (index, outcome) in list(&decision["outcomes"]).iter().enumerate() {
            let rate = self.rate(&format!("/decisions/{at}/outcomes/{index}/count"));
            rows.push(vec![format!("  {}", text(&outcome["name"])), rate, number(count(&outcome["count"]))]);
        }
        for (index, rule) in list(&decision["rules"]).iter().enumerate() {
            let rate = self.rate(&format!("/decisions/{at}/rules/{index}/fired"));
            let shadow = if rule["mode"] == "shadow" { " (shadow)" } else { "" };
            let name = format!("  rule {}{shadow}", text(&rule["name"]));
            rows.push(vec![name, rate, number(count(&rule["fired"]))]);
        }
        rows
    }
}

fn count(value: &Value) -> u64 {
    value.as_u64().unwrap_or(0)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The sinks, which only the metrics know.
fn sinks(out: &mut String, series: &BTreeMap<String, f64>) {
    let prefix = format!("{}{{sink=\"", metrics::SINK_UP.name);
    let names: Vec<&str> =
        series.keys().filter_map(|name| name.strip_prefix(&prefix)?.strip_suffix("\"}")).collect();
    if names.is_empty() {
        return;
    }
    let mut rows = vec![["sink", "state", "rows", "sent", "dead", "behind"].map(str::to_owned).to_vec()];
    for name in names {
        let of =
            |metric: &metrics::Metric| series.get(&format!("{}{{sink=\"{name}\"}}", metric.name)).copied();
        let counted = |metric| of(metric).map_or("-".to_owned(), |value| number(value as u64));
        let state = if of(&metrics::SINK_UP) == Some(1.0) { "up" } else { "FAILS" };
        rows.push(vec![
            name.to_owned(),
            state.to_owned(),
            counted(&metrics::SINK_ROWS),
            counted(&metrics::WEBHOOK_SENT),
            counted(&metrics::WEBHOOK_DEAD),
            of(&metrics::SINK_LAG_BYTES)
                .map_or("-".to_owned(), |bytes| format!("{} B", number(bytes as u64))),
        ]);
    }
    out.push('\n');
    table(out, &rows);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sample(at: Instant, accepted: u64) -> Sample {
        let status = json!({
            "project": "payments", "state": "ready", "reason": "", "uptime_s": 1_200, "epoch": 3, "next_position": 12_345,
            "queue_len": 0, "events": accepted, "events_per_second": 77.4, "log": {"bytes": 2_500_000, "segments": 1}, "pending": [],
            "streams": [{"name": "payments", "accepted": accepted, "duplicates": 1, "rejected": 0, "late": 2}],
            "decisions": [{"name": "risk", "outcomes": [{"name": "approve", "count": accepted}],
                "rules": [{"name": "velocity", "mode": "shadow", "fired": 4}]}],
        });
        let series = parse(
            "# TYPE mitra_sink_up gauge\nmitra_sink_up{sink=\"out\"} 0\nmitra_sink_lag_bytes{sink=\"out\"} 1500\n\
             mitra_decide_seconds_quantile{quantile=\"0.5\"} 0.0005\n",
        );
        Sample { at, status, series }
    }

    #[test]
    fn the_page_shows_rates_between_two_samples() {
        let now = Instant::now();
        let text = show(&sample(now + Duration::from_secs(2), 5_000), Some(&sample(now, 1_000)));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "payments · ready · up 1,200 s · epoch 3 · position 12,345");
        assert!(
            lines[1].starts_with("2,000 events/s · 0 waiting · decide p50 0.5 ms p99 - p99.9 - · log 2.5 MB"),
            "{text}"
        );
        for line in [
            "stream    a second  accepted  repeated  rejected  late",
            "payments     2,000     5,000         1         0     2",
            "  approve                    2,000   5,000",
            "  rule velocity (shadow)         0       4",
            "out   FAILS     -     -     -  1,500 B",
        ] {
            assert!(lines.contains(&line), "{line} is not in\n{text}");
        }
        let alone = show(&sample(now, 5_000), None);
        assert!(alone.lines().any(|line| line.starts_with("77 events/s · ")), "{alone}");
    }
}
