//! Files of the sinks read by others: pyarrow, DuckDB and Python's JSON.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use sinks::{Format, Sink};
use storage::Disk;
use types::{Column, DataType, Field, Value};

/// Below 99,993, so that `large` has at most 38 digits.
const ROWS: i64 = 99_000;

/// The interpreter that `cargo xtask setup` makes.
fn python() -> PathBuf {
    if let Some(path) = env::var_os("MITRA_PYTHON") {
        return path.into();
    }
    let cache = env::var_os("XDG_CACHE_HOME").filter(|path| !path.is_empty()).map(PathBuf::from);
    let home = || PathBuf::from(env::var_os("HOME").expect("HOME or XDG_CACHE_HOME is set")).join(".cache");
    let path = cache.unwrap_or_else(home).join("mitra/python/bin/python");
    assert!(path.exists(), "{} is missing: run `cargo xtask setup`", path.display());
    path
}

fn fields() -> Vec<Field> {
    let field = |name: &str, data_type| Field { name: name.to_owned(), data_type, not_null: false };
    vec![
        field("position", DataType::BigInt),
        field("id", DataType::Text),
        field("amount", DataType::Decimal { precision: 18, scale: 2 }),
        field("large", DataType::Decimal { precision: 38, scale: 3 }),
        field("score", DataType::Double),
        field("ok", DataType::Boolean),
        field("at", DataType::Timestamptz),
        field("day", DataType::Date),
    ]
}

/// One row, as tests/readers.py expects it.
fn row(row: i64) -> Vec<Option<Value>> {
    let nullable = |value: Value| (row % 3 != 2).then_some(value);
    let score = match row % 10 {
        7 => f64::NAN,
        8 => f64::INFINITY,
        9 => f64::NEG_INFINITY,
        _ => row as f64 / 7.0,
    };
    let micros = 1_767_312_000_000_000 + row * 1_000_003;
    let large = i128::from(row - 7) * 10_i128.pow(33) - i128::from(row);
    vec![
        Some(Value::BigInt(row)),
        nullable(Value::Text(format!("é\"\\\n{row}"))),
        Some(Value::Decimal { unscaled: i128::from(row * 37 - 900), scale: 2 }),
        nullable(Value::Decimal { unscaled: large, scale: 3 }),
        nullable(Value::Double(score)),
        nullable(Value::Boolean(row % 2 == 0)),
        Some(Value::Timestamptz(micros)),
        nullable(Value::Date((micros / 86_400_000_000) as i32)),
    ]
}

fn write(mut sink: Box<dyn Sink>, rows: i64) {
    let batch = 4_096;
    for start in (0..rows).step_by(batch as usize) {
        let mut columns: Vec<Column> = fields().iter().map(|field| Column::new(field.data_type)).collect();
        for number in start..rows.min(start + batch) {
            columns.iter_mut().zip(row(number)).for_each(|(column, value)| column.push(value.as_ref()));
        }
        sink.append(&columns).expect("the disk is sound");
        sink.commit(start as u64 + 1).expect("the disk is sound");
    }
    sink.close(rows as u64 + 1).expect("the disk is sound");
}

#[test]
fn others_read_what_was_written() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, format) in [("parquet", Format::Parquet), ("rows.ndjson", Format::Ndjson)] {
        let sink = sinks::open(Arc::new(Disk), &folder.path().join(name), format, fields());
        write(sink.expect("the disk is sound"), ROWS);
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/readers.py");
    let output = Command::new(python()).arg(script).arg(folder.path()).arg(ROWS.to_string()).output();
    let output = output.expect("python runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("rows agree"), "{said}");
}
