//! How far the file that is being read was taken. Written before rows are sent, so that after a crash it is known which rows
//! may be in the log and from which position on they would be: those are looked for there, however long ago it was.
//!
//! The file is a line of text: the format's version, the file's length, time of change and number in the file system, the rows
//! that were taken, those that were sent after them, the position, and the file's name, with the CRC-32C of all that before it.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use storage::Storage;
use types::Position;

use super::Found;

const VERSION: &str = "1";
const PURPOSE: &str = "a watched file's progress";
const NAME_PURPOSE: &str = "the name of a watched file's progress";

/// How far a file was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The file.
    pub file: Found,
    /// Its first rows, which are in the log.
    pub taken: u64,
    /// So many rows after them may be in the log.
    pub sent: u64,
    /// If they are, then from this position on.
    pub from: Position,
}

/// Where the mark is kept.
#[derive(Debug)]
pub struct Progress {
    storage: Arc<dyn Storage>,
    path: PathBuf,
}

impl Progress {
    /// The progress that is kept in `path`; its folder is made.
    ///
    /// # Errors
    /// Those of the storage.
    pub fn new(storage: Arc<dyn Storage>, path: &Path) -> Result<Self, storage::Error> {
        storage.create_directories(path.parent().unwrap_or(Path::new(".")), NAME_PURPOSE)?;
        Ok(Self { storage, path: path.to_path_buf() })
    }

    /// The mark; none when no file was being read. One that is damaged counts as none: rows are then recognised by their keys,
    /// within the stream's `dedupe`.
    ///
    /// # Errors
    /// Those of the storage.
    pub fn get(&self) -> Result<Option<Mark>, storage::Error> {
        if !self.storage.exists(&self.path)? {
            return Ok(None);
        }
        let file = self.storage.open_to_read(&self.path)?;
        let mut bytes = vec![0; usize::try_from(file.len()?).unwrap_or(0)];
        let read = file.read_at(0, &mut bytes)?;
        Ok(parse(&bytes[..read]))
    }

    /// Makes the mark durable, in the place of the one before.
    ///
    /// # Errors
    /// Those of the storage; then the mark before stands.
    pub fn set(&self, mark: &Mark) -> Result<(), storage::Error> {
        let Found { name, bytes, modified, inode } = &mark.file;
        let text =
            format!("{VERSION} {bytes} {modified} {inode} {} {} {} {name}", mark.taken, mark.sent, mark.from);
        let unfinished = self.path.with_extension("new");
        let file = self.storage.create(&unfinished)?;
        file.write_at(0, format!("{:08x} {text}\n", crc32c::crc32c(text.as_bytes())).as_bytes())?;
        file.sync_data(PURPOSE)?;
        self.storage.rename(&unfinished, &self.path)?;
        self.sync_name()
    }

    /// Forgets the mark: the file was moved away.
    ///
    /// # Errors
    /// Those of the storage.
    pub fn clear(&self) -> Result<(), storage::Error> {
        if self.storage.exists(&self.path)? {
            self.storage.remove(&self.path)?;
        }
        self.sync_name()
    }

    fn sync_name(&self) -> Result<(), storage::Error> {
        self.storage.sync_directory(self.path.parent().unwrap_or(Path::new(".")), NAME_PURPOSE)
    }
}

fn parse(bytes: &[u8]) -> Option<Mark> {
    let text = std::str::from_utf8(bytes).ok()?.strip_suffix('\n')?;
    let (sum, text) = text.split_once(' ')?;
    if u32::from_str_radix(sum, 16) != Ok(crc32c::crc32c(text.as_bytes())) {
        return None;
    }
    let mut parts = text.splitn(8, ' ');
    let mut next = || parts.next();
    if next()? != VERSION {
        return None;
    }
    let (bytes, modified, inode) = (next()?.parse().ok()?, next()?.parse().ok()?, next()?.parse().ok()?);
    let (taken, sent, from) = (next()?.parse().ok()?, next()?.parse().ok()?, next()?.parse().ok()?);
    let file = Found { name: next()?.to_owned(), bytes, modified, inode };
    Some(Mark { file, taken, sent, from })
}

#[cfg(test)]
mod tests {
    use storage::{Faulty, Stop};

    use super::*;

    #[test]
    fn the_last_mark_or_the_one_before_is_there_after_any_stop() {
        let mark = |taken| Mark {
            file: Found { name: "a b.csv".to_owned(), bytes: 3, modified: -5, inode: 7 },
            taken,
            sent: 5,
            from: 10 * taken,
        };
        let path = Path::new("data/watch/payments");
        for operation in 0..12 {
            let disk = Faulty::new(operation);
            let open = || Progress::new(Arc::new(disk.clone()), path);
            let progress = open().expect("a sound disk");
            assert_eq!(progress.get().expect("a sound disk"), None);
            progress.set(&mark(1)).expect("a sound disk");
            disk.stop_after(operation, Stop::Power);
            let second = progress.set(&mark(2));
            disk.restart();
            let found = open().and_then(|progress| progress.get()).expect("a sound disk");
            let expected =
                if second.is_ok() { vec![Some(mark(2))] } else { vec![Some(mark(1)), Some(mark(2))] };
            assert!(expected.contains(&found), "{operation}: {found:?}");
        }
    }
}
