//! Epochs and the control log.

use std::sync::Arc;

use records::control::{Control, Origin, Statement};

use super::system::{DECISION, Folder, RULE, STREAM, System, TABLE, VIEW};
use crate::{ApplyError, Catalog};

fn spine() -> System {
    let mut system = System::default();
    let folder = Folder::with(&[("a.sql", STREAM), ("b.sql", VIEW), ("c.sql", DECISION), ("d.sql", RULE)]);
    system.start(&folder).expect("the folder applies");
    system
}

#[test]
fn every_epoch_keeps_its_definitions() {
    let mut system = spine();
    system
        .statement("CREATE OR REPLACE RULE fast ON risk WHEN n > 20 THEN decline")
        .expect("the rule is right");
    system.statement("DROP RULE fast ON risk").expect("the rule is there");
    let catalog = &system.catalog;
    assert_eq!(catalog.epoch(), 3);
    let key = ("risk".to_owned(), "fast".to_owned());
    let text =
        |epoch| catalog.at(epoch).and_then(|at| at.rules.get(&key).map(|rule| rule.condition_text.clone()));
    assert_eq!([1, 2, 3].map(text), [Some("n > 10".to_owned()), Some("n > 20".to_owned()), None]);
    assert!(catalog.at(4).is_none());
    let history: Vec<(u32, u64, u64, usize)> =
        catalog.history().iter().map(|at| (at.epoch, at.position, at.change, at.changes.len())).collect();
    assert_eq!(history, [(1, 1, 1, 4), (2, 3, 2, 1), (3, 5, 3, 1)]);
}

#[test]
fn the_log_alone_makes_the_same_catalog() {
    let mut system = spine();
    let files = Folder::with(&[("t.sql", TABLE), ("merchants.csv", "id,name\n1,a\n")]);
    let (statements, _) = sql::parse(&sql::Source { path: "t.sql".to_owned(), text: TABLE.to_owned() });
    system.run(&statements, Origin::Statement, &files).expect("the table is right");
    let replayed = system.replayed();
    for epoch in 1..=system.catalog.epoch() {
        let of = |catalog: &Catalog| format!("{:?}", catalog.at(epoch));
        assert_eq!(of(&replayed), of(&system.catalog));
    }
    assert_eq!(replayed.owned, system.catalog.owned);
    assert_eq!(replayed.history(), system.catalog.history());
}

#[test]
fn a_change_is_pending_until_it_is_activated() {
    let mut catalog = Catalog::default();
    let record = Statement {
        text: STREAM.trim_end_matches(';').to_owned(),
        file: None,
        line: 1,
        blobs: Default::default(),
    };
    let none = |_: &str| Err("no blob is needed".to_owned());
    let define =
        Control::Define { change: 1, arrived: 0, origin: Origin::Statement, statements: vec![record] };
    catalog.apply(0, &define, &none).expect("the stream is right");
    assert_eq!(catalog.epoch(), 0);
    assert!(catalog.current().streams.is_empty());
    let (change, pending) = catalog.pending().expect("it is pending");
    assert_eq!((change, pending.streams.len()), (1, 1));
    let activate = |change, epoch| Control::Activate { change, arrived: 0, epoch };
    assert!(matches!(catalog.apply(1, &activate(2, 1), &none), Err(ApplyError::Unknown(2))));
    assert!(matches!(catalog.apply(1, &activate(1, 2), &none), Err(ApplyError::Epoch { next: 1, .. })));
    catalog.apply(1, &activate(1, 1), &none).expect("it is activated");
    assert_eq!((catalog.epoch(), catalog.pending().is_some()), (1, false));
    assert!(Arc::ptr_eq(&pending, &catalog.current()));
}

#[test]
fn an_abandoned_change_leaves_no_trace_in_the_definitions() {
    let mut catalog = Catalog::default();
    let none = |_: &str| Err("no blob is needed".to_owned());
    let define = |change, text: &str| {
        let text = text.trim_end_matches(';').to_owned();
        let record = Statement { text, file: None, line: 1, blobs: Default::default() };
        Control::Define { change, arrived: 0, origin: Origin::Statement, statements: vec![record] }
    };
    let abandon = |change| Control::Abandon { change, arrived: 0, reason: "no reason".to_owned() };
    catalog.apply(0, &define(1, STREAM), &none).expect("the stream is right");
    assert!(matches!(catalog.apply(1, &abandon(2), &none), Err(ApplyError::Unknown(2))));
    catalog.apply(1, &abandon(1), &none).expect("it was pending");
    assert!(catalog.pending().is_none());
    let activate = Control::Activate { change: 1, arrived: 0, epoch: 1 };
    assert!(matches!(catalog.apply(2, &activate, &none), Err(ApplyError::Unknown(1))));
    // Its names are free, and its epoch is the next one's.
    catalog.apply(2, &define(2, STREAM), &none).expect("nothing has the name");
    catalog.apply(3, &Control::Activate { change: 2, arrived: 0, epoch: 1 }, &none).expect("it is pending");
    let abandoned: Vec<(u64, u64)> = catalog.abandoned().iter().map(|at| (at.position, at.change)).collect();
    assert_eq!((catalog.epoch(), abandoned), (1, vec![(1, 1)]));
}

#[test]
fn a_record_that_does_not_fit_changes_nothing() {
    let mut system = spine();
    let none = |_: &str| Err("the blob is gone".to_owned());
    let before = format!("{:?}", system.catalog);
    let define = |text: &str| Control::Define {
        change: 9,
        arrived: 0,
        origin: Origin::Statement,
        statements: vec![Statement { text: text.to_owned(), file: None, line: 1, blobs: Default::default() }],
    };
    for (text, error) in [
        ("CREATE RULE", "statement:1:12: expected the rule's name, found the end of the statement"),
        ("CREATE RULE r ON risk WHEN m > 1 THEN review", "statement:1:28: view features has no column m"),
        (
            "DROP VIEW a; DROP VIEW b",
            "change 9 holds a text of 1 statements where one belongs: DROP VIEW a; DROP VIEW b",
        ),
        (TABLE, "file 'merchants.csv' cannot be read: the control record does not hold its hash"),
    ] {
        let found = system.catalog.apply(9, &define(text), &none).expect_err("it does not fit").to_string();
        assert!(found.contains(error), "{found}");
        assert_eq!(format!("{:?}", system.catalog), before);
    }
}

#[test]
fn errors_of_a_statement_name_its_place() {
    let mut system = spine();
    let errors = system.statement(
        "CREATE RULE a ON risk WHEN n > 1 THEN approve;\nCREATE RULE b ON risk WHEN m > 1 THEN approve",
    );
    assert_eq!(errors, Err(vec!["client:2:28: view features has no column m".to_owned()]));
    assert_eq!(system.catalog.epoch(), 1);
}

#[test]
fn blobs_are_named_by_the_statements_that_name_their_files() {
    let files = Folder::with(&[("merchants.csv", "id,name\n1,a\n")]);
    let text = format!("{STREAM}{TABLE}");
    let (statements, _) = sql::parse(&sql::Source { path: "t.sql".to_owned(), text });
    let proposal = Catalog::default().prepare(&statements, &files).expect("both are right");
    let named: Vec<usize> = proposal.records.iter().map(|record| record.blobs.len()).collect();
    assert_eq!(named, [0, 1]);
    let hash = &proposal.records[1].blobs["merchants.csv"];
    assert_eq!(proposal.blobs.iter().map(|(hash, _)| hash.0.as_str()).collect::<Vec<_>>(), [hash]);
    assert_eq!(proposal.definitions.tables["merchants"].blob.0, *hash);
}
