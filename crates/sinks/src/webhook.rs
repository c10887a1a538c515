//! Records to an HTTP endpoint, in order, each at least once. What the endpoint has taken is remembered after every
//! request, so only a request whose answer was lost is made again.

mod dead;
mod delivery;
mod ending;
mod signature;

use std::{
    collections::VecDeque,
    fs,
    io::Read as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use storage::Storage;
use types::{Column, Field, Values};

use self::{
    dead::DeadLetters,
    delivery::{Delivery, Outcome},
};
pub use self::{delivery::Watcher, ending::Ending};
use crate::{
    Error, Sink,
    cursor::{Cursor, Mark},
    file::{check_columns, check_fields, json::Rows},
};

const CURSOR: &str = "cursor";
const SOURCE: &str = "source";
const DEAD: &str = "dead.ndjson";
const PURPOSE: &str = "a webhook's files";
const NAME_PURPOSE: &str = "the name of a webhook's files";

/// Random bytes of a source's name: two data directories never have the same.
const SOURCE_BYTES: usize = 8;

/// What a request holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// An array of records.
    Array,
    /// One record.
    Object,
}

/// An endpoint and how it is spoken to.
#[derive(Clone, Debug)]
pub struct Options {
    /// The sink's name, which each request states.
    pub name: String,
    /// Absolute.
    pub url: String,
    /// The key of the signature.
    pub secret: Option<Vec<u8>>,
    /// Certificates, in PEM, of the authorities that vouch for the endpoint; those that everybody trusts when there are none.
    pub authorities: Option<Vec<u8>>,
    /// What a request holds.
    pub body: Body,
    /// Records of a request at most.
    pub batch: usize,
    /// How long one request may take.
    pub timeout: Duration,
    /// Requests for the same records at most.
    pub attempts: u32,
    /// The longest wait between two of them.
    pub retry_max: Duration,
}

/// A record that waits.
#[derive(Clone, Debug)]
struct Record {
    position: u64,
    json: String,
}

/// An endpoint, with its cursor and its dead letters in a folder.
pub struct Webhook {
    rows: Rows,
    fields: Vec<Field>,
    cursor: Cursor,
    dead: DeadLetters,
    delivery: Delivery,
    batch: usize,
    queue: VecDeque<Record>,
    /// Records before this position were taken, or are dead.
    next: u64,
    failed: bool,
}

impl Webhook {
    /// Opens the sink whose cursor is in `folder`. The first of `fields` is the record's position.
    ///
    /// # Errors
    /// Those of the storage, a damaged cursor, a column that JSON cannot hold, and certificates that are none.
    pub fn open(
        storage: Arc<dyn Storage>,
        folder: &Path,
        fields: Vec<Field>,
        options: Options,
        ending: Arc<Ending>,
        watcher: Box<dyn Watcher>,
    ) -> Result<Self, Error> {
        check_fields(&fields)?;
        storage.create_directories(folder, NAME_PURPOSE)?;
        let source = source(&*storage, folder)?;
        let cursor = Cursor::open(&*storage, &Self::cursor_path(folder))?;
        Ok(Self {
            rows: Rows::new(&fields),
            fields,
            next: cursor.mark().map_or(0, |mark| mark.part),
            cursor,
            dead: DeadLetters::new(storage, folder.join(DEAD), options.name.clone()),
            batch: options.batch.max(1),
            delivery: Delivery::new(options, source, ending, watcher)?,
            queue: VecDeque::new(),
            failed: false,
        })
    }

    /// Where the cursor of the sink in `folder` is.
    pub(crate) fn cursor_path(folder: &Path) -> PathBuf {
        folder.join(CURSOR)
    }

    fn add(&mut self, columns: &[Column]) -> Result<(), Error> {
        check_columns(&self.fields, columns)?;
        let Some(Values::BigInt(positions)) = columns.first().map(|column| &column.values) else {
            let what = "the first column is not the record's position".to_owned();
            return Err(Error::Columns { what });
        };
        for (row, position) in positions.iter().enumerate() {
            let position = u64::try_from(*position).expect("positions are counted from 0");
            // What was taken before the sink was opened comes again when a crash cut a frame's records in two.
            if position >= self.next {
                let mut json = String::new();
                self.rows.write(&mut json, columns, row);
                self.queue.push_back(Record { position, json });
            }
            if self.queue.len() >= self.batch {
                self.send(self.batch)?;
            }
        }
        Ok(())
    }

    /// Delivers the first `count` records that wait, and remembers it.
    fn send(&mut self, count: usize) -> Result<(), Error> {
        let records: Vec<Record> = self.queue.drain(..count).collect();
        // Parts of a batch that the endpoint refuses as a whole are sent by themselves, the first of them first.
        let mut parts = vec![&records[..]];
        while let Some(part) = parts.pop() {
            let last = part.last().expect("a part has a record").position;
            match self.delivery.deliver(part)? {
                Outcome::Taken => {}
                Outcome::Refused { can_be_split: true, .. } if part.len() > 1 => {
                    let (first, second) = part.split_at(part.len() / 2);
                    parts.extend([second, first]);
                    continue;
                }
                Outcome::Refused { refusal, .. } => {
                    self.dead.add(part, &refusal)?;
                    self.delivery.tell_dead(part.len(), &refusal.reason);
                }
            }
            self.next = last + 1;
            let cursor = self.cursor.mark().map_or(0, |mark| mark.cursor);
            self.cursor.set(Mark { cursor, part: self.next, bytes: 0 })?;
        }
        Ok(())
    }

    fn send_all(&mut self, cursor: u64) -> Result<(), Error> {
        while !self.queue.is_empty() {
            self.send(self.queue.len().min(self.batch))?;
        }
        self.cursor.set(Mark { cursor, part: self.next, bytes: 0 })
    }

    /// Runs a step unless an earlier one failed.
    fn step(&mut self, step: impl FnOnce(&mut Self) -> Result<(), Error>) -> Result<(), Error> {
        if self.failed {
            return Err(Error::Failed);
        }
        let result = step(self);
        self.failed = result.is_err();
        result
    }
}

impl Sink for Webhook {
    fn cursor(&self) -> Option<u64> {
        self.cursor.mark().map(|mark| mark.cursor)
    }

    fn append(&mut self, columns: &[Column]) -> Result<(), Error> {
        self.step(|sink| sink.add(columns))
    }

    fn commit(&mut self, cursor: u64) -> Result<(), Error> {
        self.step(|sink| sink.send_all(cursor))
    }

    fn flush(&mut self, cursor: u64) -> Result<(), Error> {
        self.commit(cursor)
    }

    fn close(mut self: Box<Self>, cursor: u64) -> Result<(), Error> {
        self.commit(cursor)
    }
}

/// The address up to which the sink in `folder` has delivered everything; none when there is no such sink.
///
/// # Errors
/// Those of the storage, and a damaged cursor.
pub fn cursor(storage: &dyn Storage, folder: &Path) -> Result<Option<u64>, Error> {
    let path = Webhook::cursor_path(folder);
    if !storage.exists(&path)? {
        return Ok(None);
    }
    Ok(Cursor::open(storage, &path)?.mark().map(|mark| mark.cursor))
}

/// What the positions of this sink's records are counted in: a log that is started anew has another name, so that its
/// records are not taken for repeats. Made once.
fn source(storage: &dyn Storage, folder: &Path) -> Result<String, Error> {
    let path = folder.join(SOURCE);
    if storage.exists(&path)? {
        let mut bytes = [0; 2 * SOURCE_BYTES];
        let file = storage.open(&path)?;
        let read = file.read_at(0, &mut bytes)?;
        let text = String::from_utf8_lossy(&bytes[..read]).into_owned();
        if read == bytes.len() && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            file.sync_data(PURPOSE)?;
            return Ok(text);
        }
    }
    let mut bytes = [0; SOURCE_BYTES];
    let random = fs::File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut bytes));
    random.map_err(Error::Random)?;
    let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let file = storage.create(&path)?;
    file.write_at(0, text.as_bytes())?;
    file.sync_data(PURPOSE)?;
    storage.sync_directory(folder, NAME_PURPOSE)?;
    Ok(text)
}
