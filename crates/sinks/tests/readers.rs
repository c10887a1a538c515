//! Reads Parquet parts of every type back with pyarrow and DuckDB, for the files are for them.

#![expect(clippy::disallowed_methods, reason = "a test reads the environment and writes its own files")]

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use sinks::{Format, Options};
use types::{Column, DataType, Field, Value};

/// Rows; every fifth is NULL but for its position.
const ROWS: i64 = 1000;

fn python() -> PathBuf {
    if let Some(named) = env::var_os("MITRA_PYTHON") {
        return named.into();
    }
    let cache = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| env::home_dir().map(|home| home.join(".cache")));
    let python = cache.expect("a home or cache directory").join("mitra/python/bin/python");
    assert!(python.exists(), "no Python with DuckDB at {}: run cargo xtask setup", python.display());
    python
}

/// A value that the script makes again from the same number.
fn value(data_type: DataType, row: i64) -> Value {
    let sign = if row % 2 == 0 { 1 } else { -1 };
    match data_type {
        DataType::Text => Value::Text(format!("né {} \"€\"", row % 7)),
        DataType::BigInt => Value::BigInt(sign * (i64::MAX - row)),
        DataType::Double if row % 11 == 1 => Value::Double(f64::INFINITY),
        DataType::Double => Value::Double(row as f64 / 3.0),
        DataType::Boolean => Value::Boolean(row % 3 == 0),
        DataType::Timestamptz => Value::Timestamptz(sign * 1_767_323_045_678_901 + row),
        DataType::Date => Value::Date((sign * (19_000 + row)) as i32),
        DataType::Decimal { precision, scale } => {
            let unscaled = i128::from(sign) * (10_i128.pow(u32::from(precision)) - 1 - i128::from(row));
            Value::Decimal { unscaled, scale }
        }
        DataType::Interval => unreachable!("no sink has one"),
    }
}

#[test]
fn pyarrow_and_duckdb_read_every_type() {
    let fields: Vec<Field> = [
        ("position", DataType::BigInt),
        ("text", DataType::Text),
        ("bigint", DataType::BigInt),
        ("double", DataType::Double),
        ("boolean", DataType::Boolean),
        ("timestamptz", DataType::Timestamptz),
        ("date", DataType::Date),
        ("decimal_1", DataType::Decimal { precision: 1, scale: 1 }),
        ("decimal_18", DataType::Decimal { precision: 18, scale: 2 }),
        ("decimal_19", DataType::Decimal { precision: 19, scale: 0 }),
        ("decimal_38", DataType::Decimal { precision: 38, scale: 9 }),
        ("nothing", DataType::Text),
    ]
    .map(|(name, data_type)| Field { name: name.to_owned(), data_type, not_null: false })
    .into();
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("the target can be written to");
    let path = directory.path().join("rows.parquet");
    let options = Options { rows_max: 300, ..Options::default() };
    let mut sink = sinks::open(Arc::new(storage::Disk), &path, Format::Parquet, fields.clone(), options)
        .expect("it opens");
    for start in (0..ROWS).step_by(40) {
        let mut columns: Vec<_> = fields.iter().map(|field| Column::new(field.data_type)).collect();
        for row in start..start + 40 {
            columns[0].push(Some(&Value::BigInt(row)));
            for (column, field) in columns.iter_mut().zip(&fields).skip(1) {
                let digit = matches!(field.data_type, DataType::Decimal { precision: 1, .. });
                let row_value = value(field.data_type, if digit { row % 10 } else { row });
                let null = row % 5 == 0 || field.name == "nothing";
                column.push(Some(&row_value).filter(|_| !null));
            }
        }
        sink.append(&columns).expect("it takes rows");
        if start % 120 == 0 {
            sink.commit(start as u64 + 40).expect("it commits");
        }
    }
    sink.close(ROWS as u64).expect("it closes");
    let parts = fs::read_dir(&path).expect("the parts are there").count();
    assert!((3..=4).contains(&parts), "{parts} parts");

    let python = python();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/read.py");
    let output = Command::new(&python).arg(script).arg(&path).arg(ROWS.to_string()).output();
    let output =
        output.unwrap_or_else(|error| panic!("{}: {error}: run cargo xtask setup", python.display()));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "run cargo xtask setup if DuckDB or pyarrow is missing\n{errors}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), format!("{ROWS} rows read twice\n"));
}
