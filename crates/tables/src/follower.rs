//! The walk over the log, frame by frame, up to its durable mark: what a crash could still undo is never read.

use std::sync::Arc;

use eventlog::{Address, Frame, Frames as _, Reader};
use records::{
    KIND_CONTROL, KIND_INPUT, KIND_OUTPUT,
    control::{Control, ControlEntry},
    input::InputBatch,
    output::OutputBatch,
};
use sql::definition::Definitions;
use types::{Epoch, Micros, Position};

use crate::{
    Error, Result,
    frame::{Rows, Shapes},
    layout::Kind,
    manifest::LastFrame,
    reference,
    seal::{Commit, Cut},
    segment::Segment,
    store::{Inner, Tables},
};

/// The name by which the log knows the reader.
pub const READER: &str = "mitra-query";

/// What a step found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// A frame.
    Read,
    /// None, because too many rows wait for the commit that has begun.
    Full,
    /// Nothing more is durable yet.
    Idle,
    /// There is no log yet.
    NoLog,
}

/// The one who brings the tables forward.
pub struct Follower {
    tables: Arc<Tables>,
    reader: Option<Reader>,
    /// The frame that must be read first, and is in the tables already.
    resume: Option<LastFrame>,
    /// The last frame that was read.
    last: Option<LastFrame>,
    /// The batch of events whose outputs may still come.
    pending: Option<Pending>,
    shapes: Option<(Epoch, Arc<Shapes>)>,
    frame: Frame,
    input: InputBatch,
    output: OutputBatch,
}

#[derive(Clone, Copy, Debug)]
struct Pending {
    base: Position,
    epoch: Epoch,
    /// The frame before.
    before: Option<LastFrame>,
    clock_before: Option<Micros>,
}

impl Follower {
    /// Goes on where the last commit was.
    pub fn new(tables: Arc<Tables>) -> Self {
        let resume = tables.inner().sealed;
        Self {
            tables,
            reader: None,
            resume,
            last: resume,
            pending: None,
            shapes: None,
            frame: Frame::default(),
            input: InputBatch::default(),
            output: OutputBatch::default(),
        }
    }

    /// Takes the next frame, and commits when enough rows are in memory; while a commit is being written, as many again may be.
    ///
    /// # Errors
    /// [`storage::Error::Full`] is worth another try once there is space; any other ends the follower.
    pub fn step(&mut self) -> Result<Progress> {
        if self.tables.is_full(2) && self.tables.inner().is_committing {
            return Ok(Progress::Full);
        }
        if self.is_due() {
            self.commit()?;
        }
        if self.reader.is_none() {
            self.reader = self.open()?;
        }
        let Some(reader) = &mut self.reader else { return Ok(Progress::NoLog) };
        let read = reader.read(&mut self.frame);
        if !read.map_err(|error| self.tables.log_error(error))? {
            return Ok(Progress::Idle);
        }
        match self.resume.take() {
            Some(expected) => self.check_resumed(expected)?,
            None => self.take()?,
        }
        Ok(Progress::Read)
    }

    /// Writes what is in memory to files, so that a restart goes on from here.
    ///
    /// # Errors
    /// As [`Follower::step`].
    pub fn commit(&mut self) -> Result<()> {
        self.begin().map_or(Ok(()), Commit::write)
    }

    /// Begins a commit, to be written while the follower goes on; none when there is nothing new, or another one has not ended.
    pub fn begin(&mut self) -> Option<Commit> {
        let cut = self.cut();
        if cut.last.is_none() || cut.last == self.tables.inner().sealed {
            return None;
        }
        self.tables.begin(cut)
    }

    /// Whether so many rows are in memory that a commit should begin.
    pub fn is_due(&self) -> bool {
        !self.tables.inner().is_committing && self.tables.is_full(1)
    }

    /// Up to where everything is known.
    fn cut(&self) -> Cut {
        let inner = self.tables.inner();
        match self.pending {
            Some(pending) => {
                Cut { last: pending.before, next_position: pending.base, clock: pending.clock_before }
            }
            None => Cut { last: self.last, next_position: inner.next_position, clock: inner.clock },
        }
    }

    fn open(&mut self) -> Result<Option<Reader>> {
        let options = &self.tables.options;
        let from = Address(self.resume.map_or(0, |last| last.address));
        let archive = Some(options.archive.as_path());
        match Reader::open(Arc::clone(&options.storage), &options.data, archive, from) {
            Err(eventlog::Error::Storage(storage::Error::NotFound { .. })) => Ok(None),
            Err(error) => Err(self.tables.log_error(error)),
            Ok(reader) => {
                self.tables.register()?;
                Ok(Some(reader))
            }
        }
    }

    fn check_resumed(&self, expected: LastFrame) -> Result<()> {
        let found = LastFrame::of(&self.frame);
        if found == expected {
            return Ok(());
        }
        let reason = format!(
            "the frame at address {} holds position {} and is another one than the tables have read",
            found.address, found.position
        );
        Err(Error::OtherLog { directory: self.tables.directory.clone(), reason })
    }

    fn take(&mut self) -> Result<()> {
        let header = self.frame.header;
        match header.kind {
            KIND_INPUT => self.take_input()?,
            KIND_OUTPUT => self.take_output()?,
            KIND_CONTROL => self.take_control()?,
            _ => {}
        }
        self.last = Some(LastFrame::of(&self.frame));
        Ok(())
    }

    fn take_input(&mut self) -> Result<()> {
        let header = self.frame.header;
        self.input.decode_into(&self.frame.payload).map_err(|error| self.unreadable(&error))?;
        let shapes = self.shapes(header.epoch)?;
        let rows = shapes.events(header.position, &self.input).map_err(|reason| self.unreadable(&reason))?;
        let mut inner = self.tables.inner();
        let clock_before = inner.clock;
        inner.settle_pending();
        for rows in &rows {
            inner.append(rows);
            inner.relation(rows.kind, &rows.name).pending = rows.count;
        }
        inner.clock = inner.clock.max(self.input.arrived.last().copied());
        inner.next_position = header.position + u64::from(header.count);
        inner.bytes_in_memory += self.frame.payload.len() as u64;
        self.tables.changed(&mut inner);
        drop(inner);
        let (base, epoch, before) = (header.position, header.epoch, self.last);
        self.pending = Some(Pending { base, epoch, before, clock_before });
        Ok(())
    }

    fn take_output(&mut self) -> Result<()> {
        let position = self.frame.header.position;
        let pending = self.pending.take_if(|pending| pending.base == position);
        let pending = pending.ok_or_else(|| {
            self.unreadable(&format!(
                "it answers position {position}, and no batch before it does wait for that"
            ))
        })?;
        self.output.decode_into(&self.frame.payload).map_err(|error| self.unreadable(&error))?;
        let shapes = self.shapes(pending.epoch)?;
        let rows = shapes.records(pending.base, &self.input, &self.output);
        let rows = rows.map_err(|reason| self.unreadable(&reason))?;
        let mut inner = self.tables.inner();
        inner.settle_pending();
        rows.iter().for_each(|rows| inner.append(rows));
        inner.bytes_in_memory += self.frame.payload.len() as u64;
        self.tables.changed(&mut inner);
        Ok(())
    }

    fn take_control(&mut self) -> Result<()> {
        self.pending = None;
        let position = self.frame.header.position;
        let control = Control::decode(&self.frame.payload).map_err(|error| self.unreadable(&error))?;
        let mut inner = self.tables.inner();
        inner.settle_pending();
        let before = inner.catalog.current();
        inner.take_control(ControlEntry { position, control }, &self.tables.blobs)?;
        let after = inner.catalog.current();
        // Rows of a table are read while queries go on.
        drop(inner);
        let mut loaded = Vec::new();
        for table in reference::changed(&before, &after) {
            loaded.push((table.name.clone(), reference::load(table, &self.tables.blobs)?));
        }
        for (name, loaded) in loaded {
            self.replace_rows(&name, loaded)?;
        }
        let mut inner = self.tables.inner();
        inner.drop_references(&after);
        inner.next_position = position + 1;
        self.tables.changed(&mut inner);
        Ok(())
    }

    /// Writes a reference table's rows to a file of their own; the next commit names it.
    fn replace_rows(&self, name: &str, loaded: reference::Loaded) -> Result<()> {
        let number = {
            let mut inner = self.tables.inner();
            inner.next_segment += 1;
            inner.next_segment - 1
        };
        let fields = loaded.batch.schema().fields().iter().map(|field| field.as_ref().clone()).collect();
        let batches = std::iter::once(Ok(loaded.batch));
        let storage = &self.tables.options.storage;
        let segment = Segment::write(storage, &self.tables.directory, number, fields, None, batches)?;
        // A commit that has begun may name it.
        storage.sync_directory(&self.tables.directory, "reference table's segment name")?;
        let mut inner = self.tables.inner();
        let relation = inner.relation(Kind::Table, name);
        let old = std::mem::replace(&mut relation.segments, vec![Arc::new(segment)]);
        relation.stored = loaded.stored;
        relation.forget_places();
        inner.retired.extend(old);
        Ok(())
    }

    fn shapes(&mut self, epoch: Epoch) -> Result<Arc<Shapes>> {
        if let Some((known, shapes)) = &self.shapes
            && *known == epoch
        {
            return Ok(Arc::clone(shapes));
        }
        let definitions = self.tables.inner().catalog.at(epoch);
        let unknown =
            || self.unreadable(&format!("it is of epoch {epoch}, which no control record before it makes"));
        let definitions = definitions.ok_or_else(unknown)?;
        let shapes = Arc::new(Shapes::new(epoch, &definitions));
        self.shapes = Some((epoch, Arc::clone(&shapes)));
        Ok(shapes)
    }

    fn unreadable(&self, reason: &dyn std::fmt::Display) -> Error {
        Error::Frame { address: self.frame.address.0, reason: reason.to_string() }
    }
}

impl Inner {
    /// The outputs of the last batch have come, or never will.
    fn settle_pending(&mut self) {
        self.relations.values_mut().for_each(|relation| relation.pending = 0);
    }

    /// Lets the rows of reference tables go that are no longer defined: nothing else would.
    fn drop_references(&mut self, definitions: &Definitions) {
        let is_gone =
            |(kind, name): &(Kind, String)| *kind == Kind::Table && !definitions.tables.contains_key(name);
        let gone: Vec<_> = self.relations.extract_if(.., |key, _| is_gone(key)).collect();
        self.retired.extend(gone.into_iter().flat_map(|(_, relation)| relation.segments));
    }

    fn append(&mut self, rows: &Rows) {
        self.relation(rows.kind, &rows.name).append(rows);
    }
}

impl Tables {
    fn log_error(&self, error: eventlog::Error) -> Error {
        match error {
            eventlog::Error::Gone { address, start } => {
                Error::Gone { cursor: address.0, start: start.0, archive: self.options.archive.clone() }
            }
            error @ (eventlog::Error::NotAFrame { .. } | eventlog::Error::Beyond { .. }) => {
                Error::OtherLog { directory: self.directory.clone(), reason: error.to_string() }
            }
            error => error.into(),
        }
    }
}
