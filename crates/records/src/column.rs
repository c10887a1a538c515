//! A column as a block of bytes that says its own type: NULL flags, then the values that are not NULL, packed.
//!
//! The first byte holds the type (3 bits), how NULLs are told (2 bits) and the encoding of the values (3 bits); a
//! decimal adds a byte each for precision and scale. What follows depends on the encoding:
//! a value for a column of equal ones; the least value and the offsets from it in 1, 2, 4, 8 or 16 bytes, or the
//! differences between neighbours, for integers, decimals, times and dates; bits for booleans; raw bytes for doubles;
//! lengths and bytes, or a dictionary, for text. The number of rows is the container's. What a NULL row's value
//! is makes no difference, so equal columns have equal bytes.

use types::{Column, DataType, Interval, Values, decimal::DIGITS_MAX};

use crate::{
    Error, Fault, ROWS_MAX, bits,
    integers::{self, Integer},
    reader::Reader,
    text::{self, Scratch},
    writer,
};

const NULLS_NONE: u8 = 0;
const NULLS_SOME: u8 = 1;
const NULLS_ALL: u8 = 2;
const NULLS_SHIFT: u8 = 3;
const ENCODING_SHIFT: u8 = 5;

/// Encodings of doubles and intervals.
const SAME: u8 = 0;
const RAW: u8 = 1;

/// What columns are called in errors.
const PAYLOAD: &str = "column block";

/// Appends the block of a column.
///
/// # Panics
/// When it has more than [`ROWS_MAX`] rows: batches are bounded where they are made.
pub fn encode(column: &Column, out: &mut Vec<u8>) {
    let rows = column.len();
    assert!(rows <= ROWS_MAX, "a batch has at most {ROWS_MAX} rows");
    let header = out.len();
    out.push(type_tag(column.data_type));
    if let DataType::Decimal { precision, scale } = column.data_type {
        out.extend([precision, scale]);
    }
    let count = rows - column.nulls.iter().filter(|null| **null).count();
    let (nulls, code) = if count == rows {
        (NULLS_NONE, encode_values(out, &column.values, 0..rows, count))
    } else if count == 0 {
        (NULLS_ALL, SAME)
    } else {
        bits::write_flags(out, column.nulls.iter().copied());
        let present = (0..rows).filter(|row| !column.nulls[*row]);
        (NULLS_SOME, encode_values(out, &column.values, present, count))
    };
    out[header] |= nulls << NULLS_SHIFT | code << ENCODING_SHIFT;
}

/// Replaces `column`, type included, with the block of `rows` rows at the start of `bytes`; returns the block's length.
///
/// # Errors
/// `Damaged` when the bytes are no such block. The column is then of its type and otherwise unspecified.
pub fn decode_into(bytes: &[u8], rows: usize, column: &mut Column) -> Result<usize, Error> {
    let mut reader = Reader::new(PAYLOAD, bytes);
    if rows > ROWS_MAX {
        return Err(reader.limit("the number of rows", rows as u64, ROWS_MAX));
    }
    let result = read(&mut reader, rows, &mut Scratch::default(), column);
    if result.is_err() {
        column.clear();
    }
    result.map(|()| reader.at())
}

const fn type_tag(data_type: DataType) -> u8 {
    match data_type {
        DataType::Text => 0,
        DataType::BigInt => 1,
        DataType::Decimal { .. } => 2,
        DataType::Double => 3,
        DataType::Boolean => 4,
        DataType::Timestamptz => 5,
        DataType::Date => 6,
        DataType::Interval => 7,
    }
}

fn encode_values(
    out: &mut Vec<u8>,
    values: &Values,
    rows: impl Iterator<Item = usize> + Clone,
    count: usize,
) -> u8 {
    if count == 0 {
        return SAME;
    }
    match values {
        Values::Text(values) => text::encode(out, values, rows, count),
        Values::BigInt(values) | Values::Timestamptz(values) => encode_integers(out, values, rows, count),
        Values::Decimal(values) => encode_integers(out, values, rows, count),
        Values::Date(values) => encode_integers(out, values, rows, count),
        Values::Boolean(values) => bits::encode(out, count, rows.map(|row| values[row])),
        Values::Double(values) => encode_raw(out, rows.map(|row| values[row].to_le_bytes()), count),
        Values::Interval(values) => encode_raw(out, rows.map(|row| interval_bytes(values[row])), count),
    }
}

fn encode_integers<T: Integer>(
    out: &mut Vec<u8>,
    values: &[T],
    rows: impl Iterator<Item = usize> + Clone,
    count: usize,
) -> u8 {
    if count == values.len() {
        return integers::encode(out, count, values.iter().copied());
    }
    integers::encode(out, count, rows.map(|row| values[row]))
}

fn encode_raw<const WIDTH: usize>(
    out: &mut Vec<u8>,
    values: impl Iterator<Item = [u8; WIDTH]> + Clone,
    count: usize,
) -> u8 {
    let mut rest = values.clone();
    let first = rest.next().expect("the caller counted at least one value");
    if rest.all(|value| value == first) {
        out.extend_from_slice(&first);
        return SAME;
    }
    integers::fill(out, count, values);
    RAW
}

fn interval_bytes(interval: Interval) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&interval.months.to_le_bytes());
    bytes[4..8].copy_from_slice(&interval.days.to_le_bytes());
    bytes[8..].copy_from_slice(&interval.micros.to_le_bytes());
    bytes
}

fn interval_of(bytes: [u8; 16]) -> Interval {
    let bytes = u128::from_le_bytes(bytes);
    Interval { months: bytes as i32, days: (bytes >> 32) as i32, micros: (bytes >> 64) as i64 }
}

/// Reads a block of `rows` rows, at most [`ROWS_MAX`].
pub(crate) fn read(
    reader: &mut Reader<'_>,
    rows: usize,
    scratch: &mut Scratch,
    column: &mut Column,
) -> Result<(), Error> {
    let header = reader.byte()?;
    let data_type = read_type(reader, header & 7)?;
    if column.data_type == data_type {
        column.clear();
    } else {
        *column = Column::new(data_type);
    }
    let code = header >> ENCODING_SHIFT;
    reader.claim(rows, 1)?;
    let count = match header >> NULLS_SHIFT & 3 {
        NULLS_NONE => {
            column.nulls.resize(rows, false);
            rows
        }
        NULLS_SOME => {
            bits::read_flags(reader, rows, &mut column.nulls)?;
            rows - column.nulls.iter().filter(|null| **null).count()
        }
        NULLS_ALL => {
            column.nulls.resize(rows, true);
            0
        }
        nulls => return Err(reader.tag("way to tell NULLs", nulls)),
    };
    let nulls = &column.nulls;
    match &mut column.values {
        Values::Text(values) => text::decode(reader, code, count, nulls, scratch, values),
        Values::BigInt(values) | Values::Timestamptz(values) => {
            reader.claim(rows - count, size_of::<i64>())?;
            integers::decode(reader, code, count, values)?;
            spread(values, nulls)
        }
        Values::Decimal(values) => {
            reader.claim(rows - count, size_of::<i128>())?;
            integers::decode(reader, code, count, values)?;
            spread(values, nulls)
        }
        Values::Date(values) => {
            reader.claim(rows - count, size_of::<i32>())?;
            integers::decode(reader, code, count, values)?;
            spread(values, nulls)
        }
        Values::Boolean(values) => {
            reader.claim(rows - count, size_of::<bool>())?;
            bits::decode(reader, code, count, values)?;
            spread(values, nulls)
        }
        Values::Double(values) => {
            reader.claim(rows, size_of::<f64>())?;
            read_raw(reader, code, count, |bytes| values.push(f64::from_le_bytes(bytes)))?;
            spread(values, nulls)
        }
        Values::Interval(values) => {
            reader.claim(rows, size_of::<Interval>())?;
            read_raw(reader, code, count, |bytes| values.push(interval_of(bytes)))?;
            spread(values, nulls)
        }
    }
}

fn read_type(reader: &mut Reader<'_>, tag: u8) -> Result<DataType, Error> {
    Ok(match tag {
        0 => DataType::Text,
        1 => DataType::BigInt,
        2 => {
            let (precision, scale) = (reader.byte()?, reader.byte()?);
            if precision == 0 || precision > DIGITS_MAX || scale > precision {
                return Err(reader.damaged(Fault::Range));
            }
            DataType::Decimal { precision, scale }
        }
        3 => DataType::Double,
        4 => DataType::Boolean,
        5 => DataType::Timestamptz,
        6 => DataType::Date,
        _ => DataType::Interval,
    })
}

fn read_raw<const WIDTH: usize>(
    reader: &mut Reader<'_>,
    code: u8,
    count: usize,
    mut push: impl FnMut([u8; WIDTH]),
) -> Result<(), Error> {
    match code {
        SAME if count == 0 => {}
        SAME => {
            let value = reader.take(WIDTH)?.try_into().expect("as many bytes as were asked for");
            (0..count).for_each(|_| push(value));
        }
        RAW => integers::parts(reader.take(count * WIDTH)?).for_each(push),
        _ => return Err(reader.tag("encoding of values", code)),
    }
    Ok(())
}

/// Moves values that lie side by side to the rows that are not NULL.
fn spread<T: Copy + Default>(values: &mut Vec<T>, nulls: &[bool]) -> Result<(), Error> {
    let mut next = values.len();
    if next == nulls.len() {
        return Ok(());
    }
    values.resize(nulls.len(), T::default());
    for (row, null) in nulls.iter().enumerate().rev() {
        values[row] = if *null {
            T::default()
        } else {
            next -= 1;
            values[next]
        };
    }
    Ok(())
}

/// Appends the number of columns and their blocks.
pub(crate) fn write_all(columns: &[Column], out: &mut Vec<u8>) {
    writer::count(out, columns.len());
    columns.iter().for_each(|column| encode(column, out));
}

/// Replaces `columns` with what [`write_all`] wrote, reusing their memory.
pub(crate) fn read_all(
    reader: &mut Reader<'_>,
    rows: usize,
    scratch: &mut Scratch,
    columns: &mut Vec<Column>,
) -> Result<(), Error> {
    let count = reader.count("the number of columns", crate::NAMES_MAX)?;
    reader.claim(count, size_of::<Column>())?;
    columns.resize_with(count, || Column::new(DataType::Boolean));
    columns.iter_mut().try_for_each(|column| read(reader, rows, scratch, column))
}

#[cfg(test)]
mod tests;
