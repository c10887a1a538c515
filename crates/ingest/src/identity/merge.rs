//! Neighbouring runs to one, so that the number of files that a look-up asks grows with the logarithm of the keys.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use storage::Storage;

use super::{
    Entry, Error,
    run::{self, Run, Span},
};

/// Runs of a size class that make it worth a merge.
const FAN_IN: usize = 8;
/// Runs merged at once at most.
const FAN_IN_MAX: usize = 64;
/// Keys of a run of the lowest class at most; each class above has [`FAN_IN`] times as many.
const CLASS_KEYS: u64 = 1 << 16;

/// A merge to be run, on any thread and without the index.
#[derive(Debug)]
pub struct Merge {
    storage: Arc<dyn Storage>,
    directory: PathBuf,
    parts: Vec<Arc<Run>>,
}

/// A run that is to take the place of its parts.
#[derive(Debug)]
pub struct Merged {
    pub(super) run: Run,
    pub(super) parts: Vec<Arc<Run>>,
}

impl Merge {
    /// The first neighbours, smallest class first, of which enough are of one class or below.
    pub(super) fn due(storage: &Arc<dyn Storage>, directory: &Path, runs: &[Arc<Run>]) -> Option<Self> {
        let classes: Vec<u32> = runs.iter().map(|run| class(run.len())).collect();
        for class in 0..=classes.iter().copied().max()? {
            let mut start = 0;
            for neighbours in classes.split_inclusive(|other| *other > class) {
                let small = neighbours.iter().filter(|other| **other <= class).count();
                if small >= FAN_IN {
                    let parts = runs[start..start + small.min(FAN_IN_MAX)].to_vec();
                    return Some(Self {
                        storage: Arc::clone(storage),
                        directory: directory.to_path_buf(),
                        parts,
                    });
                }
                start += neighbours.len();
            }
        }
        None
    }

    /// Keys of the merged run.
    pub fn keys(&self) -> u64 {
        self.parts.iter().map(|part| part.len()).sum()
    }

    /// Writes the merged run.
    ///
    /// # Errors
    /// Those of the files; the parts are untouched.
    pub fn run(self) -> Result<Merged, Error> {
        let span =
            Span { first: self.parts[0].span().first, end: self.parts[self.parts.len() - 1].span().end };
        let arrived = self.parts.iter().map(|part| part.arrived());
        let arrived = arrived.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)));
        let arrived = arrived.expect("a merge has parts");
        let mut writer = run::Writer::create(&*self.storage, &self.directory, span, self.keys(), arrived)?;
        let mut cursors =
            self.parts.iter().map(|part| Cursor::new(part)).collect::<Result<Vec<_>, Error>>()?;
        while let Some((entry, cursor)) = cursors
            .iter_mut()
            .filter_map(|cursor| Some((cursor.entries.get(cursor.next).copied()?, cursor)))
            .min_by_key(|(entry, _)| *entry)
        {
            writer.push(entry)?;
            cursor.advance()?;
        }
        let run = writer.finish()?;
        Ok(Merged { run, parts: self.parts })
    }
}

fn class(keys: u64) -> u32 {
    match keys.div_ceil(CLASS_KEYS) {
        0 | 1 => 0,
        more => (more - 1).ilog(FAN_IN as u64) + 1,
    }
}

/// The next entry of a run.
struct Cursor<'a> {
    run: &'a Run,
    page: usize,
    entries: Vec<Entry>,
    next: usize,
}

impl<'a> Cursor<'a> {
    fn new(run: &'a Run) -> Result<Self, Error> {
        let mut cursor = Self { run, page: 0, entries: Vec::with_capacity(run::PAGE_ENTRIES), next: 0 };
        cursor.load()?;
        Ok(cursor)
    }

    fn load(&mut self) -> Result<(), Error> {
        self.entries.clear();
        self.next = 0;
        if self.page < self.run.pages() {
            let mut buffer = run::page_buffer();
            self.entries.extend(self.run.page(self.page, &mut buffer)?);
            self.page += 1;
        }
        Ok(())
    }

    fn advance(&mut self) -> Result<(), Error> {
        self.next += 1;
        if self.next == self.entries.len() { self.load() } else { Ok(()) }
    }
}
