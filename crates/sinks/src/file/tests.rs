//! That the files say exactly what was fed, whatever happens in between.

mod crash;

use std::{path::Path, sync::Arc};

use ::parquet::{
    file::reader::{FileReader as _, SerializedFileReader},
    record::{Field as Cell, RowAccessor as _},
};
use proptest::prelude::*;
use storage::{Faulty, Stop, Storage};
use types::Value;

use super::{
    parquet::{part_path, parts},
    *,
};
use crate::{Format, Sink};

/// The file or the folder.
const PATH: &str = "data/sink";

fn fields() -> Vec<Field> {
    let field = |name: &str, data_type| Field { name: name.to_owned(), data_type, not_null: false };
    vec![
        field("position", DataType::BigInt),
        field("id", DataType::Text),
        field("amount", DataType::Decimal { precision: 18, scale: 2 }),
        field("score", DataType::Double),
    ]
}

/// The rows at these positions.
fn rows(positions: std::ops::Range<u64>) -> Vec<Column> {
    let mut columns: Vec<Column> = fields().iter().map(|field| Column::new(field.data_type)).collect();
    for position in positions {
        let number = position as i64;
        columns[0].push(Some(&Value::BigInt(number)));
        columns[1].push((position % 5 != 0).then(|| Value::Text(format!("pay_{position}"))).as_ref());
        columns[2].push(Some(&Value::Decimal { unscaled: i128::from(number) * 7, scale: 2 }));
        columns[3].push(Some(&Value::Double(number as f64 / 8.0)));
    }
    columns
}

fn options() -> Options {
    Options { part_rows_max: 90, group_rows_max: 40 }
}

fn open_sink(disk: &Faulty, format: Format) -> Result<Box<dyn Sink>, Error> {
    let (storage, path): (Arc<dyn Storage>, _) = (Arc::new(disk.clone()), Path::new(PATH));
    Ok(match format {
        Format::Ndjson => Box::new(Ndjson::open(storage, path, fields())?),
        Format::Parquet => Box::new(Parquet::open(storage, path, fields(), options())?),
    })
}

fn read_file(disk: &Faulty, path: &Path) -> Vec<u8> {
    let file = disk.open_to_read(path).expect("it is listed");
    let mut bytes = vec![0; file.len().expect("sound") as usize];
    assert_eq!(file.read_at(0, &mut bytes).expect("sound"), bytes.len());
    bytes
}

/// Position, id and amount as text.
type Row = (i64, Option<String>, String);

/// Rows that a reader sees, in order. A line that is not whole is no row.
fn visible(disk: &Faulty, format: Format) -> Result<Vec<Row>, String> {
    let mut found = Vec::new();
    if format == Format::Ndjson {
        if !disk.exists(Path::new(PATH)).expect("sound") {
            return Err("the file is gone".to_owned());
        }
        let text = String::from_utf8(read_file(disk, Path::new(PATH))).map_err(|error| error.to_string())?;
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        for line in text[..whole].lines() {
            let row: serde_json::Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
            let amount = line.split("\"amount\":").nth(1).and_then(|rest| rest.split(',').next());
            found.push((
                row["position"].as_i64().ok_or("no integer")?,
                row["id"].as_str().map(str::to_owned),
                amount.ok_or("no number")?.to_owned(),
            ));
        }
        return Ok(found);
    }
    for part in parts(disk, Path::new(PATH), ".parquet").map_err(|error| error.to_string())? {
        let bytes = read_file(disk, &part_path(Path::new(PATH), part, ".parquet"));
        let file = SerializedFileReader::new(bytes::Bytes::from(bytes)).map_err(|error| error.to_string())?;
        for row in file.get_row_iter(None).map_err(|error| error.to_string())? {
            let row = row.map_err(|error| error.to_string())?;
            let id = match row.get_column_iter().nth(1).ok_or("no id")?.1 {
                Cell::Str(id) => Some(id.clone()),
                _ => None,
            };
            let amount = row.get_column_iter().nth(2).ok_or("no amount")?.1.to_string();
            found.push((row.get_long(0).map_err(|error| error.to_string())?, id, amount));
        }
    }
    Ok(found)
}

fn assert_rows(found: &[(i64, Option<String>, String)], count: u64) {
    assert_eq!(found.len() as u64, count);
    for (row, expected) in found.iter().zip(0..) {
        let id = (expected % 5 != 0).then(|| format!("pay_{expected}"));
        let cents = expected * 7;
        assert_eq!(*row, (expected, id, format!("{}.{:02}", cents / 100, cents % 100)));
    }
}

/// Feeds what the sink lacks from a log of batches, whose addresses are ten times the position; commits after some.
fn feed(sink: &mut dyn Sink, batches: &[u64], commit_every: usize) -> Result<(), Error> {
    let from = sink.cursor().unwrap_or(0) / 10;
    let mut position = 0;
    for (index, size) in batches.iter().enumerate() {
        let end = position + size;
        if position >= from {
            sink.append(&rows(position..end))?;
            if index % commit_every == 0 {
                sink.commit(end * 10)?;
            }
        }
        position = end;
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    /// However often the process dies, every row is in the files once.
    #[test]
    fn crashes_lose_no_row_and_repeat_none(
        seed in any::<u64>(),
        parquet in any::<bool>(),
        batches in prop::collection::vec(1..30_u64, 1..60),
        commit_every in 1..6_usize,
        stops in prop::collection::vec((0..120_u64, any::<bool>()), 0..6),
    ) {
        let format = if parquet { Format::Parquet } else { Format::Ndjson };
        let disk = Faulty::new(seed);
        let total: u64 = batches.iter().sum();
        for (after, power) in stops {
            disk.stop_after(after, if power { Stop::Power } else { Stop::Kill });
            let fed = open_sink(&disk, format)
                .and_then(|mut sink| feed(&mut *sink, &batches, commit_every).map(|()| sink))
                .and_then(|sink| sink.close(total * 10));
            prop_assert!(fed.is_ok() || disk.is_stopped(), "{:?}", fed);
            if !disk.is_stopped() {
                disk.stop(Stop::Power);
            }
            disk.restart();
            let sink = open_sink(&disk, format).expect("a sound disk");
            let kept = sink.cursor().unwrap_or(0) / 10;
            let found = visible(&disk, format).expect("readable");
            // A part of Parquet may be complete before the cursor says so; lines behind the cursor are cut off.
            prop_assert!(found.len() as u64 == kept || (parquet && found.len() as u64 > kept));
            assert_rows(&found, found.len() as u64);
        }
        let mut sink = open_sink(&disk, format).expect("a sound disk");
        feed(&mut *sink, &batches, commit_every).expect("a sound disk");
        sink.close(total * 10).expect("a sound disk");
        assert_rows(&visible(&disk, format).expect("readable"), total);
        prop_assert_eq!(open_sink(&disk, format).expect("a sound disk").cursor(), Some(total * 10));
    }
}

#[test]
fn parts_are_cut_at_commits() {
    let disk = Faulty::new(1);
    let mut sink = open_sink(&disk, Format::Parquet).expect("sound");
    feed(&mut *sink, &[30; 20], 1).expect("sound");
    sink.close(6_000).expect("sound");
    assert_rows(&visible(&disk, Format::Parquet).expect("readable"), 600);
    let parts = parts(&disk, Path::new(PATH), ".parquet").expect("sound");
    assert_eq!(parts, [0, 900, 1_800, 2_700, 3_600, 4_500, 5_400]);
}

#[test]
fn a_full_disk_stops_the_sink_until_it_is_opened_again() {
    for format in [Format::Ndjson, Format::Parquet] {
        let disk = Faulty::new(1);
        let mut sink = open_sink(&disk, format).expect("sound");
        disk.limit(Some(2_000));
        let batches = [50; 8];
        let error = feed(&mut *sink, &batches, 1).expect_err("it does not fit");
        assert!(matches!(error, Error::Storage(storage::Error::Full { .. })), "{error}");
        assert!(matches!(sink.append(&rows(0..1)), Err(Error::Failed)));
        assert!(matches!(sink.commit(1), Err(Error::Failed)));
        disk.limit(None);
        let mut sink = open_sink(&disk, format).expect("sound");
        feed(&mut *sink, &batches, 1).expect("there is room");
        sink.close(4_000).expect("there is room");
        assert_rows(&visible(&disk, format).expect("readable"), 400);
    }
}

#[test]
fn what_does_not_fit_is_named() {
    let disk = Faulty::new(1);
    let error = |result: Result<(), Error>| result.expect_err("refused").to_string();
    let mut sink = open_sink(&disk, Format::Ndjson).expect("sound");
    assert!(error(sink.append(&rows(0..1)[..3])).contains("3 columns instead of 4"));
    let mut sink = open_sink(&disk, Format::Ndjson).expect("sound");
    let mut other = rows(0..1);
    other.swap(2, 3);
    assert!(error(sink.append(&other)).contains("amount is DOUBLE instead of DECIMAL(18,2)"));
    let interval = Field { name: "wait".to_owned(), data_type: DataType::Interval, not_null: false };
    let opened = crate::open(Arc::new(disk.clone()), Path::new("other"), Format::Parquet, vec![interval]);
    assert_eq!(
        error(opened.map(|_| ())),
        "column wait is INTERVAL, which no sink can hold; cast it to TEXT in the view"
    );
    let mut sink = open_sink(&disk, Format::Ndjson).expect("sound");
    feed(&mut *sink, &[5], 1).expect("sound");
    let opened = || open_sink(&disk, Format::Ndjson).map(|_| ());
    disk.open(Path::new(PATH)).expect("sound").set_len(3).expect("sound");
    assert!(error(opened()).contains("data/sink: it has 3 bytes, and should have"));
    disk.remove(Path::new(PATH)).expect("sound");
    assert!(error(opened()).contains("data/sink: it is gone, and should have"));
    disk.create(Path::new(PATH)).expect("sound");
    disk.remove(Path::new("data/sink.cursor")).expect("sound");
    let foreign = "data/sink: it exists and no sink wrote it, as data/sink.cursor is missing; move it away";
    assert_eq!(error(opened()), foreign);
}
