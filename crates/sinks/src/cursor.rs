//! What a sink remembers: how far its files go. Two slots are written in turn, so that a torn write leaves the other one.
//!
//! A slot is a line of text, filled up with spaces to 256 bytes: the format's version, a number that goes up by one with each write, the
//! cursor, the part's number and length in bytes, and the CRC-32C of all that before it.

use std::{path::Path, sync::Arc};

use storage::{File, Storage};

use crate::Error;

const SLOT_BYTES: usize = 256;
const VERSION: u64 = 1;
const PURPOSE: &str = "a sink's cursor";
const NAME_PURPOSE: &str = "the name of a sink's cursor";

/// How far the files go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    /// Address of the log.
    pub(crate) cursor: u64,
    /// The last part's number; 0 where there is one file.
    pub(crate) part: u64,
    /// Its length.
    pub(crate) bytes: u64,
}

/// The file that holds the mark.
#[derive(Debug)]
pub(crate) struct Cursor {
    file: Arc<dyn File>,
    mark: Option<Mark>,
    writes: u64,
}

impl Cursor {
    /// Opens the cursor at `path`, whose folder exists, or makes one without a mark.
    pub(crate) fn open(storage: &dyn Storage, path: &Path) -> Result<Self, Error> {
        if !storage.exists(path)? {
            let file = storage.create(path)?;
            sync_name(storage, path)?;
            return Ok(Self { file, mark: None, writes: 0 });
        }
        let file = storage.open(path)?;
        let mut bytes = [0; 2 * SLOT_BYTES];
        let read = file.read_at(0, &mut bytes)?;
        let slots = bytes[..read].chunks(SLOT_BYTES).filter_map(parse);
        let newest = slots.max_by_key(|(writes, _)| *writes);
        if newest.is_some() {
            // A process that died before it synced may have written the slot; what is read now must stay, and the next
            // write must not find both slots unsynced.
            file.sync_data(PURPOSE)?;
        } else {
            // A process that died before this line may have made the file.
            sync_name(storage, path)?;
        }
        // The first write tears without a slot to fall back on; nothing was acknowledged before it.
        if newest.is_none() && read > SLOT_BYTES {
            let what = "neither of its slots is whole".to_owned();
            return Err(Error::Damaged { path: path.to_path_buf(), what });
        }
        let (writes, mark) = newest.map_or((0, None), |(writes, mark)| (writes, Some(mark)));
        Ok(Self { file, mark, writes })
    }

    pub(crate) fn mark(&self) -> Option<Mark> {
        self.mark
    }

    /// Makes a mark durable; the files that it speaks of are durable already.
    pub(crate) fn set(&mut self, mark: Mark) -> Result<(), Error> {
        let writes = self.writes + 1;
        let text = format!("{VERSION} {writes} {} {} {} ", mark.cursor, mark.part, mark.bytes);
        let mut slot = format!("{text}{:08x}", crc32c::crc32c(text.as_bytes()));
        assert!(slot.len() < SLOT_BYTES, "five numbers and a checksum fit a slot");
        slot.extend(std::iter::repeat_n(' ', SLOT_BYTES - 1 - slot.len()));
        slot.push('\n');
        self.file.write_at((writes + 1) % 2 * SLOT_BYTES as u64, slot.as_bytes())?;
        self.file.sync_data(PURPOSE)?;
        self.writes = writes;
        self.mark = Some(mark);
        Ok(())
    }
}

fn sync_name(storage: &dyn Storage, path: &Path) -> Result<(), Error> {
    Ok(storage.sync_directory(path.parent().unwrap_or(Path::new(".")), NAME_PURPOSE)?)
}

/// The number of the write and the mark of a whole slot.
fn parse(slot: &[u8]) -> Option<(u64, Mark)> {
    let text = std::str::from_utf8(slot).ok()?.trim_end();
    let (content, sum) = text.split_at_checked(text.len().checked_sub(8)?)?;
    if u32::from_str_radix(sum, 16) != Ok(crc32c::crc32c(content.as_bytes())) {
        return None;
    }
    let mut numbers = content.split(' ').map(str::parse::<u64>);
    let mut next = || numbers.next()?.ok();
    let (version, writes) = (next()?, next()?);
    let mark = Mark { cursor: next()?, part: next()?, bytes: next()? };
    (version == VERSION).then_some((writes, mark))
}

#[cfg(test)]
mod tests {
    use storage::Faulty;

    use super::*;

    #[test]
    fn the_newest_whole_slot_counts() {
        let disk = Faulty::new(1);
        disk.create_directory(Path::new("sink")).expect("a sound disk");
        let path = Path::new("sink/_cursor");
        let open = || Cursor::open(&disk, path);
        let mark = |cursor| Mark { cursor, part: 2, bytes: 3 };
        let mut cursor = open().expect("sound");
        assert_eq!(cursor.mark(), None);
        for address in 1..=5 {
            cursor.set(mark(address)).expect("sound");
            assert_eq!(open().expect("sound").mark(), Some(mark(address)));
        }
        disk.flip(path, 4, 1).expect("sound");
        let mut cursor = open().expect("one slot is whole");
        assert_eq!(cursor.mark(), Some(mark(4)));
        cursor.set(mark(6)).expect("sound");
        assert_eq!(open().expect("sound").mark(), Some(mark(6)));
        disk.flip(path, 4, 1).expect("sound");
        disk.flip(path, SLOT_BYTES as u64 + 4, 1).expect("sound");
        let error = open().expect_err("no slot is whole").to_string();
        assert!(error.starts_with("sink/_cursor: neither of its slots is whole; restore it"), "{error}");
    }
}
