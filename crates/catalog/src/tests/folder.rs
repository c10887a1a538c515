//! A folder edited between starts, and statements in between.

use super::system::{DECISION, Folder, RULE, STREAM, System, TABLE, VIEW};

fn spine() -> Folder {
    Folder::with(&[
        ("stream.sql", STREAM),
        ("view.sql", VIEW),
        ("decision.sql", DECISION),
        ("rule.sql", RULE),
        ("table.sql", TABLE),
        ("merchants.csv", "id,name\n1,a\n"),
    ])
}

fn started() -> (System, Folder) {
    let (mut system, folder) = (System::default(), spine());
    let changes = system.start(&folder).expect("the folder applies");
    assert_eq!(
        changes,
        [
            "create stream payments",
            "create table merchants",
            "create view features",
            "create decision risk",
            "create rule fast on risk"
        ]
    );
    (system, folder)
}

fn edited(folder: &Folder, path: &str, text: &str) -> Folder {
    let mut folder = folder.clone();
    folder.0.insert(path.to_owned(), text.to_owned());
    folder
}

fn without(folder: &Folder, path: &str) -> Folder {
    let mut folder = folder.clone();
    folder.0.remove(path).expect("the file is there");
    folder
}

#[test]
fn a_folder_that_did_not_change_changes_nothing() {
    let (mut system, folder) = started();
    let plan = system.plan(&folder);
    assert_eq!((plan.statements.len(), plan.unchanged.len()), (0, 5));
    assert_eq!(system.start(&folder), Ok(vec![]));
    // Where a statement stands is not what it says.
    let moved = edited(&without(&folder, "rule.sql"), "rules/fast.sql", &format!("-- moved\n\n{RULE}"));
    assert_eq!(system.start(&moved), Ok(vec![]));
    let replace = edited(&folder, "rule.sql", &RULE.replace("CREATE", "create  OR\nreplace"));
    assert_eq!(system.start(&replace), Ok(vec![]));
}

#[test]
fn an_edited_file_replaces_and_a_removed_one_drops() {
    let (mut system, folder) = started();
    let folder = edited(&folder, "rule.sql", "CREATE RULE fast ON risk WHEN n > 5 THEN review;");
    assert_eq!(system.start(&folder), Ok(vec!["replace rule fast on risk".to_owned()]));
    assert_eq!(system.rule(), "n > 5");
    let folder = without(&folder, "rule.sql");
    assert_eq!(system.start(&folder), Ok(vec!["drop rule fast on risk".to_owned()]));
    let folder = edited(&folder, "rule.sql", RULE);
    assert_eq!(system.start(&folder), Ok(vec!["create rule fast on risk".to_owned()]));
}

#[test]
fn files_change_together() {
    let (mut system, folder) = started();
    let folder = edited(&folder, "view.sql", "CREATE VIEW features AS SELECT id, at, amount FROM payments;");
    assert_eq!(system.refused(&folder), ["rule.sql:1:31: view features has no column n"]);
    let folder = edited(&folder, "rule.sql", "CREATE RULE fast ON risk WHEN amount > 5 THEN review;");
    assert_eq!(
        system.start(&folder),
        Ok(vec!["replace view features".to_owned(), "replace rule fast on risk".to_owned()])
    );
    let renamed = edited(&folder, "view.sql", "CREATE VIEW f2 AS SELECT id, at, amount FROM payments;");
    let renamed = edited(&renamed, "decision.sql", &DECISION.replace("features", "f2"));
    assert_eq!(
        system.start(&renamed),
        Ok(vec![
            "create view f2".to_owned(),
            "drop view features".to_owned(),
            "replace decision risk".to_owned()
        ])
    );
}

#[test]
fn another_content_of_a_file_is_another_version_of_the_table() {
    let (mut system, folder) = started();
    let before = system.catalog.current().tables["merchants"].blob.clone();
    let folder = edited(&folder, "merchants.csv", "id,name\n1,b\n");
    assert_eq!(system.start(&folder), Ok(vec!["replace table merchants".to_owned()]));
    assert_ne!(system.catalog.current().tables["merchants"].blob, before);
    assert_eq!(system.start(&folder), Ok(vec![]));
}

#[test]
fn a_stream_can_be_written_anew_but_not_changed() {
    let (mut system, folder) = started();
    let layout = edited(&folder, "stream.sql", &STREAM.replace(", ", ",\n    "));
    assert_eq!(system.start(&layout), Ok(vec![]));
    let changed = edited(&folder, "stream.sql", &STREAM.replace("card TEXT", "card TEXT, ip TEXT"));
    let errors = system.start(&changed).expect_err("the stream is another one");
    assert_eq!(errors, ["stream.sql:1:15: stream payments exists already, from stream.sql:1"]);
    let dropped = without(&folder, "stream.sql");
    assert_eq!(system.refused(&dropped), ["view.sql:1:124: unknown stream or view payments"]);
    let empty = Folder::default();
    assert_eq!(system.start(&empty).map(|changes| changes.len()), Ok(5));
}

#[test]
fn a_folder_must_be_right_as_a_whole() {
    let (system, folder) = started();
    let twice = edited(&folder, "zwei.sql", RULE);
    assert_eq!(system.refused(&twice), ["zwei.sql:1:13: rule fast on risk exists already, from rule.sql:1"]);
    let drop = edited(&folder, "drop.sql", "DROP RULE fast ON risk;");
    assert_eq!(
        system.refused(&drop),
        ["drop.sql:1:11: a folder cannot drop rule fast on risk: it says what there is"]
    );
    let broken = edited(&edited(&folder, "a.sql", "CREATE RULE;"), "b.sql", "CREATE VIEW;");
    assert_eq!(system.refused(&broken).len(), 2);
}

#[test]
fn what_a_statement_made_is_not_the_folders() {
    let (mut system, folder) = started();
    system.statement("CREATE RULE slow ON risk WHEN n < 2 THEN decline").expect("the rule is right");
    assert_eq!(system.start(&folder), Ok(vec![]));
    assert_eq!(system.catalog.current().rules.len(), 2);
    // The folder has the same name for something else.
    let other = edited(&folder, "slow.sql", "CREATE RULE slow ON risk WHEN n < 3 THEN decline;");
    assert_eq!(
        system.conflicts(&other),
        [
            "slow.sql:1: rule slow on risk is not what the running system has, where a statement changed it; write here \
          what the statement said, or replace it by a statement with this text; the statement said:\n    \
          CREATE RULE slow ON risk WHEN n < 2 THEN decline"
        ]
    );
    // The folder takes over what it says word for word, and may then drop it.
    let same = edited(&folder, "slow.sql", "CREATE RULE slow ON risk WHEN n < 2 THEN decline;");
    assert_eq!(system.start(&same), Ok(vec!["replace rule slow on risk".to_owned()]));
    assert_eq!(system.start(&same), Ok(vec![]));
    assert_eq!(system.start(&folder), Ok(vec!["drop rule slow on risk".to_owned()]));
}

#[test]
fn a_statement_stays_in_force_until_the_file_is_edited() {
    let (mut system, folder) = started();
    system
        .statement("CREATE OR REPLACE RULE fast ON risk WHEN n > 20 THEN review")
        .expect("the rule is right");
    assert_eq!(system.start(&folder), Ok(vec![]));
    assert_eq!(system.rule(), "n > 20");
    let edit = edited(&folder, "rule.sql", "CREATE RULE fast ON risk WHEN n > 30 THEN review;");
    assert_eq!(
        system.conflicts(&edit),
        [
            "rule.sql:1: rule fast on risk is not what the running system has, where a statement changed it; write here \
          what the statement said, or replace it by a statement with this text; the statement said:\n    \
          CREATE OR REPLACE RULE fast ON risk WHEN n > 20 THEN review"
        ]
    );
    assert_eq!(
        system.conflicts(&without(&folder, "rule.sql")),
        [
            "rule fast on risk was removed from the folder and changed by a statement on the running system; put back \
          what the statement said, which is here, or drop it by a statement:\n    \
          CREATE OR REPLACE RULE fast ON risk WHEN n > 20 THEN review"
        ]
    );
    // Both ways out of the conflict.
    let agreed = edited(&folder, "rule.sql", "CREATE RULE fast ON risk WHEN n > 20 THEN review;");
    assert_eq!(system.start(&agreed), Ok(vec!["replace rule fast on risk".to_owned()]));
    assert_eq!(system.start(&folder), Ok(vec!["replace rule fast on risk".to_owned()]));
    assert_eq!(system.rule(), "n > 10");
    system
        .statement("CREATE OR REPLACE RULE fast ON risk WHEN n > 20 THEN review")
        .expect("the rule is right");
    system
        .statement("CREATE OR REPLACE RULE fast ON risk WHEN n > 30 THEN review")
        .expect("the rule is right");
    assert_eq!(system.start(&edit), Ok(vec!["replace rule fast on risk".to_owned()]));
}

#[test]
fn a_statement_that_says_what_the_folder_said_ends_the_difference() {
    let (mut system, folder) = started();
    system
        .statement("CREATE OR REPLACE RULE fast ON risk WHEN n > 20 THEN review")
        .expect("the rule is right");
    system.statement(&RULE.replace("CREATE", "CREATE OR REPLACE")).expect("the rule is right");
    let edit = edited(&folder, "rule.sql", "CREATE RULE fast ON risk WHEN n > 30 THEN review;");
    assert_eq!(system.start(&edit), Ok(vec!["replace rule fast on risk".to_owned()]));
}

#[test]
fn what_a_statement_dropped_stays_away_until_the_file_is_edited() {
    let (mut system, folder) = started();
    system.statement("DROP RULE fast ON risk").expect("the rule is there");
    assert_eq!(system.start(&folder), Ok(vec![]));
    assert_eq!(system.rule(), "none");
    let edit = edited(&folder, "rule.sql", "CREATE RULE fast ON risk WHEN n > 30 THEN review;");
    assert_eq!(
        system.conflicts(&edit),
        [
            "rule.sql:1: rule fast on risk was edited here and dropped by a statement on the running system; remove it \
          here, or create it by a statement with this text"
        ]
    );
    assert_eq!(system.start(&without(&folder, "rule.sql")), Ok(vec![]));
    system.statement("CREATE RULE fast ON risk WHEN n > 30 THEN review").expect("the rule is right");
    assert_eq!(system.start(&edit), Ok(vec!["replace rule fast on risk".to_owned()]));
    assert_eq!(system.start(&edit), Ok(vec![]));
}

/// Steele and Vigna's SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }
}

#[test]
fn any_history_of_edits_and_statements_replays_and_settles() {
    let mut seen = [0_usize; 3];
    for seed in 0..200 {
        let mut random = Random(seed);
        let (mut system, mut folder) = started();
        for _ in 0..12 {
            let (rule, bound) = (["fast", "slow", "new"][random.below(3) as usize], random.below(3));
            let text = format!("CREATE OR REPLACE RULE {rule} ON risk WHEN n > {bound} THEN review");
            match random.below(5) {
                0 => folder = edited(&folder, &format!("{rule}.sql"), &text),
                1 => drop(folder.0.remove(&format!("{rule}.sql"))),
                2 => drop(system.statement(&text)),
                3 => drop(system.statement(&format!("DROP RULE IF EXISTS {rule} ON risk"))),
                _ => folder = edited(&folder, "merchants.csv", &format!("id,name\n{bound},x\n")),
            }
            folder.0.remove("rule.sql");
            let plan = system.plan(&folder);
            if plan.conflicts.is_empty() {
                let changes = system.start(&folder).expect("a plan without conflicts applies");
                seen[usize::from(!changes.is_empty())] += 1;
                let again = system.plan(&folder);
                assert!(again.statements.is_empty() && again.conflicts.is_empty(), "seed {seed}: {again:?}");
            } else {
                seen[2] += 1;
            }
        }
        let replayed = system.replayed();
        assert_eq!(
            format!("{:?}", replayed.current()),
            format!("{:?}", system.catalog.current()),
            "seed {seed}"
        );
        assert_eq!(replayed.owned, system.catalog.owned, "seed {seed}");
    }
    assert!(seen.iter().all(|count| *count > 100), "{seen:?}");
}

#[test]
fn one_error_does_not_hide_the_others() {
    let (system, folder) = started();
    let folder = edited(&folder, "stream.sql", &STREAM.replace("card TEXT", "card"));
    let folder = edited(
        &folder,
        "more.sql",
        "CREATE BLAH;\nCREATE STREAM other (id TEXT, at TIMESTAMPTZ);\nDROP RULE slow ON risk;",
    );
    // What reads the broken stream is not wrong.
    assert_eq!(
        system.refused(&folder),
        [
            "more.sql:1:8: expected FUNCTION, STREAM, TABLE, VIEW, MODEL, DECISION, RULE or SINK, found BLAH",
            "more.sql:2:15: stream other has no primary key",
            "more.sql:3:11: a folder cannot drop rule slow on risk: it says what there is",
            "stream.sql:1:66: expected a data type name, found ,",
        ]
    );
    // Behind an open quote nothing is known.
    let open = edited(&folder, "more.sql", "CREATE RULE r ON risk WHEN card = 'x THEN review;");
    assert_eq!(system.refused(&open).len(), 2);
}

#[test]
fn a_byte_order_mark_is_no_part_of_a_file() {
    let (system, folder) = started();
    let marked = edited(&folder, "rule.sql", &format!("\u{feff}{RULE}"));
    assert_eq!(system.plan(&marked).unchanged.len(), 5);
}

#[test]
fn what_statements_did_since_is_listed() {
    let (mut system, folder) = started();
    assert_eq!(system.catalog.by_statement(), []);
    system
        .statement("CREATE OR REPLACE RULE fast ON risk WHEN n > 20 THEN review")
        .expect("the rule is right");
    system.statement("CREATE RULE slow ON risk\nWHEN n < 2 THEN decline").expect("the rule is right");
    system.statement("DROP TABLE merchants").expect("nothing reads it");
    assert_eq!(system.start(&folder), Ok(vec![]));
    let since: Vec<String> = system.catalog.by_statement().iter().map(ToString::to_string).collect();
    assert_eq!(
        since,
        [
            "drop table merchants",
            "replace rule fast on risk\n    CREATE OR REPLACE RULE fast ON risk WHEN n > 20 THEN review",
            "create rule slow on risk\n    CREATE RULE slow ON risk\n    WHEN n < 2 THEN decline",
        ]
    );
    assert_eq!(system.replayed().by_statement(), system.catalog.by_statement());
}

#[test]
fn two_decisions_cannot_need_each_others_windows() {
    const CARD: &str =
        "CREATE VIEW a AS SELECT *, count(*) OVER (PARTITION BY card ORDER BY at) AS n FROM payments;
        CREATE VIEW b AS SELECT max(n) OVER (PARTITION BY amount ORDER BY at) AS m FROM a;
        CREATE DECISION one ON b OUTCOMES (x, y);";
    const AMOUNT: &str =
        "CREATE VIEW c AS SELECT *, count(*) OVER (PARTITION BY amount ORDER BY at) AS n FROM payments;
        CREATE VIEW e AS SELECT max(n) OVER (PARTITION BY card ORDER BY at) AS m FROM c;
        CREATE DECISION two ON e OUTCOMES (x, y);";
    let folder = Folder::with(&[("1.sql", STREAM), ("2.sql", CARD)]);
    let mut system = System::default();
    assert_eq!(system.start(&folder).map(|changes| changes.len()), Ok(4));
    let both = edited(&folder, "3.sql", AMOUNT);
    assert_eq!(
        system.start(&both),
        Err(vec![
            "3.sql:2:21: view e and view b put each other's windows over stream payments into a circle: each needs a value \
             of the other one first"
                .to_owned()
        ])
    );
    let apart = edited(&folder, "3.sql", &AMOUNT.replace("PARTITION BY amount", "PARTITION BY amount, 1"));
    assert_eq!(system.start(&apart).map(|changes| changes.len()), Ok(3));
}
