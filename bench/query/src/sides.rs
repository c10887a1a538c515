//! The two that answer: `mitra-query` through PostgreSQL's protocol, and DuckDB in a process that stays warm.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::Instant,
};

use anyhow::{Context as _, Result, bail};
use postgres::{Client, NoTls, SimpleQueryMessage};
use serde_json::{Value, json};

use crate::queries::Query;

/// How far doubles may be apart, relative to the larger one.
const DOUBLE_DIFFERENCE: f64 = 1e-9;

/// All rows of an answer, each value as PostgreSQL writes it; and how long they took.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// From the question to the last row.
    pub seconds: f64,
    /// None is NULL.
    pub rows: Vec<Vec<Option<String>>>,
}

/// A connection as psql has one.
pub struct Mitra(Client);

impl Mitra {
    /// Connects to `mitra-query`.
    ///
    /// # Errors
    /// When nobody answers.
    pub fn connect(host: &str, port: u16) -> Result<Self> {
        let mut config = Client::configure();
        config.host(host).port(port).user("analyst").dbname("mitra");
        Ok(Self(config.connect(NoTls).context("cannot connect to mitra-query")?))
    }

    /// Asks, and waits for all rows.
    ///
    /// # Errors
    /// What `mitra-query` says against it.
    pub fn ask(&mut self, sql: &str) -> Result<Answer> {
        let started = Instant::now();
        let messages = self.0.simple_query(sql).with_context(|| format!("mitra-query: {sql}"))?;
        let seconds = started.elapsed().as_secs_f64();
        let rows = messages.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => {
                Some((0..row.len()).map(|column| row.get(column).map(str::to_owned)).collect())
            }
            _ => None,
        });
        Ok(Answer { seconds, rows: rows.collect() })
    }

    /// The only value of the only row, as a number; 0 for NULL.
    ///
    /// # Errors
    /// As [`Mitra::ask`].
    pub fn number(&mut self, sql: &str) -> Result<u64> {
        let answer = self.ask(sql)?;
        let value = answer.rows.first().and_then(|row| row.first()).context("one row was expected")?;
        value.as_deref().map_or(Ok(0), |text| Ok(text.parse()?))
    }
}

/// The other side's process; it ends with its standard input.
pub struct DuckDb {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl DuckDb {
    /// Starts it, with as many threads as `mitra-query` has.
    ///
    /// # Errors
    /// When there is no such Python.
    pub fn start(python: &Path, threads: usize) -> Result<Self> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("side.py");
        let mut command = Command::new(python);
        command.arg(script).arg(threads.to_string()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().with_context(|| format!("cannot start {}", python.display()))?;
        let to = child.stdin.take().context("its input is piped")?;
        let from = BufReader::new(child.stdout.take().context("its output is piped")?);
        Ok(Self { child, to, from })
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    fn send(&mut self, request: &Value) -> Result<Value> {
        writeln!(self.to, "{request}")?;
        let mut line = String::new();
        if self.from.read_line(&mut line)? == 0 {
            bail!("DuckDB's process ended; what it said stands above");
        }
        serde_json::from_str(&line).with_context(|| format!("DuckDB's process said {line}"))
    }

    /// Asks, and waits for all rows.
    ///
    /// # Errors
    /// When it fails.
    pub fn ask(&mut self, sql: &str) -> Result<Answer> {
        let answer = self.send(&json!({ "sql": sql }))?;
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let rows = answer["rows"].as_array().context("an answer has rows")?;
        let rows = rows.iter().map(|row| row.as_array().into_iter().flatten().map(text).collect());
        let seconds = answer["seconds"].as_f64().context("an answer says how long it took")?;
        Ok(Answer { seconds, rows: rows.collect() })
    }

    /// Makes its Parquet files: of what the sink wrote, and of the merchants. They are all that it reads.
    ///
    /// # Errors
    /// When it fails.
    pub fn make_files(&mut self, sink: &Path, merchants: &Path, folder: &Path) -> Result<()> {
        self.send(&json!({ "make": [sink, merchants, folder] }))?;
        Ok(())
    }

    /// Opens the Parquet files that it made.
    ///
    /// # Errors
    /// When it fails.
    pub fn open_files(&mut self, folder: &Path) -> Result<()> {
        self.send(&json!({ "open": folder }))?;
        Ok(())
    }
}

impl Drop for DuckDb {
    fn drop(&mut self) {
        // Both fail only when it has ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Fails unless both answers say the same.
///
/// # Errors
/// The first difference.
pub fn compare(query: &Query, ours: &Answer, theirs: &Answer) -> Result<()> {
    if ours.rows.is_empty() {
        bail!("{}: no rows, so nothing is compared", query.name);
    }
    if ours.rows.len() != theirs.rows.len() {
        bail!("{}: {} rows, and DuckDB has {}", query.name, ours.rows.len(), theirs.rows.len());
    }
    for (number, (ours, theirs)) in ours.rows.iter().zip(&theirs.rows).enumerate() {
        let same = |(column, (ours, theirs)): (usize, (&Option<String>, &Option<String>))| {
            ours == theirs || (query.doubles.contains(&column) && is_close(ours, theirs))
        };
        if ours.len() != theirs.len() || !ours.iter().zip(theirs).enumerate().all(same) {
            bail!("{}: row {number} is {ours:?}, and DuckDB's is {theirs:?}", query.name);
        }
    }
    Ok(())
}

fn is_close(one: &Option<String>, other: &Option<String>) -> bool {
    let number = |text: &Option<String>| text.as_deref().and_then(|text| text.parse::<f64>().ok());
    let (Some(one), Some(other)) = (number(one), number(other)) else { return false };
    (one - other).abs() <= DOUBLE_DIFFERENCE * one.abs().max(other.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(rows: &[[Option<&str>; 2]]) -> Answer {
        let row = |row: &[Option<&str>; 2]| row.iter().map(|value| value.map(str::to_owned)).collect();
        Answer { seconds: 1.0, rows: rows.iter().map(row).collect() }
    }

    #[test]
    fn answers_are_the_same_or_the_first_difference_is_told() {
        let query = Query { name: "q", sql: String::new(), doubles: &[1] };
        let ours = answer(&[[Some("1.50"), Some("0.1")], [None, Some("2")]]);
        assert!(compare(&query, &ours, &ours).is_ok());
        assert!(
            compare(&query, &ours, &answer(&[[Some("1.50"), Some("0.10000000001")], [None, Some("2")]]))
                .is_ok()
        );
        for other in [
            answer(&[[Some("1.5"), Some("0.1")], [None, Some("2")]]),
            answer(&[[Some("1.50"), Some("0.1001")], [None, Some("2")]]),
            answer(&[[Some("1.50"), Some("0.1")], [Some(""), Some("2")]]),
            answer(&[[Some("1.50"), None], [None, Some("2")]]),
            answer(&[[Some("1.50"), Some("0.1")]]),
        ] {
            assert!(compare(&query, &ours, &other).is_err(), "{other:?}");
        }
        assert!(compare(&query, &answer(&[]), &answer(&[])).is_err());
    }
}
