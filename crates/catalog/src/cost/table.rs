//! The report as a table for people.

use std::fmt;

use super::{KEY_BYTES, Report, Timeline};

/// Bytes for people, in powers of ten.
pub(super) fn size(bytes: u128) -> String {
    const UNITS: [&str; 6] = ["B", "KB", "MB", "GB", "TB", "PB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 999.95 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    if unit == 0 { format!("{bytes} B") } else { format!("{value:.1} {}", UNITS[unit]) }
}

fn duration(micros: i64) -> String {
    let minutes = micros / 60_000_000;
    match minutes {
        0 => format!("{} s", micros / 1_000_000),
        1..120 => format!("{minutes} min"),
        120..2_880 => format!("{} h", minutes / 60),
        _ => format!("{} days", minutes / 1_440),
    }
}

fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// Columns of views named for each timeline.
const FEATURES_SHOWN: usize = 3;
/// Seconds of a day.
const DAY: u128 = 86_400;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.timelines(f)?;
        for stream in &self.streams {
            let day = u128::from(stream.event_bytes) * u128::from(self.rate) * DAY;
            writeln!(
                f,
                "stream {}: about {} an event in the log with its decisions, {} a day at {}/s",
                stream.name,
                size(stream.event_bytes.into()),
                size(day),
                self.rate
            )?;
        }
        for file in &self.files {
            writeln!(
                f,
                "{} {}: a file of {}, held in memory",
                file.kind,
                file.name,
                size(file.bytes.into())
            )?;
        }
        self.definitions(f)
    }
}

impl Report {
    fn timelines(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.timelines.iter().map(|timeline| timeline.name.chars().count());
        let widest = names.max().unwrap_or(0).max("timeline".len());
        writeln!(
            f,
            "{:widest$}  columns  bytes/event  bytes/key  kept for  aggregates  at {}/s",
            "timeline", self.rate
        )?;
        for timeline in &self.timelines {
            writeln!(
                f,
                "{:widest$}  {:>7}  {:>11}  {:>9}  {:>8}  {:>10}  {}",
                timeline.name,
                timeline.columns,
                timeline.row_bytes,
                KEY_BYTES,
                duration(timeline.retention),
                timeline.aggregates,
                size(timeline.total_bytes(self.rate)),
            )?;
            let (shown, rest) = timeline.features.split_at(timeline.features.len().min(FEATURES_SHOWN));
            let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
            writeln!(f, "    for {}{more}", shown.join(", "))?;
            if let Some(horizon) = &timeline.horizon {
                let otherwise = match horizon.otherwise {
                    0 => "an interval in its frame bounds it".to_owned(),
                    kept => {
                        let without = Timeline { retention: kept, ..timeline.clone() };
                        let bytes = size(without.total_bytes(self.rate));
                        format!("with intervals in such frames it would be {} and {bytes}", duration(kept))
                    }
                };
                let feature = &horizon.feature;
                writeln!(f, "    {feature} looks back to the stream's key_horizon; {otherwise}")?;
            }
        }
        writeln!(f, "{:widest$}  {:>53}{}", "total of rows", "", size(self.total_bytes()))
    }

    fn definitions(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for view in &self.views {
            let unread = if view.is_read { "" } else { "; no decision reads it" };
            writeln!(
                f,
                "view {}: {}, {}, {}, {} an event{unread}",
                view.name,
                count(view.columns, "column"),
                count(view.windows, "window value"),
                count(view.lookups, "look-up"),
                count(view.scores, "score"),
            )?;
        }
        for decision in &self.decisions {
            writeln!(
                f,
                "decision {}: {} recorded, {} read and {} evaluated an event",
                decision.name,
                count(decision.recorded, "column"),
                count(decision.reads, "window value"),
                count(decision.rules, "rule"),
            )?;
        }
        for sink in &self.sinks {
            let which = if sink.condition.is_some() { "some" } else { "all" };
            writeln!(f, "sink {}: {which} rows of {} to {}", sink.name, sink.source, sink.target)?;
        }
        Ok(())
    }
}
