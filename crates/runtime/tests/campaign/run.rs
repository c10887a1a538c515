//! One seeded run: a client that retries what was not acknowledged, against a process that keeps dying.

use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::Ordering},
};

use records::control::Origin;
use runtime::{
    checkpoint::{self, Collected, Written},
    inspect::Inspector,
    processor::{Processor, RowStatus},
    workers::Workers,
};
use storage::{Faulty, Stop, Storage as _};

use crate::{
    revise,
    world::{self, ManualClock, Random, event},
};

/// Events of one run.
const EVENTS: u64 = 240;
/// Stops of one run at most.
const STOPS_MAX: u32 = 12;

/// What happened in a run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    /// Stops on the way.
    pub stops: u32,
    /// Batches whose outputs recovery made.
    pub completed: u64,
    /// Checkpoints that were removed or damaged.
    pub lost: u64,
    /// Changes that were acknowledged.
    pub changes: u64,
    /// Checkpoints that were taken while events came.
    pub beside: u64,
}

impl Tally {
    /// Adds another run's.
    pub fn add(&mut self, other: Self) {
        self.stops += other.stops;
        self.completed += other.completed;
        self.lost += other.lost;
        self.changes += other.changes;
        self.beside += other.beside;
    }
}

/// How a run ended.
pub enum Verdict {
    /// As it must.
    Good(Tally),
    /// With this fault.
    Bad(String),
}

/// A run and what its client knows.
pub struct Run {
    seed: u64,
    random: Random,
    disk: Arc<Faulty>,
    clock: Arc<ManualClock>,
    /// Position of every acknowledged event.
    acknowledged: BTreeMap<u64, u64>,
    /// What the acknowledged statements leave; unknown after one without an answer.
    defined: Option<Vec<String>>,
    tally: Tally,
}

impl Run {
    /// A run whose faults follow from `seed`, on a disk that does not do the syncs for `skipped`.
    pub fn new(seed: u64, skipped: Option<&'static str>) -> Self {
        let disk = Arc::new(Faulty::new(seed));
        if let Some(skipped) = skipped {
            disk.skip_purpose(skipped);
        }
        let clock = Arc::new(ManualClock::default());
        clock.0.store(1_767_225_600_000_000, Ordering::Relaxed);
        Self {
            seed,
            random: Random(seed),
            disk,
            clock,
            acknowledged: BTreeMap::new(),
            defined: None,
            tally: Tally::default(),
        }
    }

    /// The disk.
    pub fn disk(&self) -> &Faulty {
        &self.disk
    }

    /// Runs to the end and checks what is left.
    pub fn finish(mut self) -> Verdict {
        match self.go() {
            Ok(()) => Verdict::Good(self.tally),
            Err(reason) => Verdict::Bad(reason),
        }
    }

    fn go(&mut self) -> Result<(), String> {
        loop {
            if self.tally.stops < STOPS_MAX {
                let stop = if self.random.below(3) == 0 { Stop::Kill } else { Stop::Power };
                self.disk.stop_after(self.random.below(160), stop);
            }
            let result = self.live();
            if !self.disk.is_stopped() {
                result?;
                break;
            }
            self.tally.stops += 1;
            self.disk.restart();
            self.lose_checkpoints().map_err(|error| error.to_string())?;
        }
        self.check()
    }

    /// Removes or damages checkpoints, which are but a cache.
    fn lose_checkpoints(&mut self) -> storage::Result<()> {
        let directory = world::data().join("checkpoints");
        if self.random.below(3) > 0 || !self.disk.exists(&directory)? {
            return Ok(());
        }
        for name in self.disk.list(&directory)? {
            let path = directory.join(name);
            match self.random.below(3) {
                0 => self.disk.remove(&path)?,
                1 => {
                    let len = self.disk.open_to_read(&path)?.len()?;
                    self.disk.flip(&path, self.random.below(len.max(1)), 1 << self.random.below(8))?;
                }
                _ => continue,
            }
            self.tally.lost += 1;
        }
        Ok(())
    }

    /// One life of the process. An error is fine when the disk was stopped.
    fn live(&mut self) -> Result<(), String> {
        let options = world::options(self.disk.clone(), Arc::clone(&self.clock), 1);
        let (mut processor, report) = Processor::open(options).map_err(|error| error.to_string())?;
        self.tally.completed += report.completed;
        if !report.diverged.is_empty() {
            return Err(format!("recovery diverges at {:?}", report.diverged));
        }
        processor.finish_changes().map_err(|error| error.to_string())?;
        if self.defined.as_ref().is_some_and(|defined| *defined != revise::texts(&processor.definitions())) {
            return Err("an acknowledged statement is lost".to_owned());
        }
        if let Some(abandoned) = processor.catalog().abandoned().first() {
            return Err(format!("a change is given up: {}", abandoned.reason));
        }
        if processor.definitions().streams.is_empty() {
            self.change(&mut processor, world::DEFINITIONS, Origin::Project)?;
        }
        let mut writer = None;
        while let Some(first) = (0..EVENTS).find(|number| !self.acknowledged.contains_key(number)) {
            self.send(&mut processor, first)?;
            if self.random.below(8) == 0 {
                let text = revise::statements(&mut self.random, &processor.definitions());
                self.change(&mut processor, &text, Origin::Statement)?;
            }
            self.checkpoint(&mut processor, &mut writer).map_err(|error| error.to_string())?;
        }
        if writer.take().is_some() {
            end(&mut processor, Written::given_up()).map_err(|error| error.to_string())?;
        }
        processor.close().map_err(|error| error.to_string())
    }

    /// Goes on with the checkpoint under way, if there is one, as the thread that writes it may: a little, to its end,
    /// or not at all.
    fn checkpoint(
        &mut self,
        processor: &mut Processor,
        writer: &mut Option<checkpoint::Writer>,
    ) -> Result<(), runtime::Error> {
        let Some(mut open) = writer.take() else {
            match self.random.below(15) {
                0 => return processor.checkpoint(),
                1..4 => {}
                _ if processor.is_checkpoint_due() => {}
                _ => return Ok(()),
            }
            let opened = processor.begin_checkpoint()?.map(checkpoint::Job::open).transpose()?;
            *writer = opened.map(checkpoint::Writer::gently);
            return Ok(());
        };
        for _ in 0..1 + self.random.below(8) {
            match processor.collect(1 + self.random.below(20) as usize) {
                Collected::Section(section) => open.section(&section)?,
                Collected::Complete => {
                    self.tally.beside += 1;
                    return end(processor, open.finish());
                }
                Collected::GivenUp => return end(processor, Written::given_up()),
            }
        }
        if self.random.below(20) == 0 {
            return end(processor, Written::given_up());
        }
        *writer = Some(open);
        Ok(())
    }

    fn send(&mut self, processor: &mut Processor, first: u64) -> Result<(), String> {
        let count = 1 + self.random.below(12);
        let numbers: Vec<u64> = (first..EVENTS.min(first + count)).collect();
        let events: Vec<_> = numbers.iter().map(|number| event(self.seed, *number)).collect();
        let latest = 1_767_225_600_000_000 + first as i64 * 500_000;
        self.clock.0.fetch_max(latest, Ordering::Relaxed);
        if self.random.below(20) == 0 {
            self.disk.limit(Some(self.disk.used() + self.random.below(600)));
        }
        let submissions = world::submissions(processor, &events, true);
        let result = processor.submit(submissions);
        self.disk.limit(None);
        let receipts = match result {
            Ok(receipts) => receipts,
            Err(error) if error.is_full() => return Ok(()),
            Err(error) => return Err(error.to_string()),
        };
        if processor.is_stalled() {
            return Ok(());
        }
        processor.syncer().sync().map_err(|error| error.to_string())?;
        let statuses = receipts.iter().flat_map(|receipt| receipt.rows.iter());
        for (number, status) in numbers.iter().zip(statuses) {
            let (RowStatus::Accepted(position) | RowStatus::Repeated(position)) = status else {
                return Err(format!("event {number} came back as {status:?}"));
            };
            if let Some(before) = self.acknowledged.insert(*number, *position)
                && before != *position
            {
                return Err(format!("event {number} was at {before} and is at {position}"));
            }
        }
        Ok(())
    }

    fn change(&mut self, processor: &mut Processor, text: &str, origin: Origin) -> Result<(), String> {
        self.defined = None;
        let applied = processor.change_now(world::change(text, origin)).map_err(|error| error.to_string())?;
        applied.map_err(|error| error.to_string())?;
        self.defined = Some(revise::texts(&processor.definitions()));
        self.tally.changes += 1;
        Ok(())
    }

    /// Every acknowledged event is in the log once, decided once, and the whole log replays to the same bytes.
    fn check(&self) -> Result<(), String> {
        let archive = world::data().join("archive");
        let inspector = Inspector::open(self.disk.clone(), &world::data(), Some(&archive))
            .map_err(|error| error.to_string())?;
        let verification =
            inspector.verify_all(&Workers::new(1), &mut |_| {}).map_err(|error| error.to_string())?;
        if !verification.differences.is_empty() {
            return Err(format!("replayed records differ at {:?}", verification.differences));
        }
        if verification.events != EVENTS {
            return Err(format!("{} events are in the log and {EVENTS} were sent", verification.events));
        }
        for (number, position) in &self.acknowledged {
            if !event(self.seed, *number).payment {
                continue;
            }
            let record = inspector.find("risk", &format!("p{number}")).map_err(|error| error.to_string())?;
            let record = record.ok_or_else(|| format!("event {number} is not in the log"))?;
            if record.position != *position {
                return Err(format!("event {number} is at {} and was at {position}", record.position));
            }
            if record.verdict.is_none() {
                return Err(format!("event {number} has no decision"));
            }
        }
        Ok(())
    }
}

/// Ends a checkpoint as the node does.
fn end(processor: &mut Processor, written: Written) -> Result<(), runtime::Error> {
    Ok(processor.checkpointed(written)?.remove()?)
}
