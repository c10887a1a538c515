//! Numbers, sizes and times as people read them at a glance.

use types::{Micros, time};

/// A count with separated thousands.
pub fn count(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A rate: whole from 100 on, with one decimal from 1 on, else with two.
pub fn rate(rate: f64) -> String {
    match rate {
        0.0 => "0".to_owned(),
        _ if rate >= 100.0 => count(rate.round() as u64),
        _ if rate >= 1.0 => format!("{rate:.1}"),
        _ => format!("{rate:.2}"),
    }
}

/// A size in powers of ten.
pub fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if bytes < 1_000 {
        return format!("{bytes} B");
    }
    let mut size = bytes as f64 / 1_000.0;
    let mut unit = 0;
    while size >= 999.5 && unit + 1 < UNITS.len() {
        size /= 1_000.0;
        unit += 1;
    }
    if size < 10.0 { format!("{size:.1} {}", UNITS[unit]) } else { format!("{size:.0} {}", UNITS[unit]) }
}

/// Microseconds as milliseconds.
pub fn milliseconds(micros: u64) -> String {
    let value = micros as f64 / 1_000.0;
    if value < 10.0 { format!("{value:.1} ms") } else { format!("{value:.0} ms") }
}

/// How long something lasts, by its two largest units.
pub fn duration(seconds: u64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min {} s", seconds % 60),
        (0, ..) => format!("{hours} h {minutes} min"),
        _ => format!("{days} d {hours} h"),
    }
}

/// The time of the day in UTC, to the second.
pub fn clock(micros: Micros) -> String {
    moment(micros).get(11..19).unwrap_or_default().to_owned()
}

/// A moment in UTC, RFC 3339.
pub fn moment(micros: Micros) -> String {
    let mut text = String::new();
    time::write_rfc3339(&mut text, micros).expect("a string takes all");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_at_a_glance() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([0.0, 0.04, 1.25, 99.96, 1_800.4].map(rate), ["0", "0.04", "1.2", "100.0", "1,800"]);
        assert_eq!(
            [12, 1_500, 42_000, 999_700, 3_000_000_000].map(bytes),
            ["12 B", "1.5 kB", "42 kB", "1.0 MB", "3.0 GB"]
        );
        assert_eq!([480, 12_300].map(milliseconds), ["0.5 ms", "12 ms"]);
        assert_eq!([7, 61, 7_260, 180_000].map(duration), ["7 s", "1 min 1 s", "2 h 1 min", "2 d 2 h"]);
        assert_eq!(clock(1_767_323_045_678_000), "03:04:05");
    }
}
