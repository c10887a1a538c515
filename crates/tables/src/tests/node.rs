//! A writer of a log in small, and the one who follows it, on one disk.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use catalog::Catalog;
use eventlog::{Append, EmbeddedLog, Log as _};
use records::{
    KIND_CONTROL, KIND_INPUT, KIND_OUTPUT,
    control::{Control, Origin, Statement},
    input::{InputBatch, StreamRows},
    output::{DecisionRows, OutputBatch, Raised},
};
use storage::Storage;
use types::{Column, DataType, Value};

use crate::{Follower, Options, Tables};

pub const DATA: &str = "/data";

pub const DEFINITIONS: [&str; 6] = [
    "CREATE STREAM payments (id TEXT PRIMARY KEY, at TIMESTAMPTZ, amount DECIMAL(18,2), epoch TEXT) \
     WITH (event_time = 'at', hot = '1 hour')",
    "CREATE STREAM logins (id BIGINT PRIMARY KEY, at TIMESTAMPTZ, ok BOOLEAN) WITH (event_time = 'at')",
    "CREATE VIEW seen AS SELECT id, amount, amount > 10 AS large FROM payments",
    "CREATE DECISION risk ON seen OUTCOMES (approve, deny)",
    "CREATE RULE big ON risk WHEN large THEN deny REASON 'a large amount'",
    "CREATE RULE cents ON risk WHEN amount < 1 THEN deny WITH (mode = 'shadow')",
];

/// The writer of the log.
pub struct Writer {
    storage: Arc<dyn Storage>,
    pub log: EmbeddedLog,
    change: u64,
    pub epoch: u32,
    clock: i64,
}

impl Writer {
    pub fn open(storage: Arc<dyn Storage>) -> eventlog::Result<Self> {
        let options = eventlog::Options { segment_bytes: 4_096, archive: None };
        let log = EmbeddedLog::open(Arc::clone(&storage), Path::new(DATA), options)?;
        Ok(Self { storage, log, change: 0, epoch: 0, clock: 0 })
    }

    /// Goes on where the log of an earlier writer ends.
    pub fn reopen(storage: Arc<dyn Storage>) -> eventlog::Result<Self> {
        let mut writer = Self::open(storage)?;
        let mut frames = writer.log.reader(eventlog::Address(0), eventlog::Until::Appended)?;
        while let Some(frame) = frames.next()? {
            match frame.header.kind {
                KIND_CONTROL => match Control::decode(&frame.payload).unwrap() {
                    Control::Activate { change, epoch, .. } => {
                        (writer.change, writer.epoch) = (change, epoch)
                    }
                    control => writer.change = control.change(),
                },
                KIND_INPUT => {
                    let mut input = InputBatch::default();
                    input.decode_into(&frame.payload).unwrap();
                    writer.clock = *input.arrived.last().unwrap();
                }
                _ => {}
            }
        }
        Ok(writer)
    }

    /// Defines and activates.
    pub fn define(&mut self, statements: &[&str], blobs: &[(&str, &str)]) -> eventlog::Result<()> {
        self.change += 1;
        let mut hashes = BTreeMap::new();
        for (path, content) in blobs {
            let hash = catalog::hash(content.as_bytes()).0;
            let folder = PathBuf::from(DATA).join("blobs");
            self.storage.create_directories(&folder, "blobs directory name")?;
            let file = self.storage.create(&folder.join(&hash))?;
            file.write_at(0, content.as_bytes())?;
            file.sync_data("blob")?;
            self.storage.sync_directory(&folder, "blob's name")?;
            hashes.insert((*path).to_owned(), hash);
        }
        let statement =
            |text: &&str| Statement { text: (*text).to_owned(), file: None, line: 1, blobs: hashes.clone() };
        let (change, arrived) = (self.change, self.clock);
        let origin = Origin::Project;
        let statements = statements.iter().map(statement).collect();
        self.control(&Control::Define { change, arrived, origin, statements })?;
        self.control(&Control::Activate { change, arrived, epoch: self.epoch + 1 })?;
        self.epoch += 1;
        Ok(())
    }

    fn control(&mut self, control: &Control) -> eventlog::Result<()> {
        let append = Append::consuming(KIND_CONTROL, self.epoch, self.log.next_position(), 1);
        self.log.append(append, &control.encode())?;
        Ok(())
    }

    /// Appends a batch of payments and logins, the odd ones, `step` microseconds apart; returns its first position.
    pub fn events(&mut self, amounts: &[Option<i64>], step: i64) -> eventlog::Result<u64> {
        let base = self.log.next_position();
        let mut payments = columns(&[
            DataType::Text,
            DataType::Timestamptz,
            DataType::Decimal { precision: 18, scale: 2 },
            DataType::Text,
        ]);
        let mut logins = columns(&[DataType::BigInt, DataType::Timestamptz, DataType::Boolean]);
        let mut input = InputBatch::default();
        for (offset, amount) in amounts.iter().enumerate() {
            self.clock += step;
            let position = base + offset as u64;
            input.arrived.push(self.clock);
            input.asked.push(false);
            let at = Value::Timestamptz(self.clock - 1);
            if position.is_multiple_of(2) {
                input.order.push(0);
                payments[0].push(Some(&Value::Text(format!("p{position}"))));
                payments[1].push(Some(&at));
                payments[2].push(
                    amount.map(|unscaled| Value::Decimal { unscaled: unscaled.into(), scale: 2 }).as_ref(),
                );
                payments[3].push(Some(&Value::Text("theirs".to_owned())));
            } else {
                input.order.push(1);
                logins[0].push(Some(&Value::BigInt(position as i64)));
                logins[1].push(Some(&at));
                logins[2].push(amount.map(|amount| Value::Boolean(amount > 0)).as_ref());
            }
        }
        input.streams = vec![
            StreamRows { stream: "payments".to_owned(), columns: payments },
            StreamRows { stream: "logins".to_owned(), columns: logins },
        ];
        let mut payload = Vec::new();
        input.encode(&mut payload);
        self.log.append(Append::consuming(KIND_INPUT, self.epoch, base, amounts.len() as u32), &payload)?;
        Ok(base)
    }

    /// Appends what is decided on the batch at `base`. `large` is a column of the view: a boolean, or as text.
    pub fn outputs(&mut self, base: u64, amounts: &[Option<i64>], as_text: bool) -> eventlog::Result<()> {
        let large = if as_text { DataType::Text } else { DataType::Boolean };
        let mut block = DecisionRows { columns: columns(&[large]), ..DecisionRows::default() };
        for (offset, amount) in
            amounts.iter().enumerate().filter(|(offset, _)| (base + *offset as u64).is_multiple_of(2))
        {
            let is_large = amount.map(|amount| amount > 1_000);
            let value = is_large
                .map(|large| if as_text { Value::Text(large.to_string()) } else { Value::Boolean(large) });
            let (big, cents) = (is_large == Some(true), amount.is_some_and(|amount| amount < 100));
            block.events.push(offset as u32);
            block.outcomes.push(u8::from(big));
            block.late.push(offset == 0);
            block.fired_counts.push(u16::from(big) + u16::from(cents));
            block.fired.extend(big.then_some(0).into_iter().chain(cents.then_some(1)));
            block.columns[0].push(value.as_ref());
            if amount.is_none() {
                block.raised.push(Raised { record: block.events.len() as u32 - 1, item: 2, code: 3 });
            }
        }
        if block.events.is_empty() {
            return Ok(());
        }
        let mut payload = Vec::new();
        OutputBatch { decisions: vec![block] }.encode(&mut payload);
        self.log.append(Append::answering(KIND_OUTPUT, self.epoch, base, amounts.len() as u32), &payload)?;
        Ok(())
    }

    /// Events and what is decided on them, durable.
    pub fn decided(&mut self, amounts: &[Option<i64>], step: i64) -> eventlog::Result<()> {
        let base = self.events(amounts, step)?;
        self.outputs(base, amounts, false)?;
        self.sync()
    }

    pub fn sync(&self) -> eventlog::Result<()> {
        self.log.syncer().sync().map(drop)
    }
}

fn columns(types: &[DataType]) -> Vec<Column> {
    types.iter().map(|data_type| Column::new(*data_type)).collect()
}

/// The tables of the writer's data directory.
pub fn tables(storage: Arc<dyn Storage>) -> crate::Result<Arc<Tables>> {
    let options = Options { storage, data: DATA.into(), archive: PathBuf::from(DATA).join("archive") };
    Ok(Arc::new(Tables::open(options)?))
}

/// Reads everything that is durable.
pub fn follow(follower: &mut Follower) -> crate::Result<()> {
    while follower.step()? == crate::Progress::Read {}
    Ok(())
}

/// The catalog of the log's control records.
pub fn apply(catalog: &mut Catalog, position: u64, control: &Control, storage: &Arc<dyn Storage>) {
    let blobs = crate::blobs::Blobs::new(Arc::clone(storage), Path::new(DATA));
    let source = |hash: &str| blobs.get(hash).map_err(|error| error.to_string());
    catalog.apply(position, control, &source).unwrap();
}
