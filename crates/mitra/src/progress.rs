//! How far long work is, on the terminal of whoever waits for it.

use std::{
    io::{self, IsTerminal as _, Write as _},
    time::{Duration, Instant},
};

use crate::screen::number;

/// Time between two updates.
const PERIOD: Duration = Duration::from_millis(250);
/// Characters of the bar.
const WIDTH: usize = 24;
/// Below this part nothing is said about the time that is left: it would be a guess.
const ESTIMATED_FROM: f64 = 0.02;

/// A line that is written again and again; nothing where standard error is no terminal.
pub struct Bar {
    shows: bool,
    started: Instant,
    shown: Instant,
}

impl Bar {
    /// Work that starts now.
    pub fn new() -> Self {
        let now = Instant::now();
        Self { shows: io::stderr().is_terminal(), started: now, shown: now }
    }

    /// Shows how many events are done, and the part of the work if it is known, when it is time for it.
    pub fn show(&mut self, events: u64, part: Option<f64>) {
        if !self.shows || self.shown.elapsed() < PERIOD {
            return;
        }
        self.shown = Instant::now();
        let line = line(events, part, self.started.elapsed());
        // Who does not read it any more misses nothing.
        let _ = write!(io::stderr().lock(), "\r\x1b[2K{line}");
    }

    /// Clears the line.
    pub fn finish(self) {
        if self.shows {
            let _ = write!(io::stderr().lock(), "\r\x1b[2K");
        }
    }
}

fn line(events: u64, part: Option<f64>, elapsed: Duration) -> String {
    let seconds = elapsed.as_secs_f64().max(0.001);
    let rate = number((events as f64 / seconds).round() as u64);
    let counted = format!("{} events, {rate} a second", number(events));
    let Some(part) = part.map(|part| part.clamp(0.0, 1.0)) else { return counted };
    let full = (part * WIDTH as f64).floor() as usize;
    let bar = format!("{}{}", "#".repeat(full), "-".repeat(WIDTH - full));
    let left = match part {
        ESTIMATED_FROM.. => {
            format!(", {} s left", number((seconds * (1.0 - part) / part).ceil() as u64))
        }
        _ => String::new(),
    };
    format!("[{bar}] {:3.0}% {counted}{left}", part * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_how_much_is_left() {
        let seconds = Duration::from_secs;
        assert_eq!(
            line(250_000, Some(0.25), seconds(10)),
            "[######------------------]  25% 250,000 events, 25,000 a second, 30 s left"
        );
        assert_eq!(
            line(10, Some(0.01), seconds(1)),
            "[------------------------]   1% 10 events, 10 a second"
        );
        assert_eq!(line(1_000, None, seconds(2)), "1,000 events, 500 a second");
        assert!(line(5, Some(2.0), seconds(1)).contains("100% 5 events, 5 a second, 0 s left"));
    }
}
