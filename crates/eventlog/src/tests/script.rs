//! Random lives of a log on a faulty disk, and what must hold after each: the model that the campaigns compare with.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use storage::{Faulty, Stop};

use super::data;
use crate::{
    Address, Append, Cursors, EmbeddedLog, Error, Frame, FrameHeader, Frames as _, Log, Options, Reader,
    Until,
};

/// Lives in one run.
const LIVES: u64 = 12;
/// Steps of a life at most.
const STEPS: u64 = 60;
const READERS: [&str; 2] = ["lake", "sink"];

/// Why a run is wrong, in words.
type Verdict<T = ()> = Result<T, String>;

/// Why a life ended.
enum End {
    /// The machine stopped, as planned.
    Stopped,
    /// Something is wrong.
    Wrong(String),
}

impl From<String> for End {
    fn from(wrong: String) -> Self {
        Self::Wrong(wrong)
    }
}

/// What must be true of the log.
struct Model {
    disk: Faulty,
    seed: u64,
    drawn: u64,
    options: Options,
    /// Every frame that may be in the log, in order.
    frames: Vec<Frame>,
    /// So many of them must be.
    durable: usize,
    generation: u32,
    /// Whether the log was closed and nothing was written since.
    closed: bool,
    /// The history may begin here, and not later.
    start_max: Address,
    cursors: BTreeMap<&'static str, Address>,
    /// A cursor whose change was interrupted.
    changing: Option<(&'static str, Address)>,
}

/// Runs the lives of one seed on `disk`.
pub(super) fn run(seed: u64, disk: &Faulty) -> Verdict {
    let mut model = Model {
        disk: disk.clone(),
        seed,
        drawn: 0,
        options: Options::default(),
        frames: Vec::new(),
        durable: 0,
        generation: 0,
        closed: false,
        start_max: Address(0),
        cursors: BTreeMap::new(),
        changing: None,
    };
    model.options = Options {
        segment_bytes: 300 + model.below(2000),
        archive: (model.below(2) == 0).then(|| PathBuf::from("/archive")),
    };
    for life in 0..LIVES {
        let stop = if model.below(3) == 0 { Stop::Kill } else { Stop::Power };
        if model.below(8) != 0 {
            // The first life makes the directories: it must get far enough to rely on them.
            let calls = if life == 0 { 120 } else { 40 };
            disk.stop_after(model.below(calls), stop);
        }
        match model.live() {
            Ok(()) => disk.stop(stop),
            Err(End::Stopped) => {}
            Err(End::Wrong(wrong)) => return Err(format!("seed {seed}, life {life}: {wrong}")),
        }
        disk.restart();
    }
    model.open().map(drop).map_err(|end| match end {
        End::Wrong(wrong) => format!("seed {seed}, at last: {wrong}"),
        End::Stopped => unreachable!("no stop is planned"),
    })
}

impl Model {
    /// The next number below `bound` of the seed.
    fn below(&mut self, bound: u64) -> u64 {
        self.drawn += 1;
        let mut mixed = (self.seed << 32 | self.drawn).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
        (mixed ^ (mixed >> 32)) % bound
    }

    /// Tells a planned stop from a refusal that is wrong.
    fn judged<T>(&self, what: &str, result: crate::Result<T>) -> Result<T, End> {
        match result {
            Ok(value) => Ok(value),
            Err(_) if self.disk.is_stopped() => Err(End::Stopped),
            Err(error) => Err(End::Wrong(format!("{what}: {error}"))),
        }
    }

    fn live(&mut self) -> Result<(), End> {
        let mut log = self.open()?;
        for _ in 0..self.below(STEPS) {
            match self.below(44) {
                0..16 => self.append(&mut log, true)?,
                16..22 => self.append(&mut log, false)?,
                22..29 => {
                    let synced = log.syncer().sync();
                    self.judged("sync", synced)?;
                    self.durable = self.frames.len();
                }
                29..31 => {
                    let archived = log.embedded_history().archive();
                    self.judged("archive", archived)?;
                }
                31..34 => self.release(&log)?,
                34..36 => self.move_cursor(&log)?,
                36 => {
                    self.compare(&log)?;
                }
                37 => {
                    drop(log);
                    log = self.open()?;
                }
                38 => {
                    let closed = log.close();
                    self.judged("close", closed)?;
                    self.durable = self.frames.len();
                    self.closed = true;
                    log = self.open()?;
                }
                39 => self.compare_outside(&log)?,
                40..43 => self.fill_up(&mut log)?,
                _ => log = self.fail_sync(log)?,
            }
        }
        Ok(())
    }

    fn open(&mut self) -> Result<EmbeddedLog, End> {
        let opened = EmbeddedLog::open(Arc::new(self.disk.clone()), &data(), self.options.clone());
        let log = self.judged("open", opened)?;
        let report = log.recovery();
        if self.closed && !report.closed {
            return Err(End::Wrong("the closing mark is lost".to_owned()));
        }
        self.closed = false;
        if log.generation() <= self.generation {
            return Err(End::Wrong(format!("generation {} is used twice", log.generation())));
        }
        self.generation = log.generation();
        let found = self.compare(&log)?;
        self.frames.truncate(found);
        self.durable = found;
        self.compare_outside(&log)?;
        self.compare_cursors()?;
        Ok(log)
    }

    fn append(&mut self, log: &mut EmbeddedLog, consumes: bool) -> Result<(), End> {
        let next_position = log.next_position();
        let count = self.below(3) as u32;
        let position = if consumes { next_position } else { next_position.saturating_sub(u64::from(count)) };
        let count = if consumes { count } else { (next_position - position) as u32 };
        let (kind, epoch) = (self.below(256) as u8, self.generation);
        let len = if self.below(20) == 0 { 3000 } else { self.below(200) };
        let payload: Vec<u8> = (0..len).map(|_| self.below(256) as u8).collect();
        let header = FrameHeader { kind, epoch, generation: self.generation, position, count, consumes };
        // Where it goes is known; where it ends is not asked for.
        self.frames.push(Frame { address: log.end(), header, payload, next: Address(0) });
        let payload = &self.frames.last().expect("it was just pushed").payload;
        let appended = log.append(Append { kind, epoch, position, count, consumes }, payload);
        if let Err(Error::Full { .. }) = &appended {
            self.frames.pop();
            return Ok(());
        }
        self.judged("append", appended)?;
        self.frames.last_mut().expect("it was just pushed").next = log.end();
        Ok(())
    }

    /// Appends while the disk is full, or just not.
    fn fill_up(&mut self, log: &mut EmbeddedLog) -> Result<(), End> {
        let room = self.below(600);
        self.disk.limit(Some(self.disk.used() + room));
        let appended = (0..4).try_for_each(|_| self.append(log, true));
        self.disk.limit(None);
        appended
    }

    /// Goes on in a new process after a sync that failed.
    fn fail_sync(&mut self, mut log: EmbeddedLog) -> Result<EmbeddedLog, End> {
        self.append(&mut log, true)?;
        self.disk.fail_sync(0);
        match log.syncer().sync() {
            Err(Error::Poisoned { .. }) => {}
            synced => {
                self.judged("sync", synced)?;
                return Err(End::Wrong("a failed sync passed".to_owned()));
            }
        }
        if self.disk.is_stopped() {
            return Err(End::Stopped);
        }
        drop(log);
        self.open()
    }

    fn release(&mut self, log: &EmbeddedLog) -> Result<(), End> {
        let below = Address(self.below(log.end().0 + 1));
        if self.options.archive.is_none() {
            let kept = self.cursors.values().copied().fold(below, Address::min);
            self.start_max = self.start_max.max(kept);
        }
        let released = log.embedded_history().release(below);
        self.judged("release", released).map(drop)
    }

    fn move_cursor(&mut self, log: &EmbeddedLog) -> Result<(), End> {
        let name = READERS[self.below(2) as usize];
        let place = self.below(self.durable as u64 + 1) as usize;
        let cursor = self.frames.get(place).map_or(log.end(), |frame| frame.address);
        self.changing = Some((name, cursor));
        let cursors = self.judged("readers", Cursors::open(Arc::new(self.disk.clone()), &data()))?;
        self.judged("cursor", cursors.set(name, cursor))?;
        self.changing = None;
        self.cursors.insert(name, cursor);
        Ok(())
    }

    fn compare_cursors(&mut self) -> Result<(), End> {
        if self.cursors.is_empty() && self.changing.is_none() {
            return Ok(());
        }
        let cursors = self.judged("readers", Cursors::open(Arc::new(self.disk.clone()), &data()))?;
        if let Some((name, cursor)) = self.changing.take()
            && self.judged("cursor", cursors.get(name))? == Some(cursor)
        {
            self.cursors.insert(name, cursor);
        }
        for (name, cursor) in &self.cursors {
            let found = self.judged("cursor", cursors.get(name))?;
            if found != Some(*cursor) {
                return Err(End::Wrong(format!("reader {name} was at {cursor} and is at {found:?}")));
            }
        }
        Ok(())
    }

    /// Reads everything and returns how many frames of the model there are.
    fn compare(&self, log: &EmbeddedLog) -> Result<usize, End> {
        let start = log.history().start();
        if start > self.start_max {
            return Err(End::Wrong(format!("the log starts at {start}, and keeps {}", self.start_max)));
        }
        let mut reader = self.judged("reader", log.reader(start, Until::Appended))?;
        let mut found = Vec::new();
        while let Some(frame) = self.judged("read", reader.next())? {
            found.push(frame);
        }
        let before = self.frames.partition_point(|frame| frame.address < start);
        let all = &self.frames[before..];
        for (number, frame) in found.iter().enumerate() {
            let expected = all.get(number);
            let same = expected.is_some_and(|expected| {
                (expected.address, &expected.header, &expected.payload)
                    == (frame.address, &frame.header, &frame.payload)
            });
            if !same {
                return Err(End::Wrong(format!("frame {number} at {} was not appended", frame.address)));
            }
            let sought = self.judged("seek", log.seek(frame.header.position))?;
            if frame.header.consumes && frame.header.count > 0 && sought != Some(frame.address) {
                return Err(End::Wrong(format!(
                    "position {} is sought at {sought:?}",
                    frame.header.position
                )));
            }
        }
        if before + found.len() < self.durable {
            let lost = self.durable - before - found.len();
            return Err(End::Wrong(format!("{lost} durable frames are lost")));
        }
        let position = found.iter().rfind(|frame| frame.header.consumes);
        let position = position.map(|frame| frame.header.position + u64::from(frame.header.count));
        if position.is_some_and(|position| position != log.next_position()) {
            return Err(End::Wrong(format!("the next position is {}", log.next_position())));
        }
        Ok(before + found.len())
    }

    /// A second process sees everything durable and nothing else.
    fn compare_outside(&self, log: &EmbeddedLog) -> Result<(), End> {
        let start = log.history().start();
        let storage = Arc::new(self.disk.clone());
        let reader = Reader::open(storage, &data(), self.options.archive.as_deref(), start);
        let mut reader = self.judged("outside reader", reader)?;
        let mut frames = self.frames.iter().skip_while(|frame| frame.address < start);
        while let Some(frame) = self.judged("outside read", reader.next())? {
            if frames.next().is_none_or(|expected| expected.payload != frame.payload) {
                return Err(End::Wrong(format!("a second process reads another frame at {}", frame.address)));
            }
        }
        let durable = log.syncer().durable();
        if reader.cursor() != durable {
            return Err(End::Wrong(format!("a second process stops at {}, not {durable}", reader.cursor())));
        }
        Ok(())
    }
}
