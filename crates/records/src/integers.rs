//! Integers as offsets from their least, or from their predecessor, in the fewest whole bytes.

use types::decimal;

use crate::{Error, Fault, reader::Reader, writer};

/// All are equal.
const SAME: u8 = 0;
/// Codes 1 to 5 are offsets of this many bytes.
const WIDTHS: [usize; 6] = [0, 1, 2, 4, 8, 16];
/// Differences between neighbours.
const DELTAS: u8 = 6;

/// An integer type of a column or of a batch's own vectors.
pub(crate) trait Integer: Copy + Ord {
    /// Bounds of what may be decoded.
    const BOUNDS: (i128, i128);

    fn wide(self) -> i128;

    /// Cuts off the upper bits.
    fn narrow(wide: i128) -> Self;

    /// The lower 64 bits.
    fn low(self) -> u64;

    /// Adds to the lower 64 bits, without a carry.
    fn plus(self, offset: u64) -> Self;
}

macro_rules! integer {
    ($type:ty, $bounds:expr) => {
        impl Integer for $type {
            const BOUNDS: (i128, i128) = $bounds;

            #[inline]
            fn wide(self) -> i128 {
                i128::from(self)
            }

            #[inline]
            fn narrow(wide: i128) -> Self {
                wide as Self
            }

            #[inline]
            fn low(self) -> u64 {
                self as u64
            }

            #[inline]
            fn plus(self, offset: u64) -> Self {
                self.wrapping_add(offset as Self)
            }
        }
    };
}

integer!(u8, (0, u8::MAX as i128));
integer!(u16, (0, u16::MAX as i128));
integer!(u32, (0, u32::MAX as i128));
integer!(i32, (i32::MIN as i128, i32::MAX as i128));
integer!(i64, (i64::MIN as i128, i64::MAX as i128));
integer!(i128, (1 - decimal::LIMIT, decimal::LIMIT - 1));

/// Appends a code byte and the block.
pub(crate) fn encode_block<T: Integer>(out: &mut Vec<u8>, values: impl ExactSizeIterator<Item = T> + Clone) {
    let header = out.len();
    let count = values.len();
    out.push(SAME);
    out[header] = encode(out, count, values);
}

/// Replaces `into` with a block that [`encode_block`] wrote.
pub(crate) fn decode_block<T: Integer>(
    reader: &mut Reader<'_>,
    count: usize,
    into: &mut Vec<T>,
) -> Result<(), Error> {
    into.clear();
    let code = reader.byte()?;
    decode(reader, code, count, into)
}

/// Appends what follows a code, which is returned; `count` is the number of values.
pub(crate) fn encode<T: Integer>(
    out: &mut Vec<u8>,
    count: usize,
    values: impl Iterator<Item = T> + Clone,
) -> u8 {
    let Some(first) = values.clone().next() else { return SAME };
    let (min, max) =
        values.clone().fold((first, first), |(min, max), value| (min.min(value), max.max(value)));
    assert!(
        T::BOUNDS.0 <= min.wide() && max.wide() <= T::BOUNDS.1,
        "a decimal has at most 38 digits, so that what is written can be read"
    );
    let range = max.wide().wrapping_sub(min.wide()) as u128;
    let code = code_of(range);
    if WIDTHS[usize::from(code)] > 1 && range <= i64::MAX as u128 && size_of::<T>() <= 8 {
        let (least, most) = delta_bounds(first, values.clone());
        let delta_code = code_of(u128::from(most.wrapping_sub(least) as u64));
        if delta_code < code {
            out.push(delta_code);
            writer::signed(out, first.wide());
            writer::signed(out, i128::from(least));
            let offsets = deltas(first, values).map(|delta| delta.wrapping_sub(least) as u64);
            write_offsets(out, delta_code, count - 1, offsets);
            return DELTAS;
        }
    }
    writer::signed(out, min.wide());
    if WIDTHS[usize::from(code)] == 16 {
        let least = min.wide();
        fill::<16>(out, count, values.map(|value| value.wide().wrapping_sub(least).to_le_bytes()));
    } else {
        let least = min.low();
        write_offsets(out, code, count, values.map(|value| value.low().wrapping_sub(least)));
    }
    code
}

/// The code of offsets up to `range`.
fn code_of(range: u128) -> u8 {
    match range {
        0 => 0,
        1..=0xff => 1,
        0x100..=0xffff => 2,
        0x1_0000..=0xffff_ffff => 3,
        0x1_0000_0000..=0xffff_ffff_ffff_ffff => 4,
        _ => 5,
    }
}

/// Differences between neighbours, exact when the range of all values fits 63 bits.
fn deltas<T: Integer>(first: T, values: impl Iterator<Item = T>) -> impl Iterator<Item = i64> {
    values.skip(1).scan(first.low(), |last, value| {
        let delta = value.low().wrapping_sub(*last) as i64;
        *last = value.low();
        Some(delta)
    })
}

fn delta_bounds<T: Integer>(first: T, values: impl Iterator<Item = T>) -> (i64, i64) {
    deltas(first, values)
        .fold((i64::MAX, i64::MIN), |(least, most), delta| (least.min(delta), most.max(delta)))
}

fn write_offsets(out: &mut Vec<u8>, code: u8, count: usize, offsets: impl Iterator<Item = u64>) {
    match WIDTHS[usize::from(code)] {
        0 => {}
        1 => fill::<1>(out, count, offsets.map(|offset| [offset as u8])),
        2 => fill::<2>(out, count, offsets.map(|offset| (offset as u16).to_le_bytes())),
        4 => fill::<4>(out, count, offsets.map(|offset| (offset as u32).to_le_bytes())),
        _ => fill::<8>(out, count, offsets.map(u64::to_le_bytes)),
    }
}

/// Appends `count` values of `WIDTH` bytes.
pub(crate) fn fill<const WIDTH: usize>(
    out: &mut Vec<u8>,
    count: usize,
    values: impl Iterator<Item = [u8; WIDTH]>,
) {
    let start = out.len();
    out.resize(start + count * WIDTH, 0);
    for (slot, value) in out[start..].chunks_exact_mut(WIDTH).zip(values) {
        slot.copy_from_slice(&value);
    }
}

/// Appends the `count` values of a block to `into`.
pub(crate) fn decode<T: Integer>(
    reader: &mut Reader<'_>,
    code: u8,
    count: usize,
    into: &mut Vec<T>,
) -> Result<(), Error> {
    if count == 0 {
        return if code == SAME { Ok(()) } else { Err(reader.tag("encoding of no integers", code)) };
    }
    reader.claim(count, size_of::<T>())?;
    if code == DELTAS && size_of::<T>() <= 8 {
        return decode_deltas(reader, count, into);
    }
    let Some(width) = WIDTHS.get(usize::from(code)).copied().filter(|width| *width <= size_of::<T>()) else {
        return Err(reader.tag("encoding of integers", code));
    };
    let least = reader.signed()?;
    let bytes = reader.take(count * width)?;
    let most = greatest(bytes, width);
    check::<T>(reader, Some(least))?;
    check::<T>(reader, least.checked_add_unsigned(most))?;
    let min = T::narrow(least);
    match width {
        0 => into.resize(into.len() + count, min),
        1 => into.extend(bytes.iter().map(|byte| min.plus(u64::from(*byte)))),
        2 => into.extend(parts::<2>(bytes).map(|part| min.plus(u64::from(u16::from_le_bytes(part))))),
        4 => into.extend(parts::<4>(bytes).map(|part| min.plus(u64::from(u32::from_le_bytes(part))))),
        8 if size_of::<T>() == 8 => {
            into.extend(parts::<8>(bytes).map(|part| min.plus(u64::from_le_bytes(part))));
        }
        8 => {
            into.extend(parts::<8>(bytes).map(|part| T::narrow(least + i128::from(u64::from_le_bytes(part)))))
        }
        _ => into
            .extend(parts::<16>(bytes).map(|part| T::narrow(least.wrapping_add(i128::from_le_bytes(part))))),
    }
    Ok(())
}

fn decode_deltas<T: Integer>(reader: &mut Reader<'_>, count: usize, into: &mut Vec<T>) -> Result<(), Error> {
    let code = reader.byte()?;
    let Some(width) = WIDTHS.get(usize::from(code)).copied().filter(|width| *width <= 8) else {
        return Err(reader.tag("encoding of differences", code));
    };
    let first = reader.signed()?;
    check::<T>(reader, Some(first))?;
    let least = reader.signed()?;
    check::<i64>(reader, Some(least))?;
    let bytes = reader.take((count - 1) * width)?;
    let mut value = first;
    let mut bounds = (first, first);
    into.push(T::narrow(first));
    // At most 65,536 numbers below 2^65 cannot overflow.
    let mut push = |offset: u64| {
        value += least + i128::from(offset);
        bounds = (bounds.0.min(value), bounds.1.max(value));
        into.push(T::narrow(value));
    };
    match width {
        0 => (1..count).for_each(|_| push(0)),
        1 => bytes.iter().for_each(|byte| push(u64::from(*byte))),
        2 => parts::<2>(bytes).for_each(|part| push(u64::from(u16::from_le_bytes(part)))),
        4 => parts::<4>(bytes).for_each(|part| push(u64::from(u32::from_le_bytes(part)))),
        _ => parts::<8>(bytes).for_each(|part| push(u64::from_le_bytes(part))),
    }
    check::<T>(reader, Some(bounds.0))?;
    check::<T>(reader, Some(bounds.1))
}

fn check<T: Integer>(reader: &Reader<'_>, value: Option<i128>) -> Result<(), Error> {
    match value {
        Some(value) if T::BOUNDS.0 <= value && value <= T::BOUNDS.1 => Ok(()),
        _ => Err(reader.damaged(Fault::Range)),
    }
}

/// The values of `WIDTH` bytes.
pub(crate) fn parts<const WIDTH: usize>(bytes: &[u8]) -> impl ExactSizeIterator<Item = [u8; WIDTH]> {
    bytes.chunks_exact(WIDTH).map(|part| part.try_into().expect("a part has its width"))
}

fn greatest(bytes: &[u8], width: usize) -> u128 {
    let most = match width {
        0 => None,
        1 => bytes.iter().map(|byte| u64::from(*byte)).max(),
        2 => parts::<2>(bytes).map(u16::from_le_bytes).max().map(u64::from),
        4 => parts::<4>(bytes).map(u32::from_le_bytes).max().map(u64::from),
        8 => parts::<8>(bytes).map(u64::from_le_bytes).max(),
        _ => return parts::<16>(bytes).map(u128::from_le_bytes).max().unwrap_or(0),
    };
    u128::from(most.unwrap_or(0))
}
