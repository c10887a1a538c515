//! The walk over the log: which frames go to which sinks, under the definitions of each frame's epoch.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, anyhow, bail};
use catalog::Catalog;
use eventlog::{Address, Frame, Frames, Until};
use records::{KIND_INPUT, KIND_OUTPUT, input::InputBatch, output::OutputBatch};
use sql::definition::{Definitions, Sink};
use types::{Epoch, Position};

use super::{
    Share, Source,
    slot::{self, Slot},
    wanted::{Batch, Wanted},
    webhooks,
};

/// How long the follower waits for more when it has seen everything.
pub(super) const IDLE: Duration = Duration::from_millis(20);

/// How often the sinks' lag is shown.
const MEASURE_PERIOD: Duration = Duration::from_millis(200);

/// Rows between two commits while the log is busy.
const COMMIT_ROWS: usize = 65_536;

/// How often an epoch is asked for that the log has and the catalog does not show yet.
const EPOCH_ATTEMPTS_MAX: u32 = 1_000;

/// What an epoch's definitions want, by the sinks' places.
type Epochs = BTreeMap<Epoch, Arc<BTreeMap<String, Arc<Wanted>>>>;

/// Reads the log in order; each sink skips what it has.
pub struct Follower {
    source: Source,
    share: Share,
    /// What was read and given is before this.
    given: Arc<AtomicU64>,
    /// By place, which stays the same whatever the sink is called.
    slots: BTreeMap<String, Slot>,
    epochs: Epochs,
    /// Everything before was given to every sink that takes rows.
    done: Address,
    /// Where the batch being read starts.
    batch: Address,
    /// The position of its first event.
    base: Option<Position>,
    input: InputBatch,
    output: OutputBatch,
    /// When the sinks' lag was shown last.
    measured: Instant,
}

impl Follower {
    /// A follower that has seen nothing.
    pub fn new(source: Source, share: Share) -> Self {
        Self {
            source,
            share,
            given: Arc::default(),
            slots: BTreeMap::new(),
            epochs: BTreeMap::new(),
            done: Address(0),
            batch: Address(0),
            base: None,
            input: InputBatch::default(),
            output: OutputBatch::default(),
            measured: Instant::now(),
        }
    }

    /// Where it is told how far everything was read and given.
    pub fn given(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.given)
    }

    /// Follows until `stop` is set and everything durable was given, a webhook also until it is dropped and has everything.
    ///
    /// # Errors
    /// Those of reading the log; at the end, the sinks that lack rows.
    pub fn run(&mut self, stop: &AtomicBool) -> Result<()> {
        let mut frames = self.start()?;
        let mut frame = Frame::default();
        loop {
            // The flag is read before the log, so that what was durable when it was set is still seen.
            let stopping = stop.load(Ordering::Relaxed);
            if let Some(from) = self.retry() {
                frames = self.reader(from)?;
            }
            let start = frames.cursor();
            webhooks::publish(&self.given, start);
            self.measure(start);
            if self.slots.values().any(Slot::is_ended) {
                break;
            }
            if frames.read(&mut frame)? {
                self.take(&frame, start)?;
                continue;
            }
            self.open_current()?;
            self.settle(1);
            if stopping || self.is_dropped() {
                break;
            }
            thread::park_timeout(IDLE);
        }
        let site = &self.source.site;
        self.slots.values_mut().for_each(|slot| slot.close(site));
        if stop.load(Ordering::Relaxed) && self.slots.values().any(Slot::is_ended) {
            let Share::Webhook(place) = &self.share else { unreachable!("files are not ended") };
            let sink = place.trim_start_matches("webhook:");
            complain!("webhook_interrupted", sink = sink; "sink {sink}: {}", sinks::Error::Stopping);
        }
        let failures: Vec<&str> = self.slots.values().filter_map(Slot::failure).collect();
        if !failures.is_empty() {
            bail!("{}", failures.join("; "));
        }
        Ok(())
    }

    /// Whether it follows for a webhook that no definition has any more.
    fn is_dropped(&self) -> bool {
        let definitions = self.source.handle.shared().catalog().current();
        self.share != Share::Files && !definitions.sinks.values().any(|sink| self.share.has(sink))
    }

    fn reader(&self, from: Address) -> Result<Box<dyn Frames>> {
        Ok(self.source.history.reader(from.max(self.source.history.start()), Until::Durable)?)
    }

    /// Finds how far each sink is, and reads from where the first of them stands.
    fn start(&mut self) -> Result<Box<dyn Frames>> {
        // Asked for first: what a sink wants that the catalog does not have yet is in the log after this.
        let end = self.source.handle.shared().figures().log_end;
        let catalog = self.source.handle.shared().catalog();
        let mut from = None;
        for (path, place) in places(&catalog, &self.share) {
            let cursor = match slot::cursor(&place.sink, &self.source.site) {
                Ok(cursor) => cursor.map(Address),
                // Opening it tells what is wrong, where it can be tried again.
                Err(_) => None,
            };
            let first = self.address_of(&catalog, place.first)?;
            let mut slot = Slot::new(cursor.unwrap_or(first));
            if let Some(cursor) = cursor {
                self.check(&mut slot, &place, cursor);
            }
            let end = place.dropped.map(|epoch| self.address_of(&catalog, epoch)).transpose()?;
            if slot.failure().is_none() && end.is_none_or(|end| slot.fed < end) {
                from = Some(from.map_or(slot.fed, |from: Address| from.min(slot.fed)));
            }
            self.slots.insert(path, slot);
        }
        // What no sink lacks is not read.
        self.done = from.unwrap_or(end);
        self.reader(self.done)
    }

    /// Refuses a cursor from which the log cannot be read.
    fn check(&self, slot: &mut Slot, place: &Place, cursor: Address) {
        let first = |mut frames: Box<dyn Frames>| frames.read(&mut Frame::default());
        let Err(error) = self.source.history.reader(cursor, Until::Durable).and_then(first) else { return };
        let what = "its rows go on where this log cannot be read; move its files away to start new ones";
        let error = anyhow!(error).context(what);
        if let Some(wanted) = Wanted::of(&place.sink, &place.definitions) {
            slot.give_up(&Arc::new(wanted), &error, &self.source.site);
        }
    }

    /// Where an epoch's control record is, or the log's beginning.
    fn address_of(&self, catalog: &Catalog, epoch: Epoch) -> Result<Address> {
        let activation = catalog.history().iter().find(|activation| activation.epoch == epoch);
        let found = activation.map(|activation| self.source.history.seek(activation.position)).transpose()?;
        Ok(found.flatten().unwrap_or(self.source.history.start()))
    }

    /// Gives a frame to every sink that its epoch has and that does not have it yet.
    fn take(&mut self, frame: &Frame, start: Address) -> Result<()> {
        match frame.header.kind {
            KIND_INPUT => {
                self.batch = start;
                self.base = Some(frame.header.position);
                // A sink that is opened now gets all of this batch, whichever of its frames has its rows.
                self.done = start;
                let wanted = self.wanted(frame.header.epoch)?;
                if !wanted.is_empty() {
                    self.input.decode_into(&frame.payload)?;
                }
                self.close_unwanted(&wanted, frame.next);
                self.give(&wanted, frame, false)?;
            }
            KIND_OUTPUT => {
                let wanted = self.wanted(frame.header.epoch)?;
                let fresh = |path: &String| self.slots.get(path).is_none_or(|slot| slot.fed < frame.next);
                if wanted.iter().any(|(path, wanted)| !wanted.is_of_inputs() && fresh(path)) {
                    self.output.decode_into(&frame.payload)?;
                }
                self.give(&wanted, frame, true)?;
                self.done = frame.next;
            }
            _ => return Ok(()),
        }
        self.settle(COMMIT_ROWS);
        Ok(())
    }

    /// Closes the places that the batch is not for.
    fn close_unwanted(&mut self, wanted: &BTreeMap<String, Arc<Wanted>>, next: Address) {
        for (path, slot) in &mut self.slots {
            if slot.is_open() && slot.fed < next && !wanted.contains_key(path) {
                // Up to the first batch that is not for it, so that nobody looks for its rows again.
                slot.fed = self.batch;
                slot.close(&self.source.site);
            }
        }
    }

    /// Gives the frame to the sinks whose rows it has.
    fn give(&mut self, wanted: &BTreeMap<String, Arc<Wanted>>, frame: &Frame, is_output: bool) -> Result<()> {
        let site = &self.source.site;
        let position = frame.header.position;
        for (path, wanted) in wanted.iter().filter(|(_, wanted)| wanted.is_of_inputs() != is_output) {
            let slot = self.slots.entry(path.clone()).or_insert_with(|| Slot::new(self.done));
            if slot.fed >= frame.next {
                continue;
            }
            slot.prepare(wanted, self.done, site);
            if slot.is_open() && slot.fed < frame.next {
                if self.base != Some(position) {
                    bail!(
                        "what was decided at position {position} is read without its events: this is a bug, please report it"
                    );
                }
                let output = is_output.then_some(&self.output);
                slot.feed(&Batch { frame, input: &self.input, output }, site);
            }
        }
        Ok(())
    }

    /// Opens what is defined now, so that its files are there and what is wrong with them is told before the first row.
    fn open_current(&mut self) -> Result<()> {
        let epoch = self.source.handle.shared().catalog().epoch();
        let wanted = self.wanted(epoch)?;
        let site = &self.source.site;
        for (path, wanted) in &*wanted {
            let slot = self.slots.entry(path.clone()).or_insert_with(|| Slot::new(self.done));
            if !slot.is_open() {
                slot.prepare(wanted, self.done, site);
            }
        }
        Ok(())
    }

    /// Shows how far the files are behind; a webhook's lag is shown while its endpoint holds this thread up.
    fn measure(&mut self, seen: Address) {
        if self.share != Share::Files || self.measured.elapsed() < MEASURE_PERIOD {
            return;
        }
        self.measured = Instant::now();
        let (end, site) = (self.source.handle.shared().figures().log_end, &self.source.site);
        self.slots.values().for_each(|slot| slot.measure(seen, end, site));
    }

    fn settle(&mut self, rows_min: usize) {
        let site = &self.source.site;
        self.slots.values_mut().for_each(|slot| slot.settle(rows_min, site));
    }

    /// Opens failed sinks whose time has come, and tells from where the log has to be read again.
    fn retry(&mut self) -> Option<Address> {
        let site = &self.source.site;
        let mut from: Option<Address> = None;
        for slot in self.slots.values_mut().filter(|slot| slot.is_retry_due()) {
            slot.retry(slot.fed, site);
            if slot.is_open() {
                from = Some(from.map_or(slot.fed, |from| from.min(slot.fed)));
            }
        }
        from
    }

    /// The sinks that an epoch's records go to.
    fn wanted(&mut self, epoch: Epoch) -> Result<Arc<BTreeMap<String, Arc<Wanted>>>> {
        if let Some(wanted) = self.epochs.get(&epoch) {
            return Ok(Arc::clone(wanted));
        }
        let definitions = self.definitions(epoch)?;
        let of = |sink: &Arc<Sink>| {
            Some((sink.place(), Arc::new(Wanted::of(&self.delivered(sink), &definitions)?)))
        };
        let own = definitions.sinks.values().filter(|sink| self.share.has(sink));
        let wanted = Arc::new(own.filter_map(of).collect());
        self.epochs.insert(epoch, Arc::clone(&wanted));
        Ok(wanted)
    }

    /// The sink of some epoch as it is delivered now: which records it has is the epoch's matter, where a webhook's
    /// endpoint is that of the present, also for records that an endpoint before it did not take.
    fn delivered(&self, sink: &Arc<Sink>) -> Arc<Sink> {
        let current = self.source.handle.shared().catalog().current();
        let now = current.sinks.values().find(|now| self.share != Share::Files && self.share.has(now));
        match now {
            Some(now) if now.target != sink.target => {
                Arc::new(Sink { target: now.target.clone(), ..(**sink).clone() })
            }
            _ => Arc::clone(sink),
        }
    }

    /// The definitions of an epoch: the log may have it a moment before the catalog that others see.
    fn definitions(&self, epoch: Epoch) -> Result<Arc<Definitions>> {
        for _ in 0..EPOCH_ATTEMPTS_MAX {
            let catalog = self.source.handle.shared().catalog();
            if let Some(definitions) = catalog.at(epoch) {
                return Ok(definitions);
            }
            if epoch == 0 {
                return Ok(Arc::default());
            }
            thread::park_timeout(IDLE);
        }
        bail!(
            "the log has events of epoch {epoch}, which the catalog does not have: this is a bug, please report it"
        )
    }
}

/// A place over all epochs.
struct Place {
    sink: Arc<Sink>,
    definitions: Arc<Definitions>,
    /// The epoch that first had it.
    first: Epoch,
    /// The epoch that has it no more.
    dropped: Option<Epoch>,
}

/// Every place that some epoch's sinks of the share write to.
fn places(catalog: &Catalog, share: &Share) -> BTreeMap<String, Place> {
    let mut places: BTreeMap<String, Place> = BTreeMap::new();
    for epoch in 0..=catalog.epoch() {
        let Some(definitions) = catalog.at(epoch) else { continue };
        for (name, place) in &mut places {
            let is_there = definitions.sinks.values().any(|sink| sink.place() == *name);
            if !is_there {
                place.dropped.get_or_insert(epoch);
            }
        }
        for sink in definitions.sinks.values().filter(|sink| share.has(sink)) {
            let (sink, definitions) = (Arc::clone(sink), Arc::clone(&definitions));
            let first = places.get(&sink.place()).map_or(epoch, |place| place.first);
            places.insert(sink.place(), Place { sink, definitions, first, dropped: None });
        }
    }
    places
}
