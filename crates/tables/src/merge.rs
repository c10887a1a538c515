//! Small files become large ones beside the follower's work, so that a scan opens few.

use std::{path::PathBuf, sync::Arc};

use storage::Storage;

use crate::{
    Result,
    layout::{Kind, Stored},
    relation::Relation,
    segment::Segment,
};

/// Files that become one.
pub const RUN: usize = 8;
/// Rows of files by class: a run of files of a class, or below it, becomes one of a higher class.
const CLASS_ROWS: [u64; 3] = [16_384, 131_072, 1_048_576];
/// A merged file spans at most this part of what its table keeps, so that rows still go in time.
const SPAN_PARTS: i64 = 8;

/// A run of files to be merged.
pub struct Merge {
    kind: Kind,
    name: String,
    segments: Vec<Arc<Segment>>,
    stored: Vec<Stored>,
    number: u64,
    storage: Arc<dyn Storage>,
    directory: PathBuf,
}

/// A merged file, durable, and not yet named by a manifest.
pub struct Merged {
    pub(crate) kind: Kind,
    pub(crate) name: String,
    pub(crate) from: Vec<Arc<Segment>>,
    pub(crate) into: Arc<Segment>,
}

/// The first run of a table that should be merged.
pub fn run(relation: &Relation) -> Option<&[Arc<Segment>]> {
    let spans_little = |run: &[Arc<Segment>]| {
        let (Some(first), Some(last)) = (run[0].entry().span, run[run.len() - 1].entry().span) else {
            return false;
        };
        last.last_arrived.saturating_sub(first.first_arrived) <= relation.hot / SPAN_PARTS
    };
    CLASS_ROWS.iter().find_map(|rows_max| {
        let is_small = |run: &[Arc<Segment>]| run.iter().all(|segment| segment.entry().rows <= *rows_max);
        relation.segments.windows(RUN).find(|run| is_small(run) && spans_little(run))
    })
}

impl Merge {
    /// The merge of a run of `relation`, into the file `number`.
    pub fn new(
        relation: &Relation,
        run: &[Arc<Segment>],
        number: u64,
        storage: Arc<dyn Storage>,
        directory: PathBuf,
    ) -> Self {
        Self {
            kind: relation.kind,
            name: relation.name.clone(),
            segments: run.to_vec(),
            stored: relation.stored.clone(),
            number,
            storage,
            directory,
        }
    }

    /// Writes the merged file.
    ///
    /// # Errors
    /// [`crate::Error::Corrupt`] with a damaged file of the run, and those of the storage.
    pub fn write(self) -> Result<Merged> {
        let span = self.segments[1..]
            .iter()
            .fold(self.segments[0].entry().span, |span, segment| Some(span?.and(segment.entry().span?)));
        let mut readers = Vec::with_capacity(self.segments.len());
        for segment in &self.segments {
            readers.push(segment.read()?);
        }
        let fields = self.stored.iter().map(Stored::field).collect();
        let rows = readers.into_iter().flatten();
        let into = Segment::write(&self.storage, &self.directory, self.number, fields, span, rows)?;
        self.storage.sync_directory(&self.directory, "merged segment's name")?;
        Ok(Merged { kind: self.kind, name: self.name, from: self.segments, into: Arc::new(into) })
    }
}

/// Puts a merged file in the place of its run; false, and nothing done, when some of the run is gone meanwhile. The files of
/// the run must stay until a manifest without them is durable.
pub fn replace(relation: &mut Relation, merged: &Merged) -> bool {
    let first = relation.segments.iter().position(|segment| Arc::ptr_eq(segment, &merged.from[0]));
    let Some(first) = first else { return false };
    let end = first + merged.from.len();
    let is_whole = relation.segments.get(first..end).is_some_and(|present| {
        present.iter().zip(&merged.from).all(|(present, from)| Arc::ptr_eq(present, from))
    });
    if is_whole {
        relation.segments.splice(first..end, [Arc::clone(&merged.into)]);
    }
    is_whole
}
