//! Reading one checkpoint, which is checked in full before anything of it is used.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use storage::{File, Storage};

use crate::{
    Error, Result, Stamp,
    format::{self, HEADER_BYTES, Header, PART_BYTES, Part},
};

/// Bytes read at a time while checking.
const CHUNK_BYTES: usize = 1 << 20;

/// Where a section is in its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SectionPlace {
    /// The first byte.
    offset: u64,
    /// Bytes.
    pub len: u64,
    /// The checksum of name and bytes.
    crc: u32,
}

/// A complete checkpoint.
#[derive(Debug)]
pub struct Checkpoint {
    file: Arc<dyn File>,
    path: PathBuf,
    stamp: Stamp,
    fingerprint: Vec<u8>,
    sections: BTreeMap<String, SectionPlace>,
}

/// Why a file is no checkpoint that can be used.
pub(crate) enum Refusal {
    /// It was read, and this is wrong with it.
    Damaged(String),
    /// It cannot be read.
    Unreadable(storage::Error),
}

impl From<String> for Refusal {
    fn from(reason: String) -> Self {
        Self::Damaged(reason)
    }
}

impl From<storage::Error> for Refusal {
    fn from(error: storage::Error) -> Self {
        Self::Unreadable(error)
    }
}

impl Checkpoint {
    /// Opens a file and checks every byte of it.
    pub(crate) fn open(storage: &dyn Storage, path: PathBuf, position: u64) -> Result<Self, Refusal> {
        let file = storage.open_to_read(&path)?;
        let header = Header::decode(&read(&*file, 0, HEADER_BYTES)?)?;
        if header.stamp.position != position {
            let found = header.stamp.position;
            return Err(format!("its name says position {position}, and its header {found}").into());
        }
        let fingerprint = read(&*file, HEADER_BYTES as u64, header.fingerprint_len)?;
        if crc32c::crc32c(&fingerprint) != header.fingerprint_crc {
            return Err("the fingerprint's checksum is wrong".to_owned().into());
        }
        let sections = check_sections(&*file, (HEADER_BYTES + fingerprint.len()) as u64)?;
        Ok(Self { file, path, stamp: header.stamp, fingerprint, sections })
    }

    /// What it stands for.
    pub fn stamp(&self) -> Stamp {
        self.stamp
    }

    /// The fingerprint that it was begun with.
    pub fn fingerprint(&self) -> &[u8] {
        &self.fingerprint
    }

    /// The file.
    pub fn path(&self) -> &std::path::Path {
        &self.path
    }

    /// The sections by name.
    pub fn sections(&self) -> impl Iterator<Item = (&str, SectionPlace)> {
        self.sections.iter().map(|(name, place)| (name.as_str(), *place))
    }

    /// A section's bytes; none if there is no such section.
    ///
    /// # Errors
    /// [`Error::Corrupt`] if the file has changed since it was chosen, and those of the storage.
    pub fn section(&self, name: &str) -> Result<Option<Vec<u8>>> {
        let Some(place) = self.sections.get(name) else { return Ok(None) };
        let len =
            usize::try_from(place.len).expect("the file was read, so its sections have addressable lengths");
        let mut bytes = vec![0; len];
        let read = self.file.read_at(place.offset, &mut bytes)?;
        let crc = crc32c::crc32c_append(crc32c::crc32c(name.as_bytes()), &bytes);
        if read < len || crc != place.crc {
            let reason = format!("section {name:?} is not what it was when the file was opened");
            return Err(Error::Corrupt { path: self.path.clone(), reason });
        }
        Ok(Some(bytes))
    }
}

/// Checks everything after the fingerprint.
fn check_sections(file: &dyn File, start: u64) -> Result<BTreeMap<String, SectionPlace>, Refusal> {
    let file_len = file.len()?;
    let (mut at, mut all, mut sections) = (start, 0, BTreeMap::new());
    loop {
        let part = Part::decode(&read(file, at, PART_BYTES)?)?;
        at += PART_BYTES as u64;
        match part {
            Part::Section { name_len, len, crc } => {
                let name = read(file, at, name_len)?;
                at += name_len as u64;
                if len > file_len.saturating_sub(at) {
                    return Err("it ends in the middle of a section".to_owned().into());
                }
                let place = SectionPlace { offset: at, len, crc };
                if checksum(file, &name, place)? != crc {
                    let name = String::from_utf8_lossy(&name);
                    return Err(format!("the checksum of section {name:?} is wrong").into());
                }
                at += len;
                all = format::chain(all, crc);
                let name = String::from_utf8(name).map_err(|_| "a section's name is no text".to_owned())?;
                sections.insert(name, place);
            }
            Part::Trailer { sections: count, file_len: expected, crc } => {
                let complete = sections.len() == count as usize && crc == all;
                return if complete && expected == at && expected == file_len {
                    Ok(sections)
                } else {
                    Err("its end does not fit what is before it".to_owned().into())
                };
            }
        }
    }
}

/// The checksum of a section as it is in the file.
fn checksum(file: &dyn File, name: &[u8], place: SectionPlace) -> Result<u32, Refusal> {
    let mut crc = crc32c::crc32c(name);
    let mut chunk = vec![0; CHUNK_BYTES.min(place.len as usize)];
    let mut done = 0;
    while done < place.len {
        let want = (chunk.len() as u64).min(place.len - done) as usize;
        let read = file.read_at(place.offset + done, &mut chunk[..want])?;
        if read == 0 {
            return Err("it ends in the middle of a section".to_owned().into());
        }
        crc = crc32c::crc32c_append(crc, &chunk[..read]);
        done += read as u64;
    }
    Ok(crc)
}

/// Bytes of the file, fewer at its end.
fn read(file: &dyn File, at: u64, len: usize) -> storage::Result<Vec<u8>> {
    let mut bytes = vec![0; len];
    let read = file.read_at(at, &mut bytes)?;
    bytes.truncate(read);
    Ok(bytes)
}
