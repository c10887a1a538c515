//! Small numbers packed to 1, 2, 4 or 8 bits each, the first in the lowest bits.

use crate::{Error, reader::Reader};

const ALL_FALSE: u8 = 0;
const ALL_TRUE: u8 = 1;
const MIXED: u8 = 2;

/// The fewest bits of 1, 2, 4 and 8 that hold numbers below `count`.
pub(crate) fn width(count: usize) -> usize {
    match count {
        0..=2 => 1,
        3..=4 => 2,
        5..=16 => 4,
        _ => 8,
    }
}

/// Bytes that `count` numbers of `bits` take.
pub(crate) fn bytes(count: usize, bits: usize) -> usize {
    (count * bits).div_ceil(8)
}

/// Packs the numbers that stand one to a byte in `out` from `start` on, in place.
pub(crate) fn pack_in_place(out: &mut Vec<u8>, start: usize, bits: usize) {
    if bits == 8 {
        return;
    }
    let (count, each) = (out.len() - start, 8 / bits);
    let packed = bytes(count, bits);
    for byte in 0..packed {
        let first = start + byte * each;
        let last = (first + each).min(out.len());
        let numbers = out[first..last].iter().rev();
        out[start + byte] = numbers.fold(0, |packed, number| packed << bits | number);
    }
    out.truncate(start + packed);
}

/// The number at `index`.
#[inline]
pub(crate) fn get(packed: &[u8], bits: usize, index: usize) -> u8 {
    let each = 8 / bits;
    let mask = (0xff_u16 >> (8 - bits)) as u8;
    packed[index / each] >> (index % each * bits) & mask
}

/// Appends flags, one bit each.
pub(crate) fn write_flags(out: &mut Vec<u8>, flags: impl ExactSizeIterator<Item = bool>) {
    let start = out.len();
    out.extend(flags.map(u8::from));
    pack_in_place(out, start, 1);
}

/// Appends flags to `into` from their bits.
pub(crate) fn read_flags(reader: &mut Reader<'_>, count: usize, into: &mut Vec<bool>) -> Result<(), Error> {
    let packed = reader.take(bytes(count, 1))?;
    into.reserve(count);
    let whole = count / 8;
    for byte in &packed[..whole] {
        into.extend((0..8).map(|bit| byte >> bit & 1 == 1));
    }
    into.extend((8 * whole..count).map(|index| get(packed, 1, index) == 1));
    Ok(())
}

/// Appends what follows a code, which is returned: nothing when all flags are equal, else their bits.
pub(crate) fn encode(out: &mut Vec<u8>, count: usize, flags: impl Iterator<Item = bool> + Clone) -> u8 {
    let set = flags.clone().filter(|flag| *flag).count();
    if set == 0 {
        return ALL_FALSE;
    }
    if set == count {
        return ALL_TRUE;
    }
    let start = out.len();
    out.extend(flags.map(u8::from));
    pack_in_place(out, start, 1);
    MIXED
}

/// Appends flags to `into`.
pub(crate) fn decode(
    reader: &mut Reader<'_>,
    code: u8,
    count: usize,
    into: &mut Vec<bool>,
) -> Result<(), Error> {
    reader.claim(count, 1)?;
    match code {
        ALL_FALSE => into.resize(into.len() + count, false),
        ALL_TRUE => into.resize(into.len() + count, true),
        MIXED => read_flags(reader, count, into)?,
        _ => return Err(reader.tag("encoding of booleans", code)),
    }
    Ok(())
}
