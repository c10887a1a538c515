//! All tables of a data directory, shared by the one who follows the log and those who query.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::{Arc, Condvar, Mutex, MutexGuard},
    time::{Duration, Instant},
};

use catalog::Catalog;
use records::control::ControlEntry;
use storage::{Lock, Storage};
use types::{Micros, Position};

use crate::{
    Result, Snapshot,
    blobs::Blobs,
    layout::{self, Kind},
    manifest::{LastFrame, Manifest, Place},
    merge::{self, Merge, Merged},
    relation::Relation,
    segment::{Segment, file_name},
    snapshot::{Shown, TableSnapshot},
};

/// The tables' directory in the data directory.
pub const DIRECTORY: &str = "tables";

/// Where the tables and their log are.
#[derive(Clone, Debug)]
pub struct Options {
    /// The files.
    pub storage: Arc<dyn Storage>,
    /// The data directory.
    pub data: PathBuf,
    /// Where `mitra` archives the log's segments.
    pub archive: PathBuf,
}

/// The hot tables.
#[derive(Debug)]
pub struct Tables {
    pub(crate) options: Options,
    pub(crate) directory: PathBuf,
    pub(crate) blobs: Blobs,
    pub(crate) manifest: Place,
    inner: Mutex<Inner>,
    progressed: Condvar,
    _lock: Lock,
}

/// What changes while the log is followed.
#[derive(Debug, Default)]
pub(crate) struct Inner {
    pub relations: BTreeMap<(Kind, String), Relation>,
    pub catalog: Catalog,
    pub controls: Vec<ControlEntry>,
    /// The newest arrival: the log's clock.
    pub clock: Option<Micros>,
    /// Everything before is in the tables.
    pub next_position: Position,
    pub next_segment: u64,
    /// Files that the last durable manifest names and the tables no longer have.
    pub retired: Vec<Arc<Segment>>,
    /// Bytes of the frames that the files do not hold.
    pub bytes_in_memory: u64,
    /// What the last durable manifest says of the log.
    pub sealed: Option<LastFrame>,
    /// Whether a commit has begun and not ended.
    pub is_committing: bool,
    snapshot: Option<Arc<Snapshot>>,
}

/// How much the tables hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Rows in files.
    pub rows_on_disk: u64,
    /// Rows in memory.
    pub rows_in_memory: u64,
    /// Files.
    pub segments: u64,
    /// Their bytes.
    pub bytes_on_disk: u64,
}

impl Tables {
    /// Opens the tables of a data directory, empty at the first time.
    ///
    /// # Errors
    /// [`storage::Error::Locked`] when another process has them open, [`crate::Error::Corrupt`] and
    /// [`crate::Error::Version`] with the file, and those of the storage.
    pub fn open(options: Options) -> Result<Self> {
        let storage = Arc::clone(&options.storage);
        let directory = options.data.join(DIRECTORY);
        storage.create_directory(&directory)?;
        storage.sync_directory(&options.data, "tables' directory name")?;
        let lock = storage.lock(&directory.join("lock"))?;
        // A process may have died between the manifest's rename and its sync: what is read from now on is durable.
        storage.sync_directory(&directory, "recovered tables' names")?;
        let manifest = Place::new(Arc::clone(&storage), &directory);
        let blobs = Blobs::new(Arc::clone(&storage), &options.data);
        let mut tables = Self {
            options,
            directory,
            blobs,
            manifest,
            inner: Mutex::default(),
            progressed: Condvar::new(),
            _lock: lock,
        };
        let found = tables.manifest.read()?.unwrap_or_default();
        let inner = tables.restore(found)?;
        tables.inner = Mutex::new(inner);
        tables.sweep()?;
        Ok(tables)
    }

    fn restore(&self, manifest: Manifest) -> Result<Inner> {
        let mut inner = Inner {
            clock: manifest.clock,
            next_position: manifest.next_position,
            next_segment: manifest.next_segment,
            sealed: manifest.last,
            ..Inner::default()
        };
        for entry in manifest.controls {
            inner.take_control(entry, &self.blobs)?;
        }
        for entry in manifest.relations {
            let mut relation = Relation::new(entry.kind, &entry.name);
            (relation.hot, relation.stored) = (entry.hot, entry.stored);
            for segment in entry.segments {
                let storage = Arc::clone(&self.options.storage);
                relation.segments.push(Arc::new(Segment::open(storage, &self.directory, segment)?));
            }
            inner.relations.insert((entry.kind, entry.name), relation);
        }
        Ok(inner)
    }

    /// Removes files that no manifest names: those of an interrupted commit.
    fn sweep(&self) -> Result<()> {
        let inner = self.inner();
        let segments = inner.relations.values().flat_map(|relation| &relation.segments);
        let named: BTreeSet<String> = segments.map(|segment| file_name(segment.entry().number)).collect();
        for name in self.options.storage.list(&self.directory)? {
            let is_ours = name.ends_with(".parquet") || name.ends_with(".tmp");
            if is_ours && !named.contains(&name) {
                self.options.storage.remove(&self.directory.join(name))?;
            }
        }
        Ok(())
    }

    pub(crate) fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("no thread panics while it changes the tables")
    }

    /// Lets queries see a change.
    pub(crate) fn changed(&self, inner: &mut Inner) {
        inner.snapshot = None;
        self.progressed.notify_all();
    }

    /// All tables as they are now.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        let mut inner = self.inner();
        if let Some(snapshot) = &inner.snapshot {
            return Arc::clone(snapshot);
        }
        let snapshot = Arc::new(inner.make_snapshot());
        inner.snapshot = Some(Arc::clone(&snapshot));
        snapshot
    }

    /// Waits until the record at `position` is in the tables; false when the time is over before.
    pub fn wait_for(&self, position: Position, timeout: Duration) -> bool {
        let deadline = Instant::now() + timeout;
        let mut inner = self.inner();
        while inner.next_position <= position {
            let Some(rest) = deadline.checked_duration_since(Instant::now()) else { return false };
            inner = self
                .progressed
                .wait_timeout(inner, rest)
                .expect("no thread panics while it changes the tables")
                .0;
        }
        true
    }

    /// How much they hold.
    pub fn figures(&self) -> Figures {
        let inner = self.inner();
        let mut figures = Figures::default();
        for relation in inner.relations.values() {
            figures.rows_in_memory += relation.rows_in_memory() as u64;
            for segment in &relation.segments {
                figures.segments += 1;
                figures.rows_on_disk += segment.entry().rows;
                figures.bytes_on_disk += segment.entry().bytes;
            }
        }
        figures
    }

    /// The next run of small files that should become one; its writing needs no lock.
    pub fn next_merge(&self) -> Option<Merge> {
        let mut inner = self.inner();
        let number = inner.next_segment;
        let storage = Arc::clone(&self.options.storage);
        let merge = inner.relations.values().find_map(|relation| {
            let run = merge::run(relation)?;
            Some(Merge::new(relation, run, number, Arc::clone(&storage), self.directory.clone()))
        })?;
        inner.next_segment += 1;
        Some(merge)
    }

    /// Shows a merged file in the place of what it was merged from. The next commit makes it last.
    pub fn adopt(&self, merged: Merged) {
        let mut inner = self.inner();
        let relation = inner.relations.get_mut(&(merged.kind, merged.name.clone()));
        if relation.is_some_and(|relation| merge::replace(relation, &merged)) {
            inner.retired.extend(merged.from);
            self.changed(&mut inner);
        } else {
            merged.into.doom();
        }
    }
}

impl Inner {
    /// A table, made when it is new.
    pub fn relation(&mut self, kind: Kind, name: &str) -> &mut Relation {
        let new = || Relation::new(kind, name);
        self.relations.entry((kind, name.to_owned())).or_insert_with(new)
    }

    /// Puts a control record into the catalog.
    pub fn take_control(&mut self, entry: ControlEntry, blobs: &Blobs) -> Result<()> {
        let source = |hash: &str| blobs.get(hash).map_err(|error| error.to_string());
        let applied = self.catalog.apply(entry.position, &entry.control, &source);
        applied.map_err(|error| crate::Error::Definitions {
            position: entry.position,
            reason: error.to_string(),
        })?;
        self.controls.push(entry);
        Ok(())
    }

    fn make_snapshot(&mut self) -> Snapshot {
        let definitions = self.catalog.current();
        let streams = definitions.streams.values();
        let streams = streams.map(|stream| (Kind::Stream, &stream.name, layout::of_stream(stream)));
        let decisions = definitions.decisions.values().map(|decision| {
            let view = &definitions.views[&decision.view];
            (Kind::Decision, &decision.name, layout::of_decision(decision, view))
        });
        let references = definitions.tables.values();
        let references = references.map(|table| (Kind::Table, &table.name, layout::of_table(table)));
        let mut tables = BTreeMap::new();
        for (kind, name, columns) in streams.chain(decisions).chain(references) {
            let columns: Arc<[layout::Column]> = columns.into();
            let relation = self.relations.entry((kind, name.clone()));
            let relation = relation.or_insert_with(|| Relation::new(kind, name));
            let places = relation.places(&columns);
            let shown = columns.iter().zip(&*places).map(|(column, place)| Shown {
                name: column.name.clone(),
                stored: relation.stored[*place].field(),
            });
            let table = TableSnapshot {
                kind,
                name: name.clone(),
                shown: shown.collect(),
                segments: relation.segments.clone(),
                batches: relation.rows_now().into_iter().map(|part| part.batch).collect(),
            };
            tables.insert(name.clone(), Arc::new(table));
        }
        let functions = definitions.functions.clone();
        Snapshot { tables, functions, next_position: self.next_position, epoch: self.catalog.epoch() }
    }
}
