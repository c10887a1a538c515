//! `width_bucket`.

use crate::{
    error::ErrorCode,
    kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "width_bucket",
    form: "width_bucket(a, low, high, count)",
    category: Category::Math,
    description: "The bucket, from 1, of `count` equal ones between `low` and `high` that `a` lies in; 0 before them and `count + 1` behind them.",
    examples: &[("width_bucket(5.35, 0.024, 10.06, 5)", "3")],
    signatures: &[Signature::new(
        &[Kind::Double, Kind::Double, Kind::Double, Kind::BigInt],
        Kind::BigInt,
        |arguments, output| {
            kernels::prepared(arguments, output, |row, _| {
                Ok(bucket(row.get::<f64>(0), row.get::<f64>(1), row.get::<f64>(2), row.get::<i64>(3))?)
            });
        },
    )],
};

fn bucket(value: f64, low: f64, high: f64, count: i64) -> Result<i64, ErrorCode> {
    let count = i32::try_from(count).map_err(|_| ErrorCode::OutOfRange)?;
    if count <= 0 || value.is_nan() || !low.is_finite() || !high.is_finite() || low == high {
        return Err(ErrorCode::InvalidArgument);
    }
    // Buckets that go down are those of the mirrored axis.
    let (value, low, high) = if low < high { (value, low, high) } else { (-value, -low, -high) };
    if value < low {
        return Ok(0);
    }
    if value >= high {
        return Ok(i64::from(count) + 1);
    }
    let width = high - low;
    let share = if width.is_infinite() {
        (value / 2.0 - low / 2.0) / (high / 2.0 - low / 2.0)
    } else {
        (value - low) / width
    };
    // The quotient may round up to 1, which would be the bucket behind the last.
    let place = (f64::from(count) * share) as i64;
    Ok(place.min(i64::from(count) - 1) + 1)
}
