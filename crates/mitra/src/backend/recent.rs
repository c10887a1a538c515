//! The latest decisions for those who watch: read from the log behind the engine, never asked of it.

use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use catalog::Catalog;
use console::{LATEST_MAX, Recent};
use eventlog::{Address, Frame, Until};
use records::{KIND_INPUT, KIND_OUTPUT, input::InputBatch, output::OutputBatch};
use runtime::record::{Batch, Titles};
use serve::Answer;
use types::Position;

use super::Backend;
use crate::answer;

/// How many records back the first look begins: flagged ones are rare.
const FIRST_LOOK: Position = 20_000;
/// What a look may take before it goes on at the end of the log.
const PATIENCE: Duration = Duration::from_millis(150);

/// The two frames of a batch.
#[derive(Default)]
struct Pair {
    input: Frame,
    output: Frame,
}

impl Pair {
    fn events(&self) -> usize {
        self.input.header.count as usize
    }
}

impl Backend {
    /// What was decided since `cursor`, an address in the log.
    pub(super) fn recently(&self, cursor: Option<u64>) -> Result<Recent> {
        let shared = self.handle.shared();
        let end = shared.figures().next_position;
        let mut from = match cursor {
            Some(cursor) => Address(cursor),
            None => self.address(end.saturating_sub(FIRST_LOOK))?,
        };
        let mut look = Look {
            catalog: shared.catalog(),
            scanned: None,
            last: VecDeque::new(),
            flagged: VecDeque::new(),
        };
        let mut is_sampled = false;
        loop {
            let read =
                look.read(&mut *self.history.reader(from.max(self.history.start()), Until::Durable)?)?;
            match read {
                Progress::Done(address) => {
                    from = address;
                    break;
                }
                // A second stop is at the end as well as anybody can be.
                Progress::Stopped(address) if is_sampled => {
                    from = address;
                    break;
                }
                Progress::Stopped(_) => {
                    is_sampled = true;
                    let end = shared.figures().next_position;
                    from = self.address(end.saturating_sub(LATEST_MAX as Position))?;
                }
            }
        }
        Ok(Recent { latest: look.latest()?, flagged: look.flagged.into(), cursor: from.0, is_sampled })
    }

    /// Where the record at `position`, or the first kept one, is.
    fn address(&self, position: Position) -> Result<Address> {
        Ok(self.history.seek(position)?.unwrap_or(self.history.start()))
    }
}

/// How a look over the log ended.
enum Progress {
    /// At the end.
    Done(Address),
    /// Before it, because it took too long.
    Stopped(Address),
}

struct Look {
    catalog: Arc<Catalog>,
    /// Reused from batch to batch.
    scanned: Option<Batch>,
    /// The last batches, which have the latest records.
    last: VecDeque<Pair>,
    flagged: VecDeque<Answer>,
}

impl Look {
    fn read(&mut self, frames: &mut dyn eventlog::Frames) -> Result<Progress> {
        let started = Instant::now();
        let (mut pair, mut done) = (Pair::default(), frames.cursor());
        let mut frame = Frame::default();
        while frames.read(&mut frame)? {
            match frame.header.kind {
                KIND_INPUT => {
                    // An input whose outputs are not durable yet is read again the next time.
                    done = frame.address;
                    std::mem::swap(&mut pair.input, &mut frame);
                }
                KIND_OUTPUT if frame.header.position == pair.input.header.position => {
                    done = frame.next;
                    std::mem::swap(&mut pair.output, &mut frame);
                    self.take(std::mem::take(&mut pair))?;
                }
                _ => done = frame.next,
            }
            if started.elapsed() > PATIENCE {
                return Ok(Progress::Stopped(done));
            }
        }
        Ok(Progress::Done(done))
    }

    fn take(&mut self, pair: Pair) -> Result<()> {
        let batch = decoded(&self.catalog, &pair, self.scanned.take())?;
        for (decision, position) in fired(&batch) {
            let record =
                batch.record(&decision, position).context("a record has no event: please report it")?;
            push(&mut self.flagged, answer::of(record));
        }
        self.scanned = Some(batch);
        self.last.push_back(pair);
        let mut events: usize = self.last.iter().map(Pair::events).sum();
        while let Some(first) = self.last.front()
            && events - first.events() >= LATEST_MAX
        {
            events -= first.events();
            self.last.pop_front();
        }
        Ok(())
    }

    /// The last records of all decisions, by position.
    fn latest(&mut self) -> Result<Vec<Answer>> {
        let mut latest = VecDeque::new();
        for pair in std::mem::take(&mut self.last) {
            let batch = decoded(&self.catalog, &pair, self.scanned.take())?;
            for (decision, position) in last(&batch) {
                let record =
                    batch.record(&decision, position).context("a record has no event: please report it")?;
                push(&mut latest, answer::of(record));
            }
            self.scanned = Some(batch);
        }
        Ok(latest.into())
    }
}

fn push(answers: &mut VecDeque<Answer>, answer: Answer) {
    if answers.len() == LATEST_MAX {
        answers.pop_front();
    }
    answers.push_back(answer);
}

/// The batch of both frames, in the memory of an earlier one.
fn decoded(catalog: &Catalog, pair: &Pair, earlier: Option<Batch>) -> Result<Batch> {
    let (mut input, mut output, earlier_titles) = earlier.map_or_else(
        || (InputBatch::default(), OutputBatch::default(), None),
        |earlier| (earlier.input, earlier.output, Some((earlier.epoch, earlier.titles))),
    );
    input.decode_into(&pair.input.payload)?;
    output.decode_into(&pair.output.payload)?;
    let header = &pair.input.header;
    let titles = match earlier_titles {
        Some((epoch, titles)) if epoch == header.epoch => titles,
        _ => Arc::new(Titles::new(catalog.at(header.epoch).unwrap_or_default())),
    };
    Ok(Batch { base: header.position, epoch: header.epoch, titles, input, output })
}

/// Records for which a rule fired, by decision and position.
fn fired(batch: &Batch) -> Vec<(String, Position)> {
    records(batch, |block, record| block.fired_counts[record] > 0)
}

/// The last records of each decision, in the order of their events.
fn last(batch: &Batch) -> Vec<(String, Position)> {
    let mut found = records(batch, |block, record| block.events.len() - record <= LATEST_MAX);
    found.sort_by_key(|(_, position)| *position);
    found
}

fn records(
    batch: &Batch,
    wanted: impl Fn(&records::output::DecisionRows, usize) -> bool,
) -> Vec<(String, Position)> {
    let mut found = Vec::new();
    for block in &batch.output.decisions {
        let Some(name) = batch.titles.definitions().decisions.keys().nth(usize::from(block.decision)) else {
            continue;
        };
        let records = (0..block.events.len()).filter(|record| wanted(block, *record));
        found.extend(records.map(|record| (name.clone(), batch.base + Position::from(block.events[record]))));
    }
    found
}
