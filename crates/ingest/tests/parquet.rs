//! Parquet files of another writer, pyarrow: every type, several row groups, dictionaries and plain pages.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use ingest::files;
use sql::definition::Stream;
use types::{Column, DataType, Field, Schema, Value};

const ROWS: i64 = 20_000;

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

fn stream(columns: &[(&str, DataType)]) -> Arc<Stream> {
    let field = |(name, data_type): &(&str, DataType)| Field {
        name: (*name).to_owned(),
        data_type: *data_type,
        not_null: false,
    };
    Arc::new(Stream {
        name: "events".to_owned(),
        schema: Schema { fields: columns.iter().map(field).collect() },
        primary_key: 0,
        event_time: 1,
        arrival_time: None,
        allowed_lateness: 0,
        future_max: 0,
        dedupe: 0,
        hot: 0,
        key_horizon: 0,
        tokens: Vec::new(),
    })
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parquet.py");
    let status = Command::new(python()).arg(script).arg(folder.path()).status().expect("python runs");
    assert!(status.success(), "the script writes the files");
    folder
}

const TIME: DataType = DataType::Timestamptz;

fn all_columns() -> Vec<(&'static str, DataType)> {
    vec![
        ("id", DataType::Text),
        ("at", TIME),
        ("millis", TIME),
        ("micros", TIME),
        ("small", DataType::BigInt),
        ("wide", DataType::BigInt),
        ("unsigned", DataType::BigInt),
        ("unsigned_wide", DataType::Text),
        ("single", DataType::Double),
        ("double", DataType::Double),
        ("flag", DataType::Boolean),
        ("day", DataType::Date),
        ("money", DataType::Decimal { precision: 12, scale: 4 }),
        ("large", DataType::Decimal { precision: 38, scale: 0 }),
        ("text", DataType::Text),
        ("number_text", DataType::Decimal { precision: 18, scale: 2 }),
        ("absent", DataType::Double),
    ]
}

/// What the script put into a row.
fn expected(row: i64) -> Vec<Option<Value>> {
    let start = 1_767_312_000_000_000;
    let micros = start + row * 1_001_000;
    let nullable = |value: Value| (row % 3 != 2).then_some(value);
    let decimal = |unscaled: i128, scale| Value::Decimal { unscaled, scale };
    vec![
        Some(Value::Text(format!("e{row}"))),
        Some(Value::Timestamptz(micros)),
        nullable(Value::Timestamptz(micros / 1_000 * 1_000)),
        nullable(Value::Timestamptz(micros)),
        nullable(Value::BigInt(row % 100 - 50)),
        nullable(Value::BigInt(row * 100_000_000_000_000 - 5)),
        Some(Value::BigInt((1 << 32) - 1 - row)),
        Some(Value::Text((i64::MAX - row).to_string())),
        nullable(Value::Double(row as f64 / 4.0)),
        nullable(Value::Double(row as f64 / 7.0)),
        nullable(Value::Boolean(row % 2 == 0)),
        nullable(Value::Date((micros / 86_400_000_000) as i32)),
        nullable(decimal(i128::from(row * 37 - 900) * 100, 4)),
        nullable(decimal(i128::from(row - 7) * 10_i128.pow(20), 0)),
        nullable(Value::Text(format!("grüße {}", row % 7))),
        Some(decimal(i128::from(row * 100 + 25), 2)),
        None,
    ]
}

#[test]
fn every_type_of_another_writer_is_read() {
    let folder = folder();
    for name in ["all.parquet", "plain.parquet"] {
        let mut row = 0;
        for batch in files::open(&folder.path().join(name), &stream(&all_columns())).expect("opens") {
            let batch = batch.expect("reads");
            assert_eq!(batch.first_row, row as u64 + 1);
            for within in 0..batch.columns[0].len() {
                let values: Vec<_> =
                    batch.columns.iter().map(|column: &Column| column.value(within)).collect();
                assert_eq!(values, expected(row), "{name} row {row}");
                row += 1;
            }
        }
        assert_eq!(row, ROWS);
    }
}

#[test]
fn what_would_lose_something_is_refused_by_name() {
    let folder = folder();
    let error = |name: &str, columns: &[(&str, DataType)]| {
        let path = folder.path().join(name);
        let result =
            files::open(&path, &stream(columns)).and_then(|rows| rows.collect::<Result<Vec<_>, _>>());
        result.expect_err(name).fault.to_string()
    };
    let with =
        |name, data_type| error("all.parquet", &[("id", DataType::Text), ("at", TIME), (name, data_type)]);
    let cents = DataType::Decimal { precision: 18, scale: 2 };
    for (name, data_type, expected) in [
        ("double", cents, "its column double holds doubles, which DECIMAL(18,2) does not take without loss"),
        ("money", DataType::Double, "its column money holds decimals of scale 2, which DOUBLE does not take"),
        ("micros", DataType::BigInt, "its column micros holds timestamps, which BIGINT does not take"),
        ("small", TIME, "its column small holds integers, which TIMESTAMPTZ does not take"),
        ("list", DataType::Text, "its column list.list.element is nested; write it flat"),
        ("ignored", DataType::Text, "its column ignored.a is nested; write it flat"),
        ("wide", DataType::Double, "row 92: wide is DOUBLE and cannot hold \"9099999999999995\""),
        ("money", DataType::Decimal { precision: 9, scale: 1 }, "row 2: money is DECIMAL(9,1), has 1 digits"),
        (
            "money",
            DataType::Decimal { precision: 5, scale: 2 },
            "row 2729: money is DECIMAL(5,2) and cannot hold",
        ),
        ("text", TIME, "row 1: text is TIMESTAMPTZ and got \"grüße 0\""),
        ("unsigned_wide", DataType::Double, "row 1: unsigned_wide is DOUBLE and cannot hold"),
    ] {
        let error = with(name, data_type);
        assert!(error.starts_with(expected), "{error}");
    }
    let columns = [("id", DataType::Text), ("at", TIME)];
    let finer = error("finer.parquet", &columns);
    assert!(
        finer.starts_with("row 1: at is TIMESTAMPTZ and got \"1767312000000000001 nanoseconds\""),
        "{finer}"
    );
    let nulls = error("nulls.parquet", &columns);
    assert!(nulls.starts_with("row 20000: at is null and must not be NULL"), "{nulls}");
    let missing = error("all.parquet", &[("id", DataType::Text), ("when", TIME)]);
    assert_eq!(missing, "it has no column when, which must not be NULL; add it");
}
