//! Values in the binary formats of PostgreSQL's types.

use bytes::{BufMut as _, BytesMut};
use datafusion::{
    arrow::{
        array::{Array, AsArray as _},
        datatypes::{
            DataType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int16Type, Int32Type, Int64Type,
            Time64MicrosecondType, TimestampMicrosecondType,
        },
    },
    error::Result,
};
use pgwire::api::Type;

use super::{EPOCH_DAYS, EPOCH_MICROS, interval, numeric, text, wire_type::item_of};

/// Appends the value at `row`, which is not NULL.
pub fn write(array: &dyn Array, row: usize, wire: &Type, out: &mut BytesMut) -> Result<()> {
    match array.data_type() {
        DataType::Boolean => out.put_u8(array.as_boolean().value(row).into()),
        DataType::Int16 => out.put_i16(array.as_primitive::<Int16Type>().value(row)),
        DataType::Int32 => out.put_i32(array.as_primitive::<Int32Type>().value(row)),
        DataType::Int64 => out.put_i64(array.as_primitive::<Int64Type>().value(row)),
        DataType::Float32 => out.put_f32(array.as_primitive::<Float32Type>().value(row)),
        DataType::Float64 => out.put_f64(array.as_primitive::<Float64Type>().value(row)),
        DataType::Decimal128(_, scale) if *scale >= 0 => {
            numeric::encode(array.as_primitive::<Decimal128Type>().value(row), scale.unsigned_abs(), out);
        }
        DataType::Binary => out.put_slice(array.as_binary::<i32>().value(row)),
        DataType::Date32 => out.put_i32(array.as_primitive::<Date32Type>().value(row) - EPOCH_DAYS),
        DataType::Timestamp(..) => {
            out.put_i64(array.as_primitive::<TimestampMicrosecondType>().value(row) - EPOCH_MICROS);
        }
        DataType::Time64(_) => out.put_i64(array.as_primitive::<Time64MicrosecondType>().value(row)),
        DataType::List(_) => list(array.as_list::<i32>().value(row).as_ref(), wire, out)?,
        _ => match interval::parts(array, row) {
            Some((months, days, micros)) => {
                out.put_i64(micros);
                out.put_i32(days);
                out.put_i32(months);
            }
            None => {
                let mut value = String::new();
                text::write(array, row, wire, &mut value)?;
                out.put_slice(value.as_bytes());
            }
        },
    }
    Ok(())
}

/// Dimensions, whether there are NULLs, the items' type, then the items.
fn list(items: &dyn Array, wire: &Type, out: &mut BytesMut) -> Result<()> {
    let item = item_of(wire);
    out.put_i32(i32::from(!items.is_empty()));
    out.put_i32(i32::from(items.null_count() > 0));
    out.put_u32(item.oid());
    if items.is_empty() {
        return Ok(());
    }
    out.put_i32(i32::try_from(items.len()).expect("a list has fewer items than a frame has bytes"));
    out.put_i32(1);
    for row in 0..items.len() {
        if items.is_null(row) {
            out.put_i32(-1);
            continue;
        }
        let start = out.len();
        out.put_i32(0);
        write(items, row, &item, out)?;
        let len = i32::try_from(out.len() - start - 4).expect("a value is below 2 GiB");
        out[start..start + 4].copy_from_slice(&len.to_be_bytes());
    }
    Ok(())
}
