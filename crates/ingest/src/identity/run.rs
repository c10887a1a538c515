//! A sorted file of keys that is never changed: pages of entries, then the first hash of each page and a Bloom filter.
//!
//! All numbers are little-endian. The header has 68 bytes: `MITRAKEY`, the format's version (4), the number of entries, the
//! first position and the one after the last, the earliest and the latest arrival (8 each), 8 that are 0, CRC-32C of it all
//! (4) and 4 that are 0. A page has up to 170 entries of 24 bytes and their CRC-32C, which starts from the page's
//! number so that a page in another's place is noticed. The rest is read at opening: fences, filter, CRC-32C.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use storage::{File, Gentle, Storage};
use types::{Micros, Position};

use super::{Candidate, Entry, Error, bloom::Bloom};

const MAGIC: &[u8; 8] = b"MITRAKEY";
const VERSION: u32 = 1;
const HEADER_BYTES: usize = 68;
const ENTRY_BYTES: usize = 24;
pub(super) const PAGE_ENTRIES: usize = 170;
const PAGE_BYTES: usize = PAGE_ENTRIES * ENTRY_BYTES + 4;
const WRITE_BYTES: usize = 1 << 18;
const SUFFIX: &str = ".run";
const UNFINISHED: &str = ".run.new";
const PURPOSE: &str = "the index of keys";

/// The positions that a run covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) first: Position,
    /// After the last.
    pub(super) end: Position,
}

impl Span {
    fn path(self, directory: &Path, suffix: &str) -> PathBuf {
        directory.join(format!("keys-{:020}-{:020}{suffix}", self.first, self.end))
    }

    fn of_name(name: &str) -> Option<Self> {
        let (first, end) = name.strip_prefix("keys-")?.strip_suffix(SUFFIX)?.split_once('-')?;
        Some(Self { first: first.parse().ok()?, end: end.parse().ok()? })
    }
}

/// The runs in a directory, by first position, the longest first; what a crash left unfinished is removed.
pub(super) fn names(storage: &dyn Storage, directory: &Path) -> Result<Vec<(String, Span)>, Error> {
    let mut runs = Vec::new();
    for name in storage.list(directory)? {
        if name.ends_with(UNFINISHED) {
            storage.remove(&directory.join(&name))?;
        } else if let Some(span) = Span::of_name(&name) {
            runs.push((name, span));
        }
    }
    runs.sort_by_key(|(_, span)| (span.first, std::cmp::Reverse(span.end)));
    Ok(runs)
}

/// An open run.
#[derive(Debug)]
pub(super) struct Run {
    path: PathBuf,
    file: Arc<dyn File>,
    header: Header,
    fences: Vec<u64>,
    bloom: Bloom,
}

#[derive(Clone, Copy, Debug)]
struct Header {
    len: u64,
    span: Span,
    arrived: (Micros, Micros),
}

impl Header {
    fn encode(&self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[..8].copy_from_slice(MAGIC);
        bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
        let (earliest, latest) = self.arrived;
        let numbers = [self.len, self.span.first, self.span.end, earliest as u64, latest as u64];
        for (place, number) in bytes[12..52].chunks_exact_mut(8).zip(numbers) {
            place.copy_from_slice(&number.to_le_bytes());
        }
        let sum = crc32c::crc32c(&bytes[..60]);
        bytes[60..64].copy_from_slice(&sum.to_le_bytes());
        bytes
    }

    fn decode(bytes: &[u8; HEADER_BYTES]) -> Result<Self, String> {
        if &bytes[..8] != MAGIC {
            return Err("it is no index of keys".to_owned());
        }
        let version = u32::from_le_bytes(bytes[8..12].try_into().expect("four bytes"));
        if version != VERSION {
            return Err(format!("it has format version {version} and this build reads version {VERSION}"));
        }
        if crc32c::crc32c(&bytes[..60]).to_le_bytes() != bytes[60..64] {
            return Err("the checksum of its header is wrong".to_owned());
        }
        let number = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"));
        Ok(Self {
            len: number(12),
            span: Span { first: number(20), end: number(28) },
            arrived: (number(36) as i64, number(44) as i64),
        })
    }

    fn pages(&self) -> u64 {
        self.len.div_ceil(PAGE_ENTRIES as u64)
    }

    /// Where the pages end.
    fn tail(&self) -> u64 {
        HEADER_BYTES as u64 + self.len * ENTRY_BYTES as u64 + 4 * self.pages()
    }

    fn tail_bytes(&self) -> u64 {
        8 * self.pages() + 8 * Bloom::words(self.len) as u64 + 4
    }
}

impl Run {
    pub(super) fn open(storage: &dyn Storage, path: &Path, span: Span) -> Result<Self, Error> {
        let damaged = |what: String| Error::Damaged { path: path.to_path_buf(), what };
        let file = storage.open_to_read(path)?;
        let mut bytes = [0; HEADER_BYTES];
        if file.read_at(0, &mut bytes)? < HEADER_BYTES {
            return Err(damaged("it ends in its header".to_owned()));
        }
        let header = Header::decode(&bytes).map_err(damaged)?;
        // Every entry takes bytes, so a length that agrees bounds what is read next.
        let len = file.len()?;
        let expected = header.len.checked_mul(64).map(|_| header.tail() + header.tail_bytes());
        if expected != Some(len) || header.span != span {
            return Err(damaged("its header does not fit its length and name".to_owned()));
        }
        let mut tail = vec![0; usize::try_from(header.tail_bytes()).expect("the tail of a file fits memory")];
        let read = file.read_at(header.tail(), &mut tail)?;
        let (content, sum) = tail.split_at(tail.len() - 4);
        if read < tail.len() || crc32c::crc32c(content).to_le_bytes() != sum {
            return Err(damaged("the checksum of its filter is wrong".to_owned()));
        }
        let (fences, bloom) = content.split_at(8 * header.pages() as usize);
        let fences =
            fences.chunks_exact(8).map(|fence| u64::from_le_bytes(fence.try_into().expect("eight bytes")));
        Ok(Self {
            path: path.to_path_buf(),
            file,
            header,
            fences: fences.collect(),
            bloom: Bloom::from_bytes(bloom),
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn span(&self) -> &Span {
        &self.header.span
    }

    pub(super) fn len(&self) -> u64 {
        self.header.len
    }

    pub(super) fn arrived(&self) -> (Micros, Micros) {
        self.header.arrived
    }

    /// The latest arrival.
    pub(super) fn latest(&self) -> Micros {
        self.header.arrived.1
    }

    pub(super) fn bytes(&self) -> usize {
        8 * self.fences.len() + self.bloom.bytes()
    }

    pub(super) fn pages(&self) -> usize {
        self.fences.len()
    }

    /// Appends the entries with this hash.
    pub(super) fn find(&self, hash: u64, found: &mut Vec<Candidate>) -> Result<(), Error> {
        if !self.bloom.may_hold(hash) {
            return Ok(());
        }
        let mut page = self.fences.partition_point(|fence| *fence < hash).saturating_sub(1);
        let mut bytes = [0; PAGE_BYTES];
        while self.fences.get(page).is_some_and(|fence| *fence <= hash) {
            let entries = self.page(page, &mut bytes)?;
            let equal = entries.skip_while(|entry| entry.hash < hash).take_while(|entry| entry.hash == hash);
            found.extend(equal.map(|entry| Candidate { position: entry.position, content: entry.content }));
            page += 1;
        }
        Ok(())
    }

    /// Reads a page and checks it.
    pub(super) fn page<'a>(
        &self,
        page: usize,
        bytes: &'a mut [u8; PAGE_BYTES],
    ) -> Result<impl Iterator<Item = Entry> + use<'a>, Error> {
        let before = page as u64 * PAGE_ENTRIES as u64;
        let entries = (self.header.len - before).min(PAGE_ENTRIES as u64) as usize;
        let bytes = &mut bytes[..entries * ENTRY_BYTES + 4];
        let read = self.file.read_at(HEADER_BYTES as u64 + page as u64 * PAGE_BYTES as u64, bytes)?;
        let (content, sum) = bytes.split_at(entries * ENTRY_BYTES);
        if read < content.len() + 4 || page_sum(page as u64, content) != *sum {
            let what = format!("the checksum of page {page} is wrong");
            return Err(Error::Damaged { path: self.path.clone(), what });
        }
        Ok(content.chunks_exact(ENTRY_BYTES).map(|entry| {
            let number = |at: usize| u64::from_le_bytes(entry[at..at + 8].try_into().expect("eight bytes"));
            Entry { hash: number(0), position: number(8), content: number(16) }
        }))
    }
}

/// A buffer for [`Run::page`].
pub(super) fn page_buffer() -> [u8; PAGE_BYTES] {
    [0; PAGE_BYTES]
}

fn page_sum(page: u64, content: &[u8]) -> [u8; 4] {
    crc32c::crc32c_append(crc32c::crc32c(&page.to_le_bytes()), content).to_le_bytes()
}

/// Writes a run: entries come by ascending hash and position, as many as were announced.
pub(super) struct Writer<'a> {
    storage: &'a dyn Storage,
    directory: &'a Path,
    unfinished: PathBuf,
    file: Arc<dyn File>,
    header: Header,
    fences: Vec<u64>,
    bloom: Bloom,
    page: Vec<u8>,
    buffer: Vec<u8>,
    offset: u64,
    last: Option<Entry>,
    pushed: u64,
}

impl<'a> Writer<'a> {
    pub(super) fn create(
        storage: &'a dyn Storage,
        directory: &'a Path,
        span: Span,
        len: u64,
        arrived: (Micros, Micros),
    ) -> Result<Self, Error> {
        let unfinished = span.path(directory, UNFINISHED);
        let file = Arc::new(Gentle::new(storage.create(&unfinished)?, PURPOSE));
        let header = Header { len, span, arrived };
        Ok(Self {
            storage,
            directory,
            unfinished,
            file,
            header,
            fences: Vec::new(),
            bloom: Bloom::new(len),
            page: Vec::with_capacity(PAGE_BYTES),
            buffer: header.encode().to_vec(),
            offset: 0,
            last: None,
            pushed: 0,
        })
    }

    pub(super) fn push(&mut self, entry: Entry) -> Result<(), Error> {
        assert!(self.last <= Some(entry), "the keys of a run are sorted");
        self.last = Some(entry);
        self.pushed += 1;
        if self.page.is_empty() {
            self.fences.push(entry.hash);
        }
        self.bloom.insert(entry.hash);
        for number in [entry.hash, entry.position, entry.content] {
            self.page.extend_from_slice(&number.to_le_bytes());
        }
        if self.page.len() == PAGE_ENTRIES * ENTRY_BYTES {
            self.end_page()?;
        }
        Ok(())
    }

    fn end_page(&mut self) -> Result<(), Error> {
        let number = self.fences.len() as u64 - 1;
        self.buffer.extend_from_slice(&self.page);
        self.buffer.extend_from_slice(&page_sum(number, &self.page));
        self.page.clear();
        if self.buffer.len() >= WRITE_BYTES { self.write() } else { Ok(()) }
    }

    fn write(&mut self) -> Result<(), Error> {
        self.file.write_at(self.offset, &self.buffer)?;
        self.offset += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }

    /// Makes the run durable under its name, and only then it exists.
    pub(super) fn finish(mut self) -> Result<Run, Error> {
        assert_eq!(self.pushed, self.header.len, "as many keys as were announced");
        if !self.page.is_empty() {
            self.end_page()?;
        }
        let mut tail: Vec<u8> = self.fences.iter().flat_map(|fence| fence.to_le_bytes()).collect();
        tail.extend_from_slice(&self.bloom.to_bytes());
        let sum = crc32c::crc32c(&tail);
        tail.extend_from_slice(&sum.to_le_bytes());
        self.buffer.extend_from_slice(&tail);
        self.write()?;
        assert_eq!(self.offset, self.header.tail() + self.header.tail_bytes(), "the length is the header's");
        self.file.sync_data(PURPOSE)?;
        let path = self.header.span.path(self.directory, SUFFIX);
        self.storage.rename(&self.unfinished, &path)?;
        self.storage.sync_directory(self.directory, PURPOSE)?;
        let file = self.storage.open_to_read(&path)?;
        Ok(Run { path, file, header: self.header, fences: self.fences, bloom: self.bloom })
    }
}
