//! The report as a table for people.

use std::fmt;

use super::Report;

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

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.timelines.iter().map(|timeline| timeline.name.chars().count());
        let widest = names.max().unwrap_or(0).max("timeline".len());
        writeln!(f, "{:widest$}  columns  bytes/event  kept for  values  at {}/s", "timeline", self.rate)?;
        for timeline in &self.timelines {
            writeln!(
                f,
                "{:widest$}  {:>7}  {:>11}  {:>8}  {:>6}  {}",
                timeline.name,
                timeline.columns,
                timeline.row_bytes,
                duration(timeline.retention),
                timeline.aggregates,
                size(timeline.total_bytes(self.rate)),
            )?;
        }
        writeln!(f, "{:widest$}  {:>38}{}", "total", "", size(self.total_bytes()))?;
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
        Ok(())
    }
}
