//! Which segments there are, locally and in the archive, and that they join without a hole.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
};

use storage::{File, Storage};

use crate::{
    Address, Error, Result,
    format::{Flaw, HEADER_BYTES, SegmentHeader, VERSION},
};

const EXTENSION: &str = ".seg";
const DIGITS: usize = 20;
/// How often a listing is repeated because a file vanished meanwhile: each time the writer released a segment.
const LISTINGS_MAX: usize = 16;

/// A file of consecutive frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The address of its first frame.
    pub first: Address,
    /// The address after its last frame; none while it is being written.
    pub end: Option<Address>,
    /// The next position before its first frame.
    pub first_position: u64,
    /// The opening of the log that began it.
    pub generation: u32,
    /// Whether its file is in the log's directory.
    pub local: bool,
    /// Whether a durable copy is in the archive.
    pub archived: bool,
}

/// Where the log's files are.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    /// The data directory.
    pub(crate) data: PathBuf,
    /// The local segments' directory.
    pub(crate) log: PathBuf,
    pub(crate) archive: Option<PathBuf>,
}

impl Places {
    pub(crate) fn new(data: &Path, archive: Option<&Path>) -> Self {
        Self { data: data.to_path_buf(), log: data.join("log"), archive: archive.map(Path::to_path_buf) }
    }

    pub(crate) fn local(&self, first: Address) -> PathBuf {
        self.log.join(file_name(first))
    }

    /// The archived copy, if there is an archive.
    pub(crate) fn archived(&self, first: Address) -> Option<PathBuf> {
        Some(self.archive.as_ref()?.join(file_name(first)))
    }

    pub(crate) fn durable_mark(&self) -> PathBuf {
        self.log.join("durable")
    }
}

pub(crate) fn file_name(first: Address) -> String {
    format!("{:020}{EXTENSION}", first.0)
}

fn parse_file_name(name: &str) -> Option<Address> {
    let digits = name.strip_suffix(EXTENSION)?;
    let valid = digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit());
    Some(Address(if valid { digits.parse().ok()? } else { return None }))
}

/// The newest local file whose header does not stand: its creation was interrupted, or it is corrupt.
#[derive(Clone, Debug)]
pub(crate) struct Headless {
    pub(crate) first: Address,
    pub(crate) flaw: Flaw,
}

/// All segments in order; the last one has no end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Chain {
    pub(crate) segments: Vec<Segment>,
}

impl Chain {
    /// Reads the directories. What `known` says of sealed segments is not read again.
    pub(crate) fn discover(
        storage: &dyn Storage,
        places: &Places,
        known: &Self,
    ) -> Result<(Self, Option<Headless>)> {
        let mut listings = 1;
        loop {
            match Self::list(storage, places, known) {
                Err(Error::Storage(storage::Error::NotFound { .. })) if listings < LISTINGS_MAX => {
                    listings += 1;
                }
                result => return result,
            }
        }
    }

    fn list(storage: &dyn Storage, places: &Places, known: &Self) -> Result<(Self, Option<Headless>)> {
        let local = firsts(storage, &places.log)?;
        let archived = match &places.archive {
            Some(archive) if storage.exists(archive)? => firsts(storage, archive)?,
            _ => BTreeSet::new(),
        };
        let mut chain = Self::default();
        let mut headless = None;
        let all: Vec<Address> = local.union(&archived).copied().collect();
        for (number, &first) in all.iter().enumerate() {
            let next = all.get(number + 1).copied();
            let mut segment = Segment {
                first,
                end: next,
                first_position: 0,
                generation: 0,
                local: local.contains(&first),
                archived: archived.contains(&first),
            };
            if let Some(known) = next.and_then(|_| known.sealed(first)) {
                segment = Segment { local: segment.local, archived: segment.archived, ..*known };
                chain.segments.push(segment);
                continue;
            }
            match read_header(storage, places, &mut segment)? {
                Ok(header) => {
                    segment.first_position = header.first_position;
                    segment.generation = header.generation;
                }
                Err(flaw) if next.is_none() && segment.local => {
                    headless = Some(Headless { first, flaw });
                    break;
                }
                Err(flaw) => return Err(corrupt(places.path(&segment), 0, flaw)),
            }
            chain.segments.push(segment);
        }
        Ok((chain, headless))
    }

    fn sealed(&self, first: Address) -> Option<&Segment> {
        let segment = &self.segments[self.place(first)?];
        (segment.first == first && segment.end.is_some()).then_some(segment)
    }

    /// The segment that `address` is in, or after whose last frame it is if that is the last segment.
    pub(crate) fn holding(&self, address: Address) -> Option<Segment> {
        Some(self.segments[self.place(address)?])
    }

    /// The number of the segment that `address` is in.
    pub(crate) fn place(&self, address: Address) -> Option<usize> {
        self.segments.partition_point(|segment| segment.first <= address).checked_sub(1)
    }

    /// The segment that holds `position` if any does.
    pub(crate) fn with_position(&self, position: u64) -> Option<Segment> {
        let after = self.segments.partition_point(|segment| segment.first_position <= position);
        Some(self.segments[after.checked_sub(1)?])
    }

    /// The first frame that is kept.
    pub(crate) fn start(&self) -> Option<Address> {
        Some(self.segments.first()?.first)
    }
}

impl Places {
    /// The file of a segment that is read first.
    pub(crate) fn path(&self, segment: &Segment) -> PathBuf {
        match self.archived(segment.first) {
            Some(archived) if !segment.local => archived,
            _ => self.local(segment.first),
        }
    }

    /// Opens a segment, from the archive if it is not local any more.
    pub(crate) fn open(
        &self,
        storage: &dyn Storage,
        segment: &Segment,
    ) -> storage::Result<(Arc<dyn File>, PathBuf)> {
        let local = self.local(segment.first);
        let missing = match storage.open_to_read(&local) {
            Err(missing @ storage::Error::NotFound { .. }) => missing,
            opened => return opened.map(|file| (file, local)),
        };
        match self.archived(segment.first) {
            Some(archived) => storage.open_to_read(&archived).map(|file| (file, archived)),
            None => Err(missing),
        }
    }
}

/// The first addresses of the segments in a directory.
fn firsts(storage: &dyn Storage, directory: &Path) -> Result<BTreeSet<Address>> {
    Ok(storage.list(directory)?.iter().filter_map(|name| parse_file_name(name)).collect())
}

/// Reads a segment's header and checks the lengths of its files.
fn read_header(
    storage: &dyn Storage,
    places: &Places,
    segment: &mut Segment,
) -> Result<Result<SegmentHeader, Flaw>> {
    let (file, path) = places.open(storage, segment)?;
    let mut bytes = [0; HEADER_BYTES];
    let read = file.read_at(0, &mut bytes)?;
    let header = match SegmentHeader::decode(&bytes[..read]) {
        Err(Flaw::Version(found)) => return Err(Error::Version { path, found, supported: VERSION }),
        Err(flaw) => return Ok(Err(flaw)),
        Ok(header) => header,
    };
    if header.first != segment.first {
        let reason = format!("the header says that the first address is {}", header.first);
        return Err(corrupt(path, 0, Flaw::Sequence(reason)));
    }
    let Some(end) = segment.end else { return Ok(Ok(header)) };
    let expected = crate::check::offset(segment.first, end);
    let len = file.len()?;
    if len != expected {
        let reason = format!("it has {len} bytes, and the next segment starts where {expected} end");
        return Err(corrupt(path, len.min(expected), Flaw::Sequence(reason)));
    }
    if segment.local && segment.archived {
        let archived = places.archived(segment.first).expect("what is archived has an archive");
        segment.archived = storage.open_to_read(&archived)?.len()? == expected;
    }
    Ok(Ok(header))
}

/// The error for damage in a segment's file.
pub(crate) fn corrupt(path: PathBuf, offset: u64, flaw: Flaw) -> Error {
    match flaw {
        Flaw::Version(found) => Error::Version { path, found, supported: VERSION },
        flaw => Error::Corrupt { segment: path, offset, reason: flaw.to_string() },
    }
}
