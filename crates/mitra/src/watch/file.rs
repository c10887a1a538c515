//! One file: looked at as a whole, then given to the node batch by batch, and moved away.

use std::{
    fs::{self, File, OpenOptions},
    io::Write as _,
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use ingest::{
    files::{self, Fault},
    watch::{Found, Mark, Outcome},
};
use runtime::{
    admission::{key_bytes, stream_number},
    node::Refusal,
    processor::{Receipt, RowStatus, Submission},
};
use serde_json::json;
use sql::definition::Stream;
use types::{Column, Position};

use super::{Then, Watch};

/// Rows given to the node at a time: few, since whoever asks for a decision meanwhile waits for them.
const BATCH_ROWS: usize = 1_024;
/// Faults of a file that are told at most.
const FAULTS_MAX: usize = 1_000;
/// How long it rests when the node takes nothing.
const REST: Duration = Duration::from_millis(100);

/// What became of a file's rows.
#[derive(Default)]
struct Taken {
    accepted: u64,
    repeated: u64,
    conflicts: u64,
}

impl Watch {
    /// Takes a file that is whole. What stops it in the middle leaves a mark, with which it goes on.
    pub(super) fn take(&mut self, file: &Found, stop: &AtomicBool) -> Result<Then> {
        let definitions = self.target.handle.shared().catalog().current();
        let Some(stream) = definitions.streams.get(&self.stream).cloned() else {
            bail!("no stream is called {}; its files wait until there is one", self.stream);
        };
        let begun = self.progress.get()?.filter(|mark| mark.file == *file);
        if begun.is_none() {
            // Left of a file of this name that was never finished.
            drop(fs::remove_file(self.folder.errors(&file.name)));
            match self.check(file, &stream, stop) {
                Ok(Some(_)) => {}
                Ok(None) => return Ok(Then::Stop),
                Err(faults) => return self.refuse(file, &faults),
            }
        }
        let Some(taken) = self.feed(file, &stream, begun, stop)? else { return Ok(Then::Stop) };
        let path = self.folder.finish(&file.name, Outcome::Done)?;
        self.progress.clear()?;
        self.metrics.done.increment();
        say!(
            "{} is read: {} events, {} repeated, {} in conflict; it is in {} now",
            file.name,
            taken.accepted,
            taken.repeated,
            taken.conflicts,
            path.display()
        );
        Ok(Then::GoOn)
    }

    /// Whether every row can be an event of the stream: a file is taken as a whole or not at all.
    fn check(&self, file: &Found, stream: &Stream, stop: &AtomicBool) -> Result<Option<u64>, Vec<Fault>> {
        let path = self.folder.path().join(&file.name);
        let rows = files::open(&path, stream).map_err(|error| vec![error.fault])?;
        rows.check(FAULTS_MAX, || !stop.load(Ordering::Relaxed))
    }

    /// Moves a file away that cannot be taken, with what is wrong with it.
    fn refuse(&self, file: &Found, faults: &[Fault]) -> Result<Then> {
        if let Some(Fault::Read(error)) = faults.iter().find(|fault| matches!(fault, Fault::Read(_))) {
            // The system's failure is not the file's.
            bail!("cannot read {}: {error}", file.name);
        }
        let mut lines = Vec::new();
        for fault in faults {
            let line = match fault {
                Fault::Row { unit, number, rejection } => json!({
                    "file": file.name, (*unit): number, "code": rejection.code, "field": rejection.field,
                    "message": rejection.message,
                }),
                other => json!({"file": file.name, "code": "bad_file", "message": other.to_string()}),
            };
            writeln!(lines, "{line}")?;
        }
        fs::write(self.folder.errors(&file.name), lines)?;
        let path = self.folder.finish(&file.name, Outcome::Failed)?;
        self.metrics.failed.increment();
        complain!("file_refused", file = file.name, stream = self.stream;
            "{} is not taken: {}{}; it is in {} now, with a list of what is wrong",
            file.name,
            faults[0],
            if faults.len() > 1 { format!(", and {} more", faults.len() - 1) } else { String::new() },
            path.display()
        );
        Ok(Then::GoOn)
    }

    /// Gives the rows that were not taken to the node; none when it has to stop in the middle.
    fn feed(
        &self,
        file: &Found,
        stream: &Arc<Stream>,
        begun: Option<Mark>,
        stop: &AtomicBool,
    ) -> Result<Option<Taken>> {
        let mut taken = Taken::default();
        let before = begun.as_ref().map_or(0, |mark| mark.taken);
        for batch in files::open(&self.folder.path().join(&file.name), stream)? {
            let mut batch = batch.context("it has changed while it was read")?;
            ingest::tokens::apply(&self.target.tokens, stream, &mut batch.columns);
            let rows = batch.columns[0].len();
            for start in (0..rows).step_by(BATCH_ROWS) {
                let range = start..rows.min(start + BATCH_ROWS);
                let first = batch.first_row - 1 + range.start as u64;
                let skipped = usize::try_from(before.saturating_sub(first)).unwrap_or(usize::MAX);
                if skipped >= range.len() {
                    continue;
                }
                let first = first + skipped as u64;
                let mut columns = rows_of(&batch.columns, range.start + skipped..range.end);
                let sent = columns[0].len() as u64;
                let mut numbers: Vec<u64> = (first + 1..=first + sent).collect();
                let mut from = self.target.handle.shared().figures().next_position;
                // Rows that were on their way when the process ended may be in the log.
                if let Some(mark) = begun.as_ref().filter(|mark| first < mark.taken + mark.sent) {
                    from = mark.from;
                    let fresh = self.fresh(stream, &columns, from)?;
                    taken.repeated += (numbers.len() - fresh.len()) as u64;
                    columns = columns.iter().map(|column| picked(column, &fresh)).collect();
                    numbers = fresh.iter().map(|row| numbers[*row]).collect();
                }
                if numbers.is_empty() {
                    continue;
                }
                self.progress.set(&Mark { file: file.clone(), taken: first, sent, from })?;
                let Some(receipt) = self.send(stream, &columns, stop)? else { return Ok(None) };
                self.count(file, &receipt, &numbers, &mut taken)?;
            }
        }
        if !self.folder.is_unchanged(file)? {
            bail!("{} has changed while it was read; what was added is read once it has settled", file.name);
        }
        Ok(Some(taken))
    }

    /// Which rows are not in the log from a position on, however long ago they came.
    fn fresh(&self, stream: &Stream, columns: &[Column], from: Position) -> Result<Vec<usize>> {
        let contents = ingest::content::hashes(columns);
        let (number, mut key) = (stream_number(&stream.name), Vec::new());
        let mut fresh = Vec::new();
        for (row, content) in contents.iter().enumerate() {
            key_bytes(&columns[stream.primary_key], row, &mut key);
            let look_up = self.target.index.read().expect("no writer panicked").look_up(number, &key);
            let found = look_up.find()?;
            if !found.iter().any(|known| known.position >= from && known.content == *content) {
                fresh.push(row);
            }
        }
        Ok(fresh)
    }

    /// Sends rows until they are durable; none when it has to stop.
    fn send(&self, stream: &Arc<Stream>, columns: &[Column], stop: &AtomicBool) -> Result<Option<Receipt>> {
        while !stop.load(Ordering::Relaxed) {
            let (reply, receiver) = mpsc::sync_channel(1);
            let submission = Submission {
                stream: Arc::clone(stream),
                columns: columns.to_vec(),
                arrived: None,
                asked: false,
            };
            self.target.handle.submit(submission, Box::new(move |result| drop(reply.send(result))));
            match receiver.recv() {
                Ok(Ok(receipt)) => return Ok(Some(receipt)),
                // Nothing of it was taken.
                Ok(Err(Refusal::Busy { .. })) => thread::park_timeout(REST),
                // Some of it may be in the log: the mark says so to the next round.
                Ok(Err(refusal @ (Refusal::Full | Refusal::Bound { .. } | Refusal::Unavailable(_)))) => {
                    bail!(refusal)
                }
                Err(_) => bail!("the engine has stopped"),
            }
        }
        Ok(None)
    }

    /// Counts what became of rows, whose numbers in the file are given, and writes down conflicts.
    fn count(&self, file: &Found, receipt: &Receipt, numbers: &[u64], taken: &mut Taken) -> Result<()> {
        let mut conflicts: Option<File> = None;
        for (status, number) in receipt.rows.iter().zip(numbers) {
            match status {
                RowStatus::Accepted(_) => {
                    taken.accepted += 1;
                    self.metrics.accepted.increment();
                }
                RowStatus::Repeated(_) => {
                    taken.repeated += 1;
                    self.metrics.repeated.increment();
                }
                RowStatus::Conflict(position) => {
                    taken.conflicts += 1;
                    self.metrics.conflicts.increment();
                    let errors = match &mut conflicts {
                        Some(errors) => errors,
                        None => {
                            let path = self.folder.errors(&file.name);
                            conflicts.insert(OpenOptions::new().append(true).create(true).open(path)?)
                        }
                    };
                    let message =
                        format!("other content under the same primary key is at position {position}");
                    let line =
                        json!({"file": file.name, "row": number, "code": "conflict", "message": message});
                    writeln!(errors, "{line}")?;
                }
                RowStatus::Refused => {
                    bail!("stream {} was changed while {} was read", self.stream, file.name)
                }
            }
        }
        Ok(())
    }
}

fn rows_of(columns: &[Column], range: Range<usize>) -> Vec<Column> {
    let of = |column: &Column| {
        let mut part = Column::new(column.data_type);
        part.extend_from(column, range.clone());
        part
    };
    columns.iter().map(of).collect()
}

fn picked(column: &Column, rows: &[usize]) -> Column {
    let mut picked = Column::new(column.data_type);
    rows.iter().for_each(|row| picked.push_from(column, *row));
    picked
}
