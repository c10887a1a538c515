//! The end of a part, where its cursor and its columns are.

use std::path::Path;

use ::parquet::file::metadata::ParquetMetaDataReader;

use crate::{Error, Place};

/// The footer's key of the log address up to which every row is in this part and those before.
pub(super) const CURSOR: &str = "mitra.cursor";
/// The footer's key of format and columns.
pub(super) const SCHEMA: &str = "mitra.schema";

/// The last bytes of a Parquet file: the length of its metadata and `PAR1`.
const TAIL_BYTES: u64 = 8;
const MAGIC: &[u8] = b"PAR1";

/// Reads the cursor of the part at `path` and checks that it has the sink's columns.
pub(super) fn read_cursor(place: &Place, path: &Path) -> Result<u64, Error> {
    let file = place.storage.open_to_read(path)?;
    let damaged = || place.damaged(format!("{} is not a part that mitra finished", path.display()));
    let read = |offset, len: u64| -> Result<Vec<u8>, Error> {
        let mut bytes = vec![0; usize::try_from(len).map_err(|_| damaged())?];
        let read = file.read_at(offset, &mut bytes)?;
        bytes.truncate(read);
        Ok(bytes)
    };
    let end = file.len()?.checked_sub(TAIL_BYTES).ok_or_else(damaged)?;
    let tail = read(end, TAIL_BYTES)?;
    let (len, magic) = tail.split_first_chunk::<4>().ok_or_else(damaged)?;
    let len = u64::from(u32::from_le_bytes(*len));
    let start = end.checked_sub(len).filter(|_| magic == MAGIC).ok_or_else(damaged)?;
    let metadata = ParquetMetaDataReader::decode_metadata(&read(start, len)?).map_err(|_| damaged())?;
    let pairs = metadata.file_metadata().key_value_metadata().ok_or_else(damaged)?;
    let value = |key| pairs.iter().find(|pair| pair.key == key)?.value.as_deref();
    place.check_schema(value(SCHEMA).ok_or_else(damaged)?)?;
    value(CURSOR).and_then(|cursor| cursor.parse().ok()).ok_or_else(damaged)
}
