//! That the files say exactly what was fed, and that a sink refuses what it cannot keep that promise for.

mod crash;

use std::{path::Path, sync::Arc};

use storage::{Faulty, Storage};
use types::{Column, DataType, Field, Value};

use crate::{Error, Format, Options, Sink, open};

const OPTIONS: Options = Options { rows_max: 5, bytes_max: 1 << 20, idle_addresses_max: 40 };

fn field(name: &str, data_type: DataType) -> Field {
    Field { name: name.to_owned(), data_type, not_null: false }
}

fn fields() -> Vec<Field> {
    vec![field("position", DataType::BigInt), field("name", DataType::Text)]
}

fn path(format: Format) -> &'static Path {
    Path::new(if format == Format::Ndjson { "/out/rows.ndjson" } else { "/out/rows.parquet" })
}

fn open_at(disk: &Faulty, format: Format) -> Result<Box<dyn Sink>, Error> {
    open(Arc::new(disk.clone()), path(format), format, fields(), OPTIONS)
}

/// The error of opening with these fields.
fn refusal(disk: &Faulty, format: Format, fields: Vec<Field>) -> Error {
    let opened = open(Arc::new(disk.clone()), path(format), format, fields, OPTIONS);
    opened.err().expect("it is refused")
}

fn rows(positions: impl IntoIterator<Item = u64>) -> Vec<Column> {
    let mut columns = vec![Column::new(DataType::BigInt), Column::new(DataType::Text)];
    for position in positions {
        columns[0].push(Some(&Value::BigInt(position as i64)));
        columns[1].push(Some(&Value::Text(format!("row {position}"))));
    }
    columns
}

fn bytes(disk: &Faulty, path: &Path) -> Vec<u8> {
    let file = disk.open_to_read(path).unwrap();
    let mut bytes = vec![0; file.len().unwrap() as usize];
    assert_eq!(file.read_at(0, &mut bytes).unwrap(), bytes.len());
    bytes
}

fn write(disk: &Faulty, path: &Path, bytes: &[u8]) {
    disk.create(path).unwrap().write_at(0, bytes).unwrap();
}

#[test]
fn json_is_exact_and_escaped() {
    let disk = Faulty::new(0);
    let fields = [
        ("position", DataType::BigInt, Value::BigInt(i64::MIN)),
        ("a \"name\"", DataType::Text, Value::Text("\"\\\n\r\t\u{1}é\u{7f}€".to_owned())),
        (
            "amount",
            DataType::Decimal { precision: 38, scale: 2 },
            Value::Decimal { unscaled: -12_345_678_901_234_567_890_123_450, scale: 2 },
        ),
        ("small", DataType::Double, Value::Double(0.1 + 0.2)),
        ("large", DataType::Double, Value::Double(1e300)),
        ("none", DataType::Double, Value::Double(f64::NAN)),
        ("below", DataType::Double, Value::Double(f64::NEG_INFINITY)),
        ("yes", DataType::Boolean, Value::Boolean(true)),
        ("at", DataType::Timestamptz, Value::Timestamptz(-1)),
        ("day", DataType::Date, Value::Date(19_000)),
    ];
    let schema = fields.iter().map(|(name, data_type, _)| field(name, *data_type)).collect();
    let mut columns: Vec<_> = fields.iter().map(|(_, data_type, _)| Column::new(*data_type)).collect();
    for (column, (_, _, value)) in columns.iter_mut().zip(&fields) {
        column.push(Some(value));
        column.push_null();
    }
    let mut sink =
        open(Arc::new(disk.clone()), path(Format::Ndjson), Format::Ndjson, schema, OPTIONS).unwrap();
    sink.append(&columns).unwrap();
    sink.close(1).unwrap();
    let text = String::from_utf8(bytes(&disk, path(Format::Ndjson))).unwrap();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(
        lines[0],
        concat!(
            r#"{"position":-9223372036854775808,"a \"name\"":"\"\\\n\r\t\u0001é"#,
            "\u{7f}",
            r#"€","amount":-123456789012345678901234.50,"small":0.30000000000000004,"large":1e300,"#,
            r#""none":"NaN","below":"-Infinity","yes":true,"at":"1969-12-31T23:59:59.999999Z","day":"2022-01-08"}"#
        )
    );
    let json: serde_json::Value = serde_json::from_str(lines[0]).unwrap();
    assert_eq!(json["a \"name\""], "\"\\\n\r\t\u{1}é\u{7f}€");
    let json: serde_json::Value = serde_json::from_str(lines[1]).unwrap();
    assert!(json.as_object().unwrap().values().all(serde_json::Value::is_null));
    assert_eq!(lines.len(), 2);
}

#[test]
fn other_columns_are_refused_with_a_remedy() {
    for format in [Format::Ndjson, Format::Parquet] {
        let disk = Faulty::new(0);
        let mut sink = open_at(&disk, format).unwrap();
        sink.append(&rows([1])).unwrap();
        sink.close(10).unwrap();
        let wider = fields().into_iter().chain([field("extra", DataType::Date)]).collect();
        let error = refusal(&disk, format, wider);
        assert!(matches!(error, Error::Schema { .. }));
        let text = error.to_string();
        assert!(text.contains("\"extra\" DATE") && text.contains("to have every row written again"), "{text}");
        assert_eq!(open_at(&disk, format).unwrap().cursor(), Some(10));
    }
}

#[test]
fn a_part_without_the_cursor_file_still_has_its_cursor_and_columns() {
    let disk = Faulty::new(0);
    let mut sink = open_at(&disk, Format::Parquet).unwrap();
    sink.append(&rows(1..=5)).unwrap();
    sink.commit(60).unwrap();
    drop(sink);
    assert!(!disk.exists(Path::new("/out/rows.parquet.cursor")).unwrap());
    let wider = fields().into_iter().chain([field("extra", DataType::Date)]).collect();
    assert!(matches!(refusal(&disk, Format::Parquet, wider), Error::Schema { .. }));
    assert_eq!(open_at(&disk, Format::Parquet).unwrap().cursor(), Some(60));
}

#[test]
fn a_removed_part_is_written_again() {
    let disk = Faulty::new(0);
    let mut sink = open_at(&disk, Format::Parquet).unwrap();
    for first in [1, 6] {
        sink.append(&rows(first..first + 5)).unwrap();
        sink.commit(first * 10).unwrap();
    }
    sink.close(100).unwrap();
    assert_eq!(open_at(&disk, Format::Parquet).unwrap().cursor(), Some(100));
    disk.remove(Path::new("/out/rows.parquet/part-00000000000000000006.parquet")).unwrap();
    assert_eq!(open_at(&disk, Format::Parquet).unwrap().cursor(), Some(10));
}

#[test]
fn files_that_were_tampered_with_are_refused() {
    let ndjson = path(Format::Ndjson);
    let cursor = Path::new("/out/rows.ndjson.cursor");
    let disk = Faulty::new(0);
    let mut sink = open_at(&disk, Format::Ndjson).unwrap();
    sink.append(&rows([1, 2])).unwrap();
    sink.close(30).unwrap();
    let (content, record) = (bytes(&disk, ndjson), bytes(&disk, cursor));

    let refused = |reason: &str| {
        let text = refusal(&disk, Format::Ndjson, fields()).to_string();
        assert!(text.contains(reason) && text.contains("to have every row written again"), "{text}");
    };
    disk.open(ndjson).unwrap().set_len(3).unwrap();
    refused("it has 3 bytes");
    disk.remove(ndjson).unwrap();
    refused("it is gone");
    write(&disk, ndjson, &content);
    disk.remove(cursor).unwrap();
    refused("without /out/rows.ndjson.cursor");
    for at in 0..record.len() {
        let mut flipped = record.clone();
        flipped[at] ^= 1;
        write(&disk, cursor, &flipped);
        refused("cursor file is damaged");
        write(&disk, cursor, &record[..at]);
        refused("cursor file is damaged");
    }
    write(&disk, cursor, &record);
    assert_eq!(open_at(&disk, Format::Ndjson).unwrap().cursor(), Some(30));

    open_at(&disk, Format::Parquet).unwrap();
    for foreign in [&b""[..], b"PAR1", b"\xff\xff\xff\x00PAR1", b"0123456789\x04\0\0\0PAR1"] {
        write(&disk, Path::new("/out/rows.parquet/part-00000000000000000009.parquet"), foreign);
        let text = refusal(&disk, Format::Parquet, fields()).to_string();
        assert!(text.contains("is not a part that mitra finished"), "{text}");
    }
}

#[test]
fn what_does_not_fit_is_refused_and_nothing_of_it_taken() {
    let disk = Faulty::new(0);
    let parquet = |fields| refusal(&disk, Format::Parquet, fields).to_string();
    let fields_of = |columns: &[(&str, DataType)]| columns.iter().map(|(name, t)| field(name, *t)).collect();
    assert!(parquet(Vec::new()).contains("no column"));
    assert!(parquet(fields_of(&[("name", DataType::Text)])).contains("must be a BIGINT position"));
    assert!(parquet(fields_of(&[("a", DataType::BigInt), ("a", DataType::Text)])).contains("two columns"));
    assert!(parquet(fields_of(&[("a", DataType::BigInt), ("b", DataType::Interval)])).contains("INTERVAL"));

    let money = DataType::Decimal { precision: 18, scale: 0 };
    let schema = vec![field("position", DataType::BigInt), field("amount", money)];
    let mut sink =
        open(Arc::new(disk.clone()), path(Format::Parquet), Format::Parquet, schema, OPTIONS).unwrap();
    let row = |position: Option<i64>, amount: i128| {
        let mut columns = vec![Column::new(DataType::BigInt), Column::new(money)];
        columns[0].push(position.map(Value::BigInt).as_ref());
        columns[1].push(Some(&Value::Decimal { unscaled: amount, scale: 0 }));
        columns
    };
    sink.append(&row(Some(7), 999_999_999_999_999_999)).unwrap();
    for (columns, reason) in [
        (row(Some(8), 10_i128.pow(18)), "more digits"),
        (row(Some(6), 1), "do not ascend"),
        (row(Some(-1), 1), "negative"),
        (row(None, 1), "NULL"),
        (rows([8]), "is TEXT, not DECIMAL(18,0)"),
        (rows([8])[..1].to_vec(), "1 columns for 2 fields"),
        (vec![row(Some(8), 1)[0].clone(), Column::new(money)], "has 0 rows, not 1"),
    ] {
        let text = sink.append(&columns).expect_err(reason).to_string();
        assert!(text.contains(reason), "{text}");
    }
    sink.close(80).unwrap();
    let part = Path::new("/out/rows.parquet/part-00000000000000000007.parquet");
    assert_eq!(crash::positions_of_part(&bytes(&disk, part)).unwrap(), [7]);
}

#[test]
fn rows_beyond_a_row_group_wait_in_the_part_for_the_commit() {
    let disk = Faulty::new(0);
    let mut sink = open_at(&disk, Format::Parquet).unwrap();
    for first in [0, 4, 8, 12] {
        sink.append(&rows(first..first + 4)).unwrap();
    }
    assert_eq!(crash::content(&disk, Format::Parquet).unwrap(), []);
    sink.commit(160).unwrap();
    assert_eq!(crash::content(&disk, Format::Parquet).unwrap(), (0..16).collect::<Vec<_>>());
    assert_eq!(sink.cursor(), Some(160));
    assert_eq!(disk.list(path(Format::Parquet)).unwrap(), ["part-00000000000000000000.parquet"]);
}
