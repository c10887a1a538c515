//! What a table shows: its columns, retention, and a restart.

use std::sync::Arc;

use parquet::file::{reader::FileReader as _, serialized_reader::SerializedFileReader};
use storage::{Faulty, Storage};

use super::{
    content::{of_log, of_table, of_tables},
    node::{DEFINITIONS, Writer, follow, tables},
};
use crate::{Follower, Kind, file::Chunks};

fn start() -> (Arc<dyn Storage>, Writer) {
    let storage: Arc<dyn Storage> = Arc::new(Faulty::new(1));
    let mut writer = Writer::open(Arc::clone(&storage)).unwrap();
    writer.define(&DEFINITIONS, &[]).unwrap();
    (storage, writer)
}

#[test]
fn tables_have_the_columns_of_their_definitions_and_ours() {
    let (storage, mut writer) = start();
    let amounts = [Some(5_000), Some(1), None];
    writer.decided(&amounts, 10).unwrap();
    let tables = tables(storage).unwrap();
    follow(&mut Follower::new(Arc::clone(&tables))).unwrap();
    let snapshot = tables.snapshot();
    let names = |name: &str| {
        let table = &snapshot.tables[name];
        let fields = table.shown.iter().map(|shown| format!("{} {}", shown.name, shown.stored.data_type()));
        (table.kind, fields.collect::<Vec<_>>().join(", "))
    };
    let (time, list) = ("Timestamp(µs, \"UTC\")", "List(Utf8)");
    let payments = format!(
        "position Int64, arrived {time}, id Utf8View, at {time}, amount Decimal128(18, 2), epoch_ Utf8View, epoch Int64"
    );
    assert_eq!(names("payments"), (Kind::Stream, payments));
    let risk = format!(
        "position Int64, arrived {time}, id Utf8View, amount Decimal128(18, 2), large Boolean, outcome Utf8View, \
         fired {list}, fired_shadow {list}, reasons {list}, raised {list}, late Boolean, epoch Int64"
    );
    assert_eq!(names("risk"), (Kind::Decision, risk));
    assert_eq!(
        of_table(&snapshot, "risk"),
        [
            "2|1970-01-01T00:00:00.000010Z|p2|50.00|true|deny|[big]|[]|[a large amount]|[]|true|1",
            "4|1970-01-01T00:00:00.000030Z|p4|-|-|approve|[]|[]|[]|[cents: value out of range]|false|1",
        ]
    );
}

#[test]
fn a_file_says_which_texts_are_not_in_it() {
    let (storage, mut writer) = start();
    writer.decided(&[Some(5_000), Some(1), None], 10).unwrap();
    let tables = tables(Arc::clone(&storage)).unwrap();
    let mut follower = Follower::new(Arc::clone(&tables));
    follow(&mut follower).unwrap();
    follower.commit().unwrap();
    let segment = Arc::clone(&tables.snapshot().tables["payments"].segments[0]);
    let file = storage.open_to_read(&segment.path()).unwrap();
    let reader = SerializedFileReader::new(Chunks::new(file, segment.entry().bytes)).unwrap();
    let group = reader.metadata().row_group(0);
    let filtered = group.columns().iter().filter(|column| column.bloom_filter_offset().is_some());
    let names: Vec<_> = filtered.map(|column| column.column_path().string()).collect();
    assert_eq!(names, ["id", "epoch_"]);
}

#[test]
fn what_comes_while_a_commit_is_written_is_seen_and_is_in_the_next() {
    let (storage, mut writer) = start();
    let tables = tables(Arc::clone(&storage)).unwrap();
    let mut follower = Follower::new(Arc::clone(&tables));
    writer.decided(&[Some(1), Some(2)], 10).unwrap();
    follow(&mut follower).unwrap();
    let begun = follower.begin().expect("there is something new");
    writer.decided(&[Some(3), Some(4)], 10).unwrap();
    follow(&mut follower).unwrap();
    assert!(follower.begin().is_none(), "one at a time");
    assert_eq!(of_tables(&tables.snapshot()).unwrap(), of_log(&storage));
    begun.write().unwrap();
    assert_eq!(of_tables(&tables.snapshot()).unwrap(), of_log(&storage));
    let figures = tables.figures();
    assert_eq!((figures.rows_on_disk, figures.rows_in_memory), (3, 3), "{figures:?}");
    follower.commit().unwrap();
    assert_eq!(tables.figures().rows_in_memory, 0);
    assert_eq!(of_tables(&tables.snapshot()).unwrap(), of_log(&storage));
}

#[test]
fn rows_go_when_they_are_older_than_the_stream_says_by_the_logs_clock() {
    let (storage, mut writer) = start();
    let minute = 60_000_000;
    let tables = tables(Arc::clone(&storage)).unwrap();
    let mut follower = Follower::new(Arc::clone(&tables));
    for _ in 0..10 {
        writer.decided(&[Some(1), Some(2)], 5 * minute).unwrap();
        follow(&mut follower).unwrap();
        follower.commit().unwrap();
    }
    let (held, logged) = (of_tables(&tables.snapshot()).unwrap(), of_log(&storage));
    // An hour of payments and of decisions on them, of 100 minutes; logins keep seven days.
    assert_eq!(held.payments, logged.payments[logged.payments.len() - 6..]);
    assert_eq!(held.risk, logged.risk[logged.risk.len() - 6..]);
    assert_eq!(held.logins, logged.logins);
    let files = |storage: &Arc<dyn Storage>| {
        let names = storage.list(std::path::Path::new("/data/tables")).unwrap();
        names.iter().filter(|name| name.ends_with(".parquet")).count()
    };
    assert_eq!(files(&storage), 6 + 6 + 10);
}

#[test]
fn a_scan_keeps_its_files_until_it_is_over() {
    let (storage, mut writer) = start();
    let tables = tables(Arc::clone(&storage)).unwrap();
    let mut follower = Follower::new(Arc::clone(&tables));
    let mut early = None;
    for _ in 0..9 {
        writer.decided(&[Some(1), Some(2)], 10).unwrap();
        follow(&mut follower).unwrap();
        follower.commit().unwrap();
        early.get_or_insert_with(|| tables.snapshot());
    }
    let early = early.unwrap();
    tables.adopt(tables.next_merge().expect("there are nine files").write().unwrap());
    writer.decided(&[Some(1), Some(2)], 10).unwrap();
    follow(&mut follower).unwrap();
    follower.commit().unwrap();
    let merged = &early.tables["logins"].segments[0];
    assert_eq!(of_table(&early, "logins").len(), 1);
    let path = merged.path();
    assert!(storage.exists(&path).unwrap());
    drop(early);
    assert!(!storage.exists(&path).unwrap(), "nobody scans it any more");
    assert_eq!(of_tables(&tables.snapshot()).unwrap(), of_log(&storage));
}

#[test]
fn a_dropped_table_is_not_shown_and_its_file_goes() {
    let (storage, mut writer) = start();
    writer
        .define(
            &["CREATE TABLE merchants (id TEXT PRIMARY KEY, name TEXT) FROM file('m.csv')"],
            &[("m.csv", "id,name\na,x\n")],
        )
        .unwrap();
    writer.sync().unwrap();
    let tables = tables(Arc::clone(&storage)).unwrap();
    let mut follower = Follower::new(Arc::clone(&tables));
    follow(&mut follower).unwrap();
    follower.commit().unwrap();
    assert_eq!(of_table(&tables.snapshot(), "merchants"), ["a|x"]);
    let path = tables.snapshot().tables["merchants"].segments[0].path();
    writer.define(&["DROP TABLE merchants"], &[]).unwrap();
    writer.sync().unwrap();
    follow(&mut follower).unwrap();
    follower.commit().unwrap();
    assert!(!tables.snapshot().tables.contains_key("merchants"));
    assert!(!storage.exists(&path).unwrap());
}
