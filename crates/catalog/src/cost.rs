//! What definitions will cost: timelines, bytes a key and event, reads an event, and the total at a stated rate.

mod log;
mod names;
mod table;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use sql::{
    Definitions,
    definition::{BlobHash, Feed, Sink, Slot, Source, Stream, Window, WindowRows},
};
use types::DataType;
use windows::{Frame, Function};

use sql::identity::{hash, identities};

/// Bits of a row's event time and position.
const ROW_BITS: u64 = 128;
/// Bits that a row's links to its neighbours of equal value take, for each distinct count.
const LINK_BITS: u64 = 128;

/// Bytes of a key with a few rows and of what finds it, as measured. A key with more than 32 rows keeps sums beside
/// them, which grow with its rows.
pub const KEY_BYTES: u64 = 60;

/// Cost of all definitions at a rate.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Events a second of every stream.
    pub rate: u64,
    /// By stream and key.
    pub timelines: Vec<Timeline>,
    /// By name.
    pub views: Vec<View>,
    /// By name.
    pub decisions: Vec<Decision>,
    /// By name: what goes where, which costs nothing here.
    pub sinks: Vec<Arc<Sink>>,
    /// By name: what the log grows by.
    pub streams: Vec<log::Stream>,
    /// Files of tables and models.
    pub files: Vec<log::File>,
}

/// One timeline's cost. Its rows are counted; what finds and sums them up is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeline {
    /// Stream, key, and which rows.
    pub name: String,
    /// Columns kept for each row.
    pub columns: usize,
    /// Bytes of a row, a text as its number.
    pub row_bytes: u64,
    /// Microseconds that a row is kept.
    pub retention: i64,
    /// Aggregates read from it.
    pub aggregates: usize,
    /// Columns of views that read it, each as `view.column`.
    pub features: Vec<String>,
    /// Why its rows are kept up to the stream's `key_horizon`, if they are.
    pub horizon: Option<Horizon>,
}

/// A column whose frame has no bound of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Horizon {
    /// `view.column`.
    pub feature: String,
    /// Microseconds that rows would be kept for without all such columns.
    pub otherwise: i64,
}

/// What one row of a view takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// Name.
    pub name: String,
    /// Columns.
    pub columns: usize,
    /// Values read from timelines.
    pub windows: usize,
    /// Keys looked up in tables.
    pub lookups: usize,
    /// Scores of models.
    pub scores: usize,
    /// Whether a decision reads it, directly or through views above: otherwise it is not computed.
    pub is_read: bool,
}

/// One decision's cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Name.
    pub name: String,
    /// Columns recorded for each event.
    pub recorded: usize,
    /// Window values read for each event.
    pub reads: usize,
    /// Rules.
    pub rules: usize,
}

/// Rows that do not fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the windows need {} at {rate} events/s, the bound is {}; {largest} needs {}: shorten its frames, or lower the rate",
    table::size(*.needed), table::size(*.bound), table::size(*.largest_bytes)
)]
pub struct Excess {
    /// Bytes of all rows.
    pub needed: u128,
    /// Bytes that are allowed.
    pub bound: u128,
    /// Events a second.
    pub rate: u64,
    /// The largest timeline.
    pub largest: String,
    /// Its bytes.
    pub largest_bytes: u128,
}

#[derive(Default)]
struct Kept {
    name: String,
    columns: BTreeMap<u64, DataType>,
    distinct: BTreeSet<(Option<u64>, Option<u64>)>,
    aggregates: BTreeSet<String>,
    features: Vec<String>,
    /// The first column whose frame has no bound of time.
    unbounded: Option<String>,
    /// Of frames with a bound of time.
    reach: i64,
    horizon: i64,
    lateness: i64,
}

/// Estimates what is computed at `rate` events a second of each stream: everything that decisions read, or all views
/// when there is no decision yet.
pub fn estimate(definitions: &Definitions, rate: u64) -> Report {
    let read = read_views(definitions);
    let mut timelines: BTreeMap<u64, Kept> = BTreeMap::new();
    let views = definitions.views.values().filter(|view| read.is_empty() || read.contains(&view.name));
    let mut views: Vec<_> = views.collect();
    // A value is named by the lowest view that has it.
    views.sort_by_key(|view| view.slots.len());
    for view in views {
        if let Some(stream) = definitions.streams.get(&view.stream) {
            note(&view.slots, stream, &Features::of(view), definitions, &mut timelines);
        }
    }
    let mut timelines: Vec<Timeline> = timelines.into_values().map(Kept::into_timeline).collect();
    timelines.sort_by(|a, b| (&a.name, a.row_bytes).cmp(&(&b.name, b.row_bytes)));
    let views = definitions.views.values().map(|view| {
        let mut cost = row(&view.slots);
        cost.name.clone_from(&view.name);
        cost.columns = view.columns.len();
        cost.is_read = read.contains(&view.name);
        cost
    });
    let decisions = definitions.decisions.values().filter_map(|decision| {
        let view = definitions.views.get(&decision.view)?;
        let is_input = |slot: &Slot| matches!(slot.source, Source::Input(_));
        Some(Decision {
            name: decision.name.clone(),
            recorded: view.columns.iter().filter(|column| !is_input(&view.slots[column.slot])).count(),
            reads: row(&view.slots).windows,
            rules: definitions.rules.keys().filter(|(name, _)| *name == decision.name).count(),
        })
    });
    let (views, decisions) = (views.collect(), decisions.collect());
    let sinks = definitions.sinks.values().cloned().collect();
    let streams = log::streams(definitions);
    Report { rate, timelines, views, decisions, sinks, streams, files: Vec::new() }
}

/// What a view calls its values.
struct Features<'a> {
    view: &'a str,
    /// Of each slot: the first column that reads it.
    columns: Vec<Option<&'a str>>,
}

impl<'a> Features<'a> {
    fn of(view: &'a sql::definition::View) -> Self {
        let mut columns: Vec<Option<&str>> = vec![None; view.slots.len()];
        for column in view.columns.iter().rev() {
            columns[column.slot] = Some(&column.name);
        }
        for slot in (0..view.slots.len()).rev() {
            let Some(name) = columns[slot] else { continue };
            view.slots[slot].source.reads(&mut |read| {
                columns[read].get_or_insert(name);
            });
        }
        Self { view: &view.name, columns }
    }

    /// What makes a row of the timeline be kept that a slot reads.
    fn name(&self, slot: usize) -> String {
        match self.columns[slot] {
            Some(column) => format!("{}.{column}", self.view),
            None => format!("{}'s WHERE", self.view),
        }
    }
}

/// Views that decisions read, and the views below them.
fn read_views(definitions: &Definitions) -> BTreeSet<String> {
    let mut read = BTreeSet::new();
    for view in definitions.decisions.values().filter_map(|decision| definitions.views.get(&decision.view)) {
        read.insert(view.name.clone());
        read.extend(view.reads.iter().filter(|name| definitions.views.contains_key(*name)).cloned());
    }
    read
}

fn row(slots: &[Slot]) -> View {
    let mut cost =
        View { name: String::new(), columns: 0, windows: 0, lookups: 0, scores: 0, is_read: false };
    let mut keys = BTreeSet::new();
    for slot in slots {
        match &slot.source {
            Source::Window(_) => cost.windows += 1,
            Source::Predict { .. } => cost.scores += 1,
            Source::Lookup { table, key, .. } => cost.lookups += usize::from(keys.insert((table, key))),
            Source::Input(_) | Source::Scalar(_) => {}
        }
    }
    cost
}

/// Adds the timelines that the windows among `slots` read, those within other streams' slots included.
fn note(
    slots: &[Slot],
    stream: &Stream,
    features: &Features<'_>,
    definitions: &Definitions,
    timelines: &mut BTreeMap<u64, Kept>,
) {
    let own = identities(slots, &stream.name);
    for (index, slot) in slots.iter().enumerate() {
        let Source::Window(window) = &slot.source else { continue };
        let feature = features.name(index);
        match &window.rows {
            WindowRows::Own(feed) => one(window, feed, slots, &own, [stream, stream], feature, timelines),
            WindowRows::Other { stream: name, slots, feed, .. } => {
                let Some(writer) = definitions.streams.get(name) else { continue };
                // All of the other side is read for this one value.
                let inner =
                    Features { view: features.view, columns: vec![features.columns[index]; slots.len()] };
                note(slots, writer, &inner, definitions, timelines);
                let identities = identities(slots, &writer.name);
                one(window, feed, slots, &identities, [writer, stream], feature, timelines);
            }
        }
    }
}

fn one(
    window: &Window,
    feed: &Feed,
    slots: &[Slot],
    identities: &[u64],
    [writer, reader]: [&Stream; 2],
    feature: String,
    timelines: &mut BTreeMap<u64, Kept>,
) {
    let of = |slot: Option<usize>| slot.map(|slot| identities[slot]);
    let key: Vec<u64> = feed.key.iter().map(|slot| identities[*slot]).collect();
    let kept = timelines.entry(hash(&(&writer.name, key, of(feed.admit)))).or_default();
    kept.name = timeline_name(writer, slots, feed);
    for slot in feed.argument.iter().chain(&feed.filter) {
        kept.columns.insert(identities[*slot], slots[*slot].data_type);
    }
    let (argument, filter) = (of(feed.argument), of(feed.filter));
    if window.function == Function::CountDistinct {
        kept.distinct.insert((argument, filter));
    }
    let is_new =
        kept.aggregates.insert(format!("{:?} {argument:?} {filter:?} {:?}", window.function, window.frame));
    let is_unbounded = match window.frame {
        Frame::Rows { .. } => true,
        Frame::Range { start, .. } => start == writer.key_horizon,
    };
    if is_unbounded {
        kept.horizon = kept.horizon.max(window.frame.reach(writer.key_horizon));
        kept.unbounded.get_or_insert_with(|| feature.clone());
    } else {
        kept.reach = kept.reach.max(window.frame.reach(writer.key_horizon));
    }
    if is_new && !kept.features.contains(&feature) {
        kept.features.push(feature);
    }
    kept.lateness = kept.lateness.max(writer.allowed_lateness).max(reader.allowed_lateness);
}

fn timeline_name(stream: &Stream, slots: &[Slot], feed: &Feed) -> String {
    let key: Vec<String> = feed.key.iter().map(|slot| names::of(slots, *slot, stream)).collect();
    let admit =
        feed.admit.map(|slot| format!(" where {}", names::of(slots, slot, stream))).unwrap_or_default();
    format!("{}({}){admit}", stream.name, key.join(", "))
}

impl Kept {
    fn into_timeline(self) -> Timeline {
        let columns: u64 = self.columns.values().map(|data_type| bits(*data_type) + 1).sum();
        let links = LINK_BITS * self.distinct.len() as u64;
        Timeline {
            name: self.name,
            columns: self.columns.len(),
            row_bytes: (ROW_BITS + columns + links) / 8,
            retention: self.reach.max(self.horizon).saturating_add(self.lateness),
            aggregates: self.aggregates.len(),
            features: self.features,
            horizon: self.unbounded.filter(|_| self.horizon > self.reach).map(|feature| Horizon {
                feature,
                otherwise: if self.reach == 0 { 0 } else { self.reach.saturating_add(self.lateness) },
            }),
        }
    }
}

/// Bits of a value in a sealed chunk; a bit more says whether it is NULL.
fn bits(data_type: DataType) -> u64 {
    match data_type {
        DataType::Boolean => 1,
        DataType::Text | DataType::Date => 32,
        DataType::Interval => 128,
        DataType::BigInt | DataType::Decimal { .. } | DataType::Double | DataType::Timestamptz => 64,
    }
}

impl Report {
    /// The report with the sizes of the files whose contents are at hand.
    #[must_use]
    pub fn with_files(mut self, definitions: &Definitions, contents: &[(BlobHash, Arc<[u8]>)]) -> Self {
        self.files = log::files(definitions, contents);
        self
    }

    /// Bytes of all rows once every window is full.
    pub fn total_bytes(&self) -> u128 {
        self.timelines.iter().map(|timeline| timeline.total_bytes(self.rate)).sum()
    }

    /// Checks that all rows fit `bound` bytes.
    ///
    /// # Errors
    /// What they need, and the largest timeline.
    pub fn check(&self, bound: u128) -> Result<(), Excess> {
        let needed = self.total_bytes();
        let Some(largest) = self.timelines.iter().max_by_key(|timeline| timeline.total_bytes(self.rate))
        else {
            return Ok(());
        };
        if needed <= bound {
            return Ok(());
        }
        let largest_bytes = largest.total_bytes(self.rate);
        Err(Excess { needed, bound, rate: self.rate, largest: largest.name.clone(), largest_bytes })
    }
}

impl Timeline {
    /// Bytes of its rows once every window is full, at `rate` events a second.
    pub fn total_bytes(&self, rate: u64) -> u128 {
        let micros = u128::try_from(self.retention).unwrap_or(0);
        u128::from(rate) * u128::from(self.row_bytes) * micros / 1_000_000
    }
}

#[cfg(test)]
mod tests;
