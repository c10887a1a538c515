//! Files read to columns, whatever wrote them, and what is wrong in them named by line and column.

use std::{fs, sync::Arc};

use sql::definition::{BlobHash, Table};
use types::{DataType, Field, Schema, Value};

use super::*;
use crate::{BATCH_ROWS_MAX, tables};

fn schema(columns: &[(&str, DataType)]) -> Schema {
    let field = |(name, data_type): &(&str, DataType)| Field {
        name: (*name).to_owned(),
        data_type: *data_type,
        not_null: false,
    };
    Schema { fields: columns.iter().map(field).collect() }
}

fn stream(name: &str, columns: &[(&str, DataType)], arrival_time: Option<usize>) -> Arc<Stream> {
    Arc::new(Stream {
        name: name.to_owned(),
        schema: schema(columns),
        primary_key: 0,
        event_time: 1,
        arrival_time,
        allowed_lateness: 0,
        future_max: 0,
        dedupe: 0,
        hot: 0,
        key_horizon: 0,
        tokens: Vec::new(),
    })
}

fn payments() -> Arc<Stream> {
    let amount = DataType::Decimal { precision: 9, scale: 2 };
    let columns = [
        ("id", DataType::Text),
        ("at", DataType::Timestamptz),
        ("amount", amount),
        ("ok", DataType::Boolean),
    ];
    stream("payments", &columns, None)
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, content).expect("writable");
        path
    }

    /// All rows of a file as text, `-` for NULL.
    fn rows(&self, name: &str, content: impl AsRef<[u8]>) -> Result<Vec<String>, String> {
        let path = self.file(name, content);
        let folder = format!("{}/", self.0.path().display());
        let named = |error: Error| error.to_string().replace(&folder, "");
        let mut rows = Vec::new();
        for batch in open(&path, &payments()).map_err(named)? {
            let batch = batch.map_err(named)?;
            assert_eq!(batch.first_row, rows.len() as u64 + 1);
            rows.extend(shown(&batch.columns));
        }
        Ok(rows)
    }
}

fn shown(columns: &[Column]) -> Vec<String> {
    let value =
        |column: &Column, row| column.value(row).map_or("-".to_owned(), |value: Value| value.to_string());
    (0..columns[0].len())
        .map(|row| columns.iter().map(|column| value(column, row)).collect::<Vec<_>>().join("|"))
        .collect()
}

#[test]
fn csv_and_ndjson_say_the_same() {
    let folder = Folder::new();
    let csv = "\u{feff}AT,id,extra,amount,ok\n2026-01-02T00:00:00Z,a,x,1.5,true\n2026-01-03 00:00:00,\"b,\n\"\"c\",,,\n";
    let ndjson = r#"{"at":"2026-01-02T00:00:00Z","id":"a","amount":1.5,"ok":true}

{"at":"2026-01-03T00:00:00Z","id":"b,\n\"c","extra":[]}"#;
    let expected = ["a|2026-01-02 00:00:00+00|1.50|true", "b,\n\"c|2026-01-03 00:00:00+00|-|-"];
    assert_eq!(folder.rows("a.csv", csv).expect("good"), expected);
    assert_eq!(folder.rows("a.ndjson", ndjson).expect("good"), expected);
    assert_eq!(folder.rows("a.JSONL", ndjson).expect("good"), expected);
    assert_eq!(folder.rows("empty.csv", "id,at\n").expect("good"), [""; 0]);
    assert_eq!(folder.rows("empty.ndjson", "").expect("good"), [""; 0]);
}

#[test]
fn long_files_come_in_batches() {
    let folder = Folder::new();
    let line = |row: usize| format!("{{\"id\":\"{row}\",\"at\":\"2026-01-02T00:00:00.{row:06}Z\"}}\n");
    let text: String = (0..2 * BATCH_ROWS_MAX + 1).map(line).collect();
    let path = folder.file("long.ndjson", text);
    let sizes: Vec<usize> =
        open(&path, &payments()).expect("good").map(|batch| batch.expect("good").columns[0].len()).collect();
    assert_eq!(sizes, [BATCH_ROWS_MAX, BATCH_ROWS_MAX, 1]);
}

#[test]
fn errors_name_the_file_the_line_and_the_column() {
    let folder = Folder::new();
    let good = "2026-01-02T00:00:00Z";
    let long = format!("{{\"id\":\"{}\"}}\n", "x".repeat(70_000));
    for (name, content, expected) in [
        (
            "a.csv",
            format!("id,at,amount\na,{good},1\nb,{good},1.234\n"),
            "a.csv: line 3: amount is DECIMAL(9,2), has 2 digits after the point and got \"1.234\"; round it",
        ),
        (
            "b.csv",
            format!("id,at\n,{good}\n"),
            "b.csv: line 2: id is null and must not be NULL; send a string",
        ),
        ("c.csv", format!("id\n{good}\n"), "c.csv: it has no column at, which must not be NULL; add it"),
        (
            "d.csv",
            format!("id,at,ID\na,{good},b\n"),
            "d.csv: two of its columns are called id; rename one of them",
        ),
        (
            "e.csv",
            format!("id,at\na,{good},1\n"),
            "e.csv: line 2: it has 3 values and the header has 2; quote values that hold commas",
        ),
        (
            "f.csv",
            "id,at\na,yesterday\n".to_owned(),
            "f.csv: line 2: at is TIMESTAMPTZ and got \"yesterday\"",
        ),
        (
            "g.ndjson",
            format!("{{\"id\":\"a\",\"at\":\"{good}\"}}\n\n{{\"id\":1}}\n"),
            "g.ndjson: line 3: id is TEXT and got a number; send a string",
        ),
        ("h.ndjson", long, "h.ndjson: line 1: the event has 655"),
        ("i.parquet", "PAR1".to_owned(), "i.parquet: it is not Parquet: "),
        (
            "j.txt",
            String::new(),
            "j.txt: its name does not say its format; name it .csv, .ndjson, .jsonl or .parquet",
        ),
    ] {
        let error = folder.rows(name, content).expect_err(name);
        assert!(error.starts_with(expected), "{error}");
    }
    let mut bytes = b"id,at\n".to_vec();
    bytes.extend(b"\xff,2026-01-02T00:00:00Z\n");
    let error = folder.rows("k.csv", bytes).expect_err("not UTF-8");
    assert_eq!(error, "k.csv: line 2: value 1 is not UTF-8; convert the file to UTF-8");
    let missing = open(Path::new("/nowhere/x.csv"), &payments()).err().expect("no such file").to_string();
    assert!(missing.starts_with("/nowhere/x.csv: cannot read it: "), "{missing}");
}

/// Batches of a merge, as `stream: ids` each.
/// Runs of rows of one stream, across batches, and the error that ended them.
fn merged(inputs: Vec<(Arc<Stream>, PathBuf)>) -> (Vec<String>, Option<String>) {
    let mut runs: Vec<(String, Vec<String>)> = Vec::new();
    let shown = |runs: Vec<(String, Vec<String>)>| {
        runs.into_iter().map(|(stream, ids)| format!("{stream}: {}", ids.join(" "))).collect()
    };
    let mut last = i64::MIN;
    for batch in merge(inputs).expect("the files open") {
        let batch = match batch {
            Ok(batch) => batch,
            Err(error) => return (shown(runs), Some(error.fault.to_string())),
        };
        assert!((1..=BATCH_ROWS_MAX).contains(&batch.order.len()));
        assert!(batch.arrived.len() == batch.order.len());
        let mut next = vec![0; batch.streams.len()];
        for (block, arrived) in batch.order.iter().zip(&batch.arrived) {
            assert!(last <= *arrived, "arrival never decreases");
            last = *arrived;
            let (stream, columns) = &batch.streams[usize::from(*block)];
            let row = &mut next[usize::from(*block)];
            let id = columns[0].as_text().expect("text").get(*row).to_owned();
            *row += 1;
            match runs.last_mut() {
                Some((name, ids)) if *name == stream.name => ids.push(id),
                _ => runs.push((stream.name.clone(), vec![id])),
            }
        }
        for ((_, columns), rows) in batch.streams.iter().zip(next) {
            assert!(rows > 0 && columns.iter().all(|column| column.len() == rows));
        }
    }
    (shown(runs), None)
}

fn at(seconds: u32) -> String {
    format!("2026-01-02T00:00:{seconds:02}Z")
}

fn events(rows: &[(&str, u32)]) -> String {
    rows.iter().map(|(id, seconds)| format!("{{\"id\":\"{id}\",\"at\":\"{}\"}}\n", at(*seconds))).collect()
}

#[test]
fn inputs_are_merged_by_arrival_and_ties_by_their_order() {
    let folder = Folder::new();
    let text = DataType::Text;
    let time = DataType::Timestamptz;
    let labels = stream("labels", &[("id", text), ("at", time), ("known", time)], Some(2));
    let one = folder.file("one.ndjson", events(&[("a1", 1), ("a2", 2), ("a5", 5), ("a5b", 5), ("a9", 9)]));
    let two = folder.file("two.ndjson", events(&[("b2", 2), ("b5", 5), ("b6", 6), ("b7", 7)]));
    // A label is known later than its event; one without a time of its own arrives with it.
    let known = format!("id,at,known\nl0,{},{}\nl6,{},\nl8,{},{}\n", at(0), at(5), at(6), at(1), at(8));
    let three = folder.file("three.csv", known);
    let inputs =
        vec![(payments(), one.clone()), (payments(), two.clone()), (Arc::clone(&labels), three.clone())];
    let expected = [
        "payments: a1 a2 b2 a5 a5b b5",
        "labels: l0",
        "payments: b6",
        "labels: l6",
        "payments: b7",
        "labels: l8",
        "payments: a9",
    ];
    assert_eq!(merged(inputs), (expected.map(str::to_owned).to_vec(), None));
    let inputs = vec![(labels, three), (payments(), two), (payments(), one)];
    let expected = [
        "payments: a1 b2 a2",
        "labels: l0",
        "payments: b5 a5 a5b",
        "labels: l6",
        "payments: b6 b7",
        "labels: l8",
        "payments: a9",
    ];
    assert_eq!(merged(inputs), (expected.map(str::to_owned).to_vec(), None));
    assert_eq!(merged(Vec::new()), (Vec::new(), None));
}

#[test]
fn an_unsorted_input_names_the_row_after_the_good_ones() {
    let folder = Folder::new();
    let line =
        |row: usize, at: usize| format!("{{\"id\":\"{row}\",\"at\":\"2026-01-02T00:00:00.{at:06}Z\"}}\n");
    let mut text: String = (0..BATCH_ROWS_MAX + 10).map(|row| line(row, row)).collect();
    text.push_str(&line(0, 4));
    let (batches, error) = merged(vec![(payments(), folder.file("unsorted.ndjson", text))]);
    assert_eq!(batches.len(), 1);
    assert_eq!(batches[0].split(' ').count(), BATCH_ROWS_MAX + 1, "and the stream's name");
    assert_eq!(
        error.expect("the last row"),
        "row 8203 arrived at 2026-01-02 00:00:00.000004+00, before the row above it at \
         2026-01-02 00:00:00.008201+00; sort the file by at"
    );
}

fn table(format: Format, key: DataType) -> Table {
    Table {
        name: "merchants".to_owned(),
        schema: schema(&[("id", key), ("category", DataType::Text), ("since", DataType::Date)]),
        primary_key: 0,
        path: "merchants".to_owned(),
        format,
        incarnation: 1,
        blob: BlobHash(String::new()),
    }
}

#[test]
fn tables_are_read_from_bytes_and_a_key_stands_once() {
    let csv = b"id,category,since\nm1,food,2020-01-01\nm2,,\n";
    let columns = tables::read(&table(Format::Csv, DataType::Text), csv).expect("good");
    assert_eq!(shown(&columns), ["m1|food|2020-01-01", "m2|-|-"]);
    let ndjson = b"{\"id\":7,\"category\":\"food\"}\n{\"id\":8}\n";
    let columns = tables::read(&table(Format::Ndjson, DataType::BigInt), ndjson).expect("good");
    assert_eq!(shown(&columns), ["7|food|-", "8|-|-"]);
    let error =
        |format, key, bytes: &[u8]| tables::read(&table(format, key), bytes).expect_err("bad").to_string();
    assert_eq!(
        error(Format::Csv, DataType::Text, b"id,category,since\nm1,food,\nm2,food,\nm1,fuel,\n"),
        "line 4: id m1 stands in line 2 already; a key has one row"
    );
    assert_eq!(
        error(Format::Csv, DataType::Text, b"id,category,since\nm1,\"fo\nod\",\nm1,fuel,\n"),
        "row 2: id m1 stands in row 1 already; a key has one row"
    );
    assert_eq!(
        error(Format::Ndjson, DataType::BigInt, b"{\"id\":7}\n{\"id\":\"7.0\"}"),
        "line 2: id 7 stands in line 1 already; a key has one row"
    );
    assert_eq!(
        error(Format::Csv, DataType::Text, b"id,since\nm1,2020-02-30\n"),
        "line 2: since is DATE and got \"2020-02-30\"; send a date such as \"2026-01-02\""
    );
    assert_eq!(
        error(Format::Csv, DataType::Text, b"id,since\n,\n"),
        "line 2: id is null and must not be NULL; send a string"
    );
}

#[test]
fn a_header_that_lacks_a_column_is_told_with_the_columns_that_it_has() {
    let check = |bytes: &[u8]| tables::check_header(&table(Format::Csv, DataType::Text), bytes);
    assert!(check(b"\xef\xbb\xbfID, since,category,more\n").is_ok());
    let error = |bytes: &[u8]| check(bytes).expect_err("bad").to_string();
    assert_eq!(
        error(b"id,categry,since\nm1,food,\n"),
        "it has no column category, it has id, categry, since; add the column or correct its name"
    );
    assert_eq!(error(b""), "it has no header line; write the columns' names into its first line");
}

#[test]
fn the_part_that_was_read_goes_from_none_to_all_of_a_file() {
    let folder = Folder::new();
    let lines = |count: usize| -> String {
        (0..count).map(|row| format!("{{\"id\":\"{row}\",\"at\":\"2026-01-02T00:00:00Z\"}}\n")).collect()
    };
    let path = folder.file("a.ndjson", lines(5 * BATCH_ROWS_MAX));
    let mut rows = open(&path, &payments()).expect("it can be read");
    let mut parts = vec![rows.part().expect("the file is ours")];
    while rows.next().is_some() {
        parts.push(rows.part().expect("the file is ours"));
    }
    assert!(parts[0] < 0.1 && parts.is_sorted(), "{parts:?}");
    assert!(parts[2] > 0.2 && parts[2] < 0.9 && parts.last() == Some(&1.0), "{parts:?}");
    let mut merged = merge(vec![(payments(), path)]).expect("it can be read");
    while merged.next().is_some() {}
    assert_eq!(merged.part(), Some(1.0));
    let empty = merge(vec![(payments(), folder.file("b.ndjson", ""))]).expect("it can be read");
    assert_eq!(empty.part(), Some(1.0));
}

#[test]
fn a_check_names_every_bad_line_and_keeps_to_its_bound() {
    let folder = Folder::new();
    let good = "{\"id\":\"a\",\"at\":\"2026-01-02T00:00:00Z\"}\n";
    let check = |content: String, faults_max| {
        let rows = open(&folder.file("a.ndjson", content), &payments()).expect("it can be read");
        let found = rows.check(faults_max, || true);
        found.map_err(|faults| faults.iter().map(ToString::to_string).collect::<Vec<_>>())
    };
    assert_eq!(check(good.repeat(3), 10), Ok(Some(3)));
    let faults = check(format!("{good}no\n{good}{{\"id\":1}}\n"), 10).expect_err("two lines are bad");
    assert_eq!(faults.len(), 2, "{faults:?}");
    assert!(faults[0].starts_with("line 2: ") && faults[1].starts_with("line 4: "), "{faults:?}");
    assert_eq!(check("no\n".repeat(9), 4).expect_err("all are bad").len(), 4);
    let rows = open(&folder.file("a.ndjson", "no\n"), &payments()).expect("it can be read");
    assert!(matches!(rows.check(10, || false), Ok(None)), "it stops when it is told to");
}
