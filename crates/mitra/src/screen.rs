//! What people read on the terminal and machines in a log; when nobody does any more, the work goes on.

use std::{
    io::{self, Write as _},
    sync::OnceLock,
    time::{SystemTime, UNIX_EPOCH},
};

use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// How a server tells what happens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Sentences for people.
    #[default]
    Text,
    /// One object a line on standard error, and nothing on standard output.
    Json,
}

/// Set once, by the commands that serve.
static FORMAT: OnceLock<LogFormat> = OnceLock::new();

/// Chooses how everything is told from now on.
pub fn set_format(format: LogFormat) {
    // A second choice has no effect: a process serves one project.
    let _ = FORMAT.set(format);
}

/// Whether objects are printed.
pub fn is_json() -> bool {
    FORMAT.get() == Some(&LogFormat::Json)
}

/// Prints a line.
macro_rules! say {
    ($($argument:tt)*) => { $crate::screen::show(&(format!($($argument)*) + "\n")) };
}

/// Complains on standard error: the name of what happened, which never changes, its values, and the sentence for people.
/// `complain!("sink_failed", sink = name; "sink {name}: {error}")`.
macro_rules! complain {
    ($event:literal $(, $key:ident = $value:expr)*; $($argument:tt)*) => {
        $crate::screen::tell("warning", $event, &[$((stringify!($key), $value.to_string())),*], &format!($($argument)*))
    };
}

/// Prints text as it is and at once. An output that is closed shows nothing.
pub fn show(text: &str) {
    if is_json() {
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            tell("info", "said", &[], line);
        }
        return;
    }
    let mut output = io::stdout().lock();
    let _ = output.write_all(text.as_bytes()).and_then(|()| output.flush());
}

/// Tells what happened, as a line of text or an object.
pub fn tell(level: &str, event: &str, values: &[(&str, String)], message: &str) {
    let line = if is_json() { object(level, event, values, message) } else { message.to_owned() };
    // As with `show`: nobody has to listen.
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// A number with its thousands apart.
pub fn number(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn object(level: &str, event: &str, values: &[(&str, String)], message: &str) -> String {
    let micros = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_micros();
    let mut time = String::new();
    types::time::write_rfc3339(&mut time, i64::try_from(micros).unwrap_or(i64::MAX))
        .expect("a string takes all");
    let mut object = Map::new();
    for (key, value) in values {
        object.insert((*key).to_owned(), Value::String(value.clone()));
    }
    for (key, value) in [("time", time.as_str()), ("level", level), ("event", event), ("message", message)] {
        object.insert(key.to_owned(), Value::String(value.to_owned()));
    }
    Value::Object(object).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_apart() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(number), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn an_event_is_an_object_on_one_line() {
        let text = object("warning", "sink_failed", &[("sink", "a\nb".to_owned())], "two\nlines \"quoted\"");
        assert!(!text.contains('\n'), "{text}");
        let object: Value = serde_json::from_str(&text).expect("it is JSON");
        assert_eq!((&object["level"], &object["sink"]), (&"warning".into(), &"a\nb".into()));
        assert_eq!(object["message"], "two\nlines \"quoted\"");
        assert!(object["time"].as_str().is_some_and(|time| time.ends_with('Z')), "{text}");
    }
}
