//! The loop's body: what waits becomes an input frame, the engine's answer an output frame, in one order.

use std::{collections::VecDeque, path::PathBuf, sync::Arc};

use catalog::Catalog;
use engine::{Engine, Executor, memory::TimelineMemory};
use eventlog::{Address, Append, EmbeddedHistory, History, Log, Syncer};
use ingest::files::MergedBatch;
use records::{KIND_INPUT, KIND_OUTPUT, control::ControlEntry, input::InputBatch, output::OutputBatch};
use sql::definition::{Definitions, Stream};
use state::Checkpoints;
use storage::Storage;
use types::{Column, Epoch, Micros, Position};

use crate::{
    Error,
    admission::{Admitted, Gate},
    blobs::Blobs,
    changes::Changes,
    checkpoint,
    clock::Clock,
    pieces,
    record::{Batch, Titles},
    spent::{Spent, timed},
};

/// Events in one frame at most.
pub const BATCH_EVENTS_MAX: usize = 8_192;

/// Kind of a frame that says nothing, as a clean stop's closing mark is.
const KIND_NOTHING: u8 = 0;

/// Room that a disk must have before it counts as no longer full: a frame of a few hundred events.
const PROBE_BYTES: usize = 64 << 10;

/// How a processor runs.
#[derive(Clone)]
pub struct Options {
    /// The data directory.
    pub data: PathBuf,
    /// Bytes of a log segment.
    pub segment_bytes: u64,
    /// Where sealed segments are archived.
    pub archive: PathBuf,
    /// Files.
    pub storage: Arc<dyn Storage>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Threads of the engine.
    pub executor: Arc<dyn Executor + Send>,
    /// Events between two checkpoints; 0 takes none but at a clean stop.
    pub checkpoint_events: u64,
    /// Microseconds after which one is taken when there were any events.
    pub checkpoint_interval: Micros,
    /// Events in one frame at most, from 1 to [`BATCH_EVENTS_MAX`].
    pub batch_events_max: usize,
}

/// Rows of one stream that somebody sent together.
#[derive(Debug)]
pub struct Submission {
    /// The stream, as the rows were typed.
    pub stream: Arc<Stream>,
    /// The rows: all columns of the stream, tokenised.
    pub columns: Vec<Column>,
    /// When each row arrived, for history; `None` for now.
    pub arrived: Option<Vec<Micros>>,
    /// Somebody waits for their decisions.
    pub asked: bool,
}

impl Submission {
    /// How many events it holds.
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, Column::len)
    }
}

/// What became of one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowStatus {
    /// It is at this position.
    Accepted(Position),
    /// The same content is at this position already.
    Repeated(Position),
    /// Other content under the same key is at this position.
    Conflict(Position),
    /// Its primary key is NULL or its stream is gone.
    Refused,
}

/// What became of a submission, once the log is durable up to `durable_at`.
#[derive(Debug)]
pub struct Receipt {
    /// By row.
    pub rows: Vec<RowStatus>,
    /// The rows' frame, when their decisions were asked for and fit in one frame.
    pub batch: Option<Arc<Batch>>,
    /// The submission's columns, whose buffers can serve another one; none when they became the batch's.
    pub spent: Vec<Column>,
}

/// An output that waits for space on the disk.
pub(crate) struct PendingOutput {
    pub base: Position,
    pub count: u32,
    pub epoch: Epoch,
    pub payload: Vec<u8>,
}

/// Owner of the log's end, the engine and the catalog.
pub struct Processor {
    pub(crate) options: Options,
    pub(crate) log: Box<dyn Log>,
    pub(crate) segments: Arc<EmbeddedHistory>,
    pub(crate) catalog: Catalog,
    pub(crate) engine: Engine,
    pub(crate) gate: Gate,
    pub(crate) blobs: Blobs,
    pub(crate) checkpoints: Arc<Checkpoints>,
    pub(crate) checkpointing: Option<checkpoint::Begun>,
    pub(crate) controls: Vec<ControlEntry>,
    pub(crate) changes: Changes,
    pub(crate) pending_outputs: VecDeque<PendingOutput>,
    pub(crate) events_since_checkpoint: u64,
    pub(crate) checkpoint_position: Position,
    /// When the last checkpoint was begun, or the process started.
    pub(crate) checkpoint_at: Micros,
    pub(crate) encoded: Vec<u8>,
    pub(crate) output: OutputBatch,
    /// State was built that no checkpoint holds yet: without one a restart would read all history again.
    pub(crate) checkpoint_wanted: bool,
    pub(crate) spent: Spent,
    /// Of the definitions that were in force when a record was last asked for.
    pub(crate) titles: Arc<Titles>,
}

impl Processor {
    /// The definitions in force.
    pub fn definitions(&self) -> Arc<Definitions> {
        self.catalog.current()
    }

    /// The epoch in force.
    pub fn epoch(&self) -> Epoch {
        self.catalog.epoch()
    }

    /// The catalog.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The engine.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Looks at some more keys to count the state; see [`Engine::survey`].
    pub fn survey(&mut self, keys_max: usize) -> Option<Vec<TimelineMemory>> {
        self.engine.survey(keys_max)
    }

    /// Events in one frame at most.
    pub fn batch_events_max(&self) -> usize {
        self.options.batch_events_max
    }

    /// Where the time went.
    pub fn spent(&self) -> Spent {
        self.spent
    }

    /// The end of the log: replies wait until it is durable up to here.
    pub fn end(&self) -> Address {
        self.log.end()
    }

    /// The position that the next record gets.
    pub fn next_position(&self) -> Position {
        self.log.next_position()
    }

    /// Makes the log durable, from any thread.
    pub fn syncer(&self) -> Arc<dyn Syncer> {
        self.log.syncer()
    }

    /// The log, read from any thread.
    pub fn history(&self) -> Arc<dyn History> {
        self.log.history()
    }

    /// The index of keys, shared with those who look records up.
    pub fn index(&self) -> crate::admission::SharedIndex {
        self.gate.index()
    }

    /// Appends one frame of the submissions' new rows and one of their decisions, or several when they are more than
    /// `batch_events_max`. The receipts hold once the log is durable up to [`Processor::end`].
    ///
    /// # Errors
    /// `Full` when the disk is: send everything again later, what was taken is recognised. Any other error is final
    /// for this processor.
    pub fn submit(&mut self, submissions: Vec<Submission>) -> Result<Vec<Receipt>, Error> {
        let rows: usize = submissions.iter().map(Submission::rows).sum();
        let rows_max = self.options.batch_events_max;
        if rows <= rows_max {
            return self.submit_frame(submissions);
        }
        let mut receipts = Vec::with_capacity(submissions.len());
        for submission in submissions {
            let rows = Vec::with_capacity(submission.rows());
            let mut whole = Receipt { rows, batch: None, spent: Vec::new() };
            let pieces = pieces::split(submission, rows_max);
            let is_whole = pieces.len() == 1;
            for piece in pieces {
                for Receipt { rows, batch, .. } in self.submit_frame(vec![piece])? {
                    whole.rows.extend(rows);
                    whole.batch = batch.filter(|_| is_whole);
                }
            }
            receipts.push(whole);
        }
        Ok(receipts)
    }

    fn submit_frame(&mut self, submissions: Vec<Submission>) -> Result<Vec<Receipt>, Error> {
        self.go_on()?;
        let epoch = self.catalog.epoch();
        let definitions = self.catalog.current();
        let asked: Vec<bool> = submissions.iter().map(|submission| submission.asked).collect();
        let base = self.log.next_position();
        let now = self.options.clock.now();
        let log = &*self.log;
        let admit = || self.gate.admit(submissions, &definitions, base, now, log);
        let Admitted { input, statuses, spent } = timed(&mut self.spent.admission, admit)?;
        let receipts = statuses.into_iter().zip(spent);
        let mut receipts: Vec<Receipt> =
            receipts.map(|(rows, spent)| Receipt { rows, batch: None, spent }).collect();
        let Some(output) = self.decide(base, epoch, &input)? else { return Ok(receipts) };
        if asked.contains(&true) {
            let titles = self.titles(&definitions);
            let batch = Arc::new(Batch { base, epoch, titles, input, output });
            for (receipt, asked) in receipts.iter_mut().zip(asked) {
                receipt.batch = asked.then(|| Arc::clone(&batch));
            }
        } else {
            self.output = output;
        }
        Ok(receipts)
    }

    /// The names of the definitions in force, for those who read records.
    fn titles(&mut self, definitions: &Arc<Definitions>) -> Arc<Titles> {
        if !Arc::ptr_eq(self.titles.definitions(), definitions) {
            self.titles = Arc::new(Titles::new(Arc::clone(definitions)));
        }
        Arc::clone(&self.titles)
    }

    /// Appends one frame of the new rows of history, in their order, and one of their decisions.
    ///
    /// # Errors
    /// As [`Processor::submit`].
    pub fn import(&mut self, merged: MergedBatch) -> Result<Receipt, Error> {
        self.go_on()?;
        let definitions = self.catalog.current();
        let base = self.log.next_position();
        let admit = || self.gate.admit_history(merged, &definitions, base, &*self.log);
        let Admitted { input, statuses, .. } = timed(&mut self.spent.admission, admit)?;
        if let Some(output) = self.decide(base, self.catalog.epoch(), &input)? {
            self.output = output;
        }
        Ok(Receipt { rows: statuses.into_iter().flatten().collect(), batch: None, spent: Vec::new() })
    }

    /// Logs admitted rows and what the engine makes of them; none when there are none.
    fn decide(
        &mut self,
        base: Position,
        epoch: Epoch,
        input: &InputBatch,
    ) -> Result<Option<OutputBatch>, Error> {
        if input.is_empty() {
            return Ok(None);
        }
        self.encoded.clear();
        timed(&mut self.spent.encoding, || input.encode(&mut self.encoded));
        let count = u32::try_from(input.len()).expect("a batch is bounded");
        let append = Append::consuming(KIND_INPUT, epoch, base, count);
        timed(&mut self.spent.writing, || self.log.append(append, &self.encoded))?;
        timed(&mut self.spent.admission, || self.gate.commit())?;
        let executor = Arc::clone(&self.options.executor);
        let mut output = std::mem::take(&mut self.output);
        let process = || self.engine.process(epoch, base, input, &*executor, &mut output);
        timed(&mut self.spent.engine, process)?;
        self.append_output(base, count, epoch, &output);
        self.events_since_checkpoint += u64::from(count);
        Ok(Some(output))
    }

    /// Appends a batch's outputs, or keeps them until the disk has space: their inputs are in the log already.
    pub(crate) fn append_output(&mut self, base: Position, count: u32, epoch: Epoch, output: &OutputBatch) {
        if output.decisions.is_empty() {
            return;
        }
        self.encoded.clear();
        timed(&mut self.spent.encoding, || output.encode(&mut self.encoded));
        let append = Append::answering(KIND_OUTPUT, epoch, base, count);
        if timed(&mut self.spent.writing, || self.log.append(append, &self.encoded)).is_err() {
            let payload = self.encoded.clone();
            self.pending_outputs.push_back(PendingOutput { base, count, epoch, payload });
        }
    }

    /// Does what a full disk has held up, and proves that there is space for more.
    ///
    /// # Errors
    /// `Full` while there is none.
    pub fn probe_space(&mut self) -> Result<(), Error> {
        self.go_on()?;
        let append = Append::answering(KIND_NOTHING, self.epoch(), self.next_position(), 0);
        self.log.append(append, &[0; PROBE_BYTES])?;
        Ok(())
    }

    /// Whether outputs wait for space: receipts of their inputs must not be given yet.
    pub fn is_stalled(&self) -> bool {
        !self.pending_outputs.is_empty()
    }

    /// Appends the outputs that a full disk held up.
    ///
    /// # Errors
    /// `Full` while there is no space.
    pub fn flush_outputs(&mut self) -> Result<(), Error> {
        while let Some(pending) = self.pending_outputs.front() {
            let append = Append::answering(KIND_OUTPUT, pending.epoch, pending.base, pending.count);
            self.log.append(append, &pending.payload)?;
            self.pending_outputs.pop_front();
        }
        Ok(())
    }

    /// Syncs, takes a checkpoint and writes the log's closing mark.
    ///
    /// # Errors
    /// Those of the storage.
    pub fn close(mut self) -> Result<(), Error> {
        self.go_on()?;
        self.checkpoint()?;
        self.log.close()?;
        Ok(())
    }
}
