//! Text values as lengths and bytes, with a dictionary for the block when few distinct values repeat.

use std::ops::Range;

use types::TextColumn;
use xxhash_rust::xxh3::xxh3_64;

use crate::{Error, bits, integers, reader::Reader, writer};

const SAME: u8 = 0;
const PLAIN: u8 = 1;
const DICTIONARY: u8 = 2;

/// Values that a dictionary holds at most.
const ENTRIES_MAX: usize = 256;
/// Slots of the table that finds a value's entry: a power of two.
const SLOTS: usize = 2 * ENTRIES_MAX;
/// Fewer values than this are not worth a dictionary.
const DICTIONARY_VALUES_MIN: usize = 8;

/// Appends what follows a code, which is returned. `rows` are those that are not NULL, `count` of them.
pub(crate) fn encode(
    out: &mut Vec<u8>,
    text: &TextColumn,
    rows: impl Iterator<Item = usize> + Clone,
    count: usize,
) -> u8 {
    let Some(first) = rows.clone().next().map(|row| text.get(row)) else { return SAME };
    if rows.clone().skip(1).all(|row| text.get(row) == first) {
        writer::name(out, first);
        return SAME;
    }
    if count >= DICTIONARY_VALUES_MIN && dictionary(out, text, rows.clone(), count) {
        return DICTIONARY;
    }
    let lengths = Counted { inner: rows.clone().map(|row| length(text, row)), len: count };
    integers::encode_block(out, lengths);
    if count == text.len() {
        out.extend_from_slice(text.as_str().as_bytes());
    } else {
        rows.for_each(|row| out.extend_from_slice(text.get(row).as_bytes()));
    }
    PLAIN
}

#[inline]
fn range(text: &TextColumn, row: usize) -> Range<usize> {
    let ends = text.ends();
    let start = if row == 0 { 0 } else { ends[row - 1] };
    start as usize..ends[row] as usize
}

#[inline]
fn length(text: &TextColumn, row: usize) -> u32 {
    let range = range(text, row);
    (range.end - range.start) as u32
}

/// An iterator whose length the caller knows.
#[derive(Clone)]
pub(crate) struct Counted<I> {
    pub(crate) inner: I,
    pub(crate) len: usize,
}

impl<I: Iterator> Iterator for Counted<I> {
    type Item = I::Item;

    #[inline]
    fn next(&mut self) -> Option<I::Item> {
        self.inner.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.len, Some(self.len))
    }

    #[inline]
    fn fold<B, F: FnMut(B, I::Item) -> B>(self, start: B, step: F) -> B {
        self.inner.fold(start, step)
    }
}

impl<I: Iterator> ExactSizeIterator for Counted<I> {
    fn len(&self) -> usize {
        self.len
    }
}

/// Appends the number of entries, each value's entry and the entries; or nothing, when that is longer than without.
fn dictionary(out: &mut Vec<u8>, text: &TextColumn, rows: impl Iterator<Item = usize>, count: usize) -> bool {
    let header = out.len();
    out.push(0);
    let bytes = text.as_str().as_bytes();
    // A slot holds an entry's number plus one, an entry the range of its first value.
    let mut slots = [0_u16; SLOTS];
    let mut entries: [(u32, u32); ENTRIES_MAX] = [(0, 0); ENTRIES_MAX];
    let (mut entries_len, mut entry_bytes, mut value_bytes) = (0, 0, 0);
    let entries_max = ENTRIES_MAX.min(count / 2);
    for row in rows {
        let range = range(text, row);
        let value = &bytes[range.clone()];
        value_bytes += value.len();
        let mut slot = xxh3_64(value) as usize % SLOTS;
        let entry = loop {
            match slots[slot] {
                0 => break None,
                number => {
                    let (start, end) = entries[usize::from(number - 1)];
                    if bytes[start as usize..end as usize] == *value {
                        break Some(number - 1);
                    }
                }
            }
            slot = (slot + 1) % SLOTS;
        };
        let entry = match entry {
            Some(entry) => usize::from(entry),
            None if entries_len == entries_max => {
                out.truncate(header);
                return false;
            }
            None => {
                entries[entries_len] = (range.start as u32, range.end as u32);
                entries_len += 1;
                slots[slot] = entries_len as u16;
                entry_bytes += value.len();
                entries_len - 1
            }
        };
        out.push(entry as u8);
    }
    let width = bits::width(entries_len);
    if bits::bytes(count, width) + entry_bytes + entries_len >= value_bytes {
        out.truncate(header);
        return false;
    }
    out[header] = (entries_len - 1) as u8;
    bits::pack_in_place(out, header + 1, width);
    integers::encode_block(out, entries[..entries_len].iter().map(|(start, end)| end - start));
    for (start, end) in &entries[..entries_len] {
        out.extend_from_slice(&bytes[*start as usize..*end as usize]);
    }
    true
}

/// Memory that [`decode`] reuses.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    lengths: Vec<u32>,
}

/// Appends one value to `into` for each row: the next of the block's `count`, or the empty one where `nulls` says so.
pub(crate) fn decode(
    reader: &mut Reader<'_>,
    code: u8,
    count: usize,
    nulls: &[bool],
    scratch: &mut Scratch,
    into: &mut TextColumn,
) -> Result<(), Error> {
    match code {
        SAME if count == 0 => push_all(nulls, into, || ""),
        SAME => {
            let value = reader.name()?;
            reader.claim(count, value.len())?;
            push_all(nulls, into, || value);
        }
        PLAIN => {
            let (text, ends) = values(reader, count, &mut scratch.lengths)?;
            let mut cut = Cut { reader, text, start: 0, bad: false };
            let mut ends = ends.iter();
            push_all(nulls, into, || cut.next(ends.next()));
            cut.check()?;
        }
        DICTIONARY => decode_dictionary(reader, count, nulls, scratch, into)?,
        _ => return Err(reader.tag("encoding of text", code)),
    }
    Ok(())
}

fn push_all<'a>(nulls: &[bool], into: &mut TextColumn, mut next: impl FnMut() -> &'a str) {
    for null in nulls {
        into.push(if *null { "" } else { next() });
    }
}

/// Reads lengths and bytes; returns the bytes and the end of each value in them.
fn values<'a, 's>(
    reader: &mut Reader<'a>,
    count: usize,
    lengths: &'s mut Vec<u32>,
) -> Result<(&'a str, &'s [u32]), Error> {
    reader.claim(count, size_of::<u32>())?;
    integers::decode_block(reader, count, lengths)?;
    let total: u64 = lengths.iter().map(|length| u64::from(*length)).sum();
    let Ok(len) = u32::try_from(total) else {
        return Err(reader.limit("the length of all text in bytes", total, u32::MAX as usize));
    };
    reader.claim(len as usize, 1)?;
    let text = reader.text(len as usize)?;
    let mut end = 0;
    for length in &mut *lengths {
        end += *length;
        *length = end;
    }
    Ok((text, lengths))
}

/// Cuts text at its ends and remembers a cut through a character.
struct Cut<'a, 'r> {
    reader: &'r Reader<'a>,
    text: &'a str,
    start: usize,
    bad: bool,
}

impl<'a> Cut<'a, '_> {
    #[inline]
    fn next(&mut self, end: Option<&u32>) -> &'a str {
        let end = end.map_or(usize::MAX, |end| *end as usize);
        let value = self.text.get(self.start..end);
        self.bad |= value.is_none();
        self.start = end;
        value.unwrap_or("")
    }

    fn check(&self) -> Result<(), Error> {
        if self.bad { Err(self.reader.damaged(crate::Fault::Text)) } else { Ok(()) }
    }
}

fn decode_dictionary(
    reader: &mut Reader<'_>,
    count: usize,
    nulls: &[bool],
    scratch: &mut Scratch,
    into: &mut TextColumn,
) -> Result<(), Error> {
    let entries_len = usize::from(reader.byte()?) + 1;
    let width = bits::width(entries_len);
    let packed = reader.take(bits::bytes(count, width))?;
    let (text, ends) = values(reader, entries_len, &mut scratch.lengths)?;
    let mut entries = [""; ENTRIES_MAX];
    let mut cut = Cut { reader, text, start: 0, bad: false };
    for (entry, end) in entries.iter_mut().zip(ends) {
        *entry = cut.next(Some(end));
    }
    cut.check()?;
    let mut decoded = 0;
    for index in 0..count {
        let entry = usize::from(bits::get(packed, width, index));
        if entry >= entries_len {
            return Err(reader.limit("an entry's number", entry as u64, entries_len - 1));
        }
        decoded += entries[entry].len();
    }
    reader.claim(decoded, 1)?;
    let mut index = 0;
    push_all(nulls, into, || {
        let entry = bits::get(packed, width, index);
        index += 1;
        entries[usize::from(entry)]
    });
    Ok(())
}
