//! `SET`, `SHOW` and what else concerns a connection only.

use std::{collections::BTreeMap, time::Duration};

use crate::{failure::Failure, statements::words};

/// Settings that clients set and read, with what they are at first.
const DEFAULTS: [(&str, &str); 30] = [
    ("application_name", ""),
    ("bytea_output", "hex"),
    ("client_encoding", "UTF8"),
    ("client_min_messages", "notice"),
    ("datestyle", "ISO, MDY"),
    ("default_transaction_isolation", "read committed"),
    ("default_transaction_read_only", "on"),
    ("enable_seqscan", "on"),
    ("escape_string_warning", "on"),
    ("extra_float_digits", "1"),
    ("geqo", "on"),
    ("idle_in_transaction_session_timeout", "0"),
    ("integer_datetimes", "on"),
    ("intervalstyle", "postgres"),
    ("is_superuser", "off"),
    ("lc_collate", "C"),
    ("lc_monetary", "C"),
    ("lock_timeout", "0"),
    ("max_identifier_length", "63"),
    ("row_security", "on"),
    ("search_path", "public"),
    ("server_encoding", "UTF8"),
    ("server_version", SERVER_VERSION),
    ("server_version_num", "160006"),
    ("session_authorization", ""),
    ("standard_conforming_strings", "on"),
    ("statement_timeout", "0"),
    ("timezone", "UTC"),
    ("transaction_isolation", "read committed"),
    ("transaction_read_only", "on"),
];

/// The PostgreSQL that clients may take us for: it decides which questions they put to the catalogue.
pub const SERVER_VERSION: &str = "16.6";

/// Settings that the protocol reports, as it spells them.
const REPORTED: [(&str, &str); 6] = [
    ("application_name", "application_name"),
    ("client_encoding", "client_encoding"),
    ("datestyle", "DateStyle"),
    ("intervalstyle", "IntervalStyle"),
    ("search_path", "search_path"),
    ("timezone", "TimeZone"),
];

/// One connection's settings.
#[derive(Clone, Debug)]
pub struct Settings {
    values: BTreeMap<String, String>,
    default_timeout: Option<Duration>,
}

/// What a session statement does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// `SET name = value`; no value is the default.
    Set(String, Option<String>),
    /// `RESET ALL` and `DISCARD ALL`.
    ResetAll(&'static str),
    /// `SHOW name`.
    Show(String),
    /// `SHOW ALL`.
    ShowAll,
    /// `BEGIN`.
    Begin,
    /// `COMMIT`.
    Commit,
    /// `ROLLBACK`.
    Rollback,
    /// `DEALLOCATE name`; none is all.
    Deallocate(Option<String>),
    /// Something that means nothing where nothing is written, with its tag.
    Nothing(&'static str),
}

/// Reads a session statement.
///
/// # Errors
/// What it does not understand.
pub fn command(text: &str) -> Result<Command, Failure> {
    let words = words(text);
    let word = |index: usize| words.get(index).map_or("", String::as_str);
    Ok(match word(0) {
        "BEGIN" | "START" => Command::Begin,
        "COMMIT" | "END" => Command::Commit,
        "ROLLBACK" | "ABORT" if word(1) == "TO" || word(2) == "TO" => Command::Nothing("ROLLBACK"),
        "ROLLBACK" | "ABORT" => Command::Rollback,
        "SAVEPOINT" => Command::Nothing("SAVEPOINT"),
        "RELEASE" => Command::Nothing("RELEASE"),
        "UNLISTEN" => Command::Nothing("UNLISTEN"),
        "CLOSE" => Command::Nothing("CLOSE CURSOR"),
        "DISCARD" if word(1) == "ALL" => Command::ResetAll("DISCARD ALL"),
        "DISCARD" => Command::Nothing("DISCARD"),
        "DEALLOCATE" => {
            let name = text.split_whitespace().last().unwrap_or_default();
            let all = name.eq_ignore_ascii_case("all");
            Command::Deallocate((!all).then(|| name.trim_matches('"').to_owned()))
        }
        "RESET" if word(1) == "ALL" => Command::ResetAll("RESET"),
        "RESET" => Command::Set(name(text, &words, 1), None),
        "SHOW" if word(1) == "ALL" => Command::ShowAll,
        "SHOW" => Command::Show(name(text, &words, 1)),
        _ => set(text, &words)?,
    })
}

/// The name from the word `at` on: some have two or three words.
fn name(text: &str, words: &[String], at: usize) -> String {
    let rest: Vec<&str> = words[at.min(words.len())..].iter().map(String::as_str).collect();
    match rest.as_slice() {
        ["TIME", "ZONE", ..] => "timezone".to_owned(),
        ["TRANSACTION", "ISOLATION", ..] => "transaction_isolation".to_owned(),
        ["SESSION", "AUTHORIZATION", ..] => "session_authorization".to_owned(),
        [name, ..] => name.to_lowercase(),
        [] => text.to_owned(),
    }
}

fn set(text: &str, words: &[String]) -> Result<Command, Failure> {
    let rest: Vec<&str> = words.iter().skip(1).map(String::as_str).collect();
    let skip = usize::from(matches!(rest.as_slice(), ["SESSION" | "LOCAL", ..]));
    match &rest[skip..] {
        ["TRANSACTION" | "CHARACTERISTICS" | "CONSTRAINTS" | "ROLE" | "AUTHORIZATION", ..] => {
            Ok(Command::Nothing("SET"))
        }
        ["NAMES", ..] => Ok(Command::Set("client_encoding".to_owned(), value(text, "names"))),
        ["TIME", "ZONE", ..] => Ok(Command::Set("timezone".to_owned(), value(text, "zone"))),
        [name, ..] => {
            let name = name.to_lowercase();
            let value = value(text, &name);
            Ok(Command::Set(name, value))
        }
        [] => Err(Failure::new("42601", "syntax error: SET needs a name and a value")),
    }
}

/// What stands after the name and `=` or `TO`, without quotes; none for `DEFAULT`.
fn value(text: &str, name: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let after = lower.find(name).map_or(0, |at| at + name.len());
    let mut rest = text.get(after..).unwrap_or_default().trim_start().trim_start_matches('"').trim_start();
    if let Some(value) = rest.strip_prefix('=') {
        rest = value;
    } else if rest.get(..3).is_some_and(|to| to.eq_ignore_ascii_case("to ")) {
        rest = &rest[3..];
    }
    let value = rest.trim().trim_matches(|c| c == '\'' || c == '"');
    (!value.eq_ignore_ascii_case("default")).then(|| value.replace("''", "'"))
}

impl Settings {
    /// What a connection begins with. `given` are the startup message's parameters.
    pub fn new<'a>(
        default_timeout: Option<Duration>,
        given: impl Iterator<Item = (&'a String, &'a String)>,
    ) -> Self {
        let mut settings = Self { values: BTreeMap::new(), default_timeout };
        for (name, value) in given {
            // What is not a setting there is the name of the user or the database.
            let _ = settings.set(&name.to_lowercase(), Some(value));
        }
        settings
    }

    /// The value of a setting.
    ///
    /// # Errors
    /// There is no such setting.
    pub fn get(&self, name: &str) -> Result<String, Failure> {
        if name == "statement_timeout" {
            let timeout = self.statement_timeout().unwrap_or_default();
            return Ok(timeout_text(timeout));
        }
        let default = DEFAULTS.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        let value = self.values.get(name).map(String::as_str).or(default);
        value.map(str::to_owned).ok_or_else(|| unknown(name))
    }

    /// Every setting.
    pub fn all(&self) -> Vec<(String, String)> {
        let names = DEFAULTS.iter().map(|(name, _)| (*name).to_owned());
        names.map(|name| (name.clone(), self.get(&name).unwrap_or_default())).collect()
    }

    /// Sets, and says what to report to the client.
    ///
    /// # Errors
    /// There is no such setting, or no such value of it.
    pub fn set(
        &mut self,
        name: &str,
        value: Option<&str>,
    ) -> Result<Option<(&'static str, String)>, Failure> {
        if !DEFAULTS.iter().any(|(known, _)| *known == name) && !name.contains('.') {
            return Err(unknown(name));
        }
        match (name, value) {
            (_, None) => drop(self.values.remove(name)),
            ("statement_timeout", Some(value)) => {
                timeout(value)?;
                self.values.insert(name.to_owned(), value.to_owned());
            }
            ("client_encoding", Some(value)) if !is_utf8(value) => {
                return Err(Failure::new(
                    "22023",
                    format!("client_encoding {value:?} is not supported; use UTF8"),
                ));
            }
            // Values leave in one form, which says what it is: a time carries its offset, a date its year first.
            ("client_encoding" | "timezone" | "datestyle" | "intervalstyle" | "bytea_output", Some(_)) => {}
            (_, Some(value)) => drop(self.values.insert(name.to_owned(), value.to_owned())),
        }
        let reported = REPORTED.iter().find(|(known, _)| *known == name);
        reported.map(|(_, shown)| Ok((*shown, self.get(name)?))).transpose()
    }

    /// Forgets everything that was set.
    pub fn reset(&mut self) {
        self.values.clear();
    }

    /// How long a statement may run.
    pub fn statement_timeout(&self) -> Option<Duration> {
        match self.values.get("statement_timeout") {
            Some(value) => timeout(value).ok().flatten(),
            None => self.default_timeout,
        }
    }
}

fn unknown(name: &str) -> Failure {
    Failure::new("42704", format!("unrecognized configuration parameter {name:?}"))
}

fn is_utf8(value: &str) -> bool {
    let plain: String = value.chars().filter(char::is_ascii_alphanumeric).collect();
    matches!(plain.to_ascii_lowercase().as_str(), "utf8" | "unicode")
}

/// A time with a unit, milliseconds without one; none for 0.
fn timeout(value: &str) -> Result<Option<Duration>, Failure> {
    let wrong = || {
        let message = format!("invalid value for parameter \"statement_timeout\": {value:?}");
        Failure::new("22023", message)
            .with_hint("write a number of milliseconds, or one with ms, s, min or h")
    };
    let value = value.trim();
    let digits = value.find(|c: char| !c.is_ascii_digit()).unwrap_or(value.len());
    let number: u64 = value[..digits].parse().map_err(|_| wrong())?;
    let unit = match value[digits..].trim() {
        "" | "ms" => 1,
        "s" => 1_000,
        "min" => 60_000,
        "h" => 3_600_000,
        _ => return Err(wrong()),
    };
    let milliseconds = number.checked_mul(unit).ok_or_else(wrong)?;
    Ok((milliseconds > 0).then(|| Duration::from_millis(milliseconds)))
}

fn timeout_text(timeout: Duration) -> String {
    match timeout.as_millis() {
        0 => "0".to_owned(),
        millis if millis % 60_000 == 0 => format!("{}min", millis / 60_000),
        millis if millis % 1_000 == 0 => format!("{}s", millis / 1_000),
        millis => format!("{millis}ms"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn session_statements_are_read_as_clients_write_them() {
        let set = |name: &str, value: &str| Command::Set(name.to_owned(), Some(value.to_owned()));
        for (text, wanted) in [
            ("SET statement_timeout = '5s'", set("statement_timeout", "5s")),
            ("SET SESSION extra_float_digits TO 3", set("extra_float_digits", "3")),
            ("set application_name to 'a ''b'", set("application_name", "a 'b")),
            ("SET TIME ZONE 'UTC'", set("timezone", "UTC")),
            ("SET NAMES 'UTF8'", set("client_encoding", "UTF8")),
            ("RESET application_name", Command::Set("application_name".to_owned(), None)),
            ("SET search_path TO DEFAULT", Command::Set("search_path".to_owned(), None)),
            ("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY", Command::Nothing("SET")),
            ("SHOW TRANSACTION ISOLATION LEVEL", Command::Show("transaction_isolation".to_owned())),
            ("show all", Command::ShowAll),
            ("START TRANSACTION READ ONLY", Command::Begin),
            ("END", Command::Commit),
            ("ROLLBACK TO SAVEPOINT a", Command::Nothing("ROLLBACK")),
            ("DISCARD ALL", Command::ResetAll("DISCARD ALL")),
            ("DEALLOCATE \"s1\"", Command::Deallocate(Some("s1".to_owned()))),
            ("DEALLOCATE ALL", Command::Deallocate(None)),
        ] {
            assert_eq!(command(text), Ok(wanted), "{text}");
        }
    }

    #[test]
    fn settings_keep_what_they_may() {
        let mut settings = Settings::new(Some(Duration::from_secs(300)), std::iter::empty());
        assert_eq!(settings.get("statement_timeout").unwrap(), "5min");
        settings.set("statement_timeout", Some("1500ms")).unwrap();
        assert_eq!(settings.statement_timeout(), Some(Duration::from_millis(1_500)));
        settings.set("statement_timeout", Some("0")).unwrap();
        assert_eq!(settings.statement_timeout(), None);
        assert_eq!(settings.set("statement_timeout", Some("soon")).unwrap_err().state, "22023");
        assert_eq!(settings.set("nonsense", Some("1")).unwrap_err().state, "42704");
        assert_eq!(settings.set("client_encoding", Some("latin1")).unwrap_err().state, "22023");
        let reported = settings.set("timezone", Some("Europe/Berlin")).unwrap();
        assert_eq!(reported, Some(("TimeZone", "UTC".to_owned())), "times leave in UTC");
    }
}
