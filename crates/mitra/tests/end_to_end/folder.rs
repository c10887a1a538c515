//! What `check` and `plan` tell of a folder before anything runs.

use super::program::{Project, STREAM};

const TABLE: &str =
    "CREATE TABLE merchants (id TEXT PRIMARY KEY, category TEXT, since DATE) FROM file('merchants.csv');\n";

#[test]
fn a_reference_file_is_read_before_anything_runs() {
    let project = Project::new();
    project.write("4_tables.sql", TABLE);
    let refused = |csv: &str| {
        project.write("merchants.csv", csv);
        let errors = project.run(&["check", "."]).failed();
        assert_eq!(project.run(&["plan", "."]).failed(), errors);
        errors
    };
    let errors = refused("id,category,since\nm1,food,2020-01-02\nm2,food,2020-02-30\n");
    assert!(errors.contains("error: table merchants: since is DATE and got \"2020-02-30\""), "{errors}");
    assert!(errors.contains("--> merchants.csv:3:1\n"), "{errors}");
    assert!(errors.contains("3 | m2,food,2020-02-30\n"), "{errors}");
    assert!(errors.contains("help: its columns are declared at 4_tables.sql:1:1"), "{errors}");
    let errors = refused("id,categry,since\nm1,food,2020-01-02\n");
    assert!(errors.contains("it has no column category, it has id, categry, since"), "{errors}");
    assert!(errors.contains("--> 4_tables.sql:1:14\n"), "{errors}");
    let errors = refused("id,category,since\nm1,food,\nm1,fuel,\n");
    assert!(
        errors.contains("--> merchants.csv:3:1\n") && errors.contains("stands in line 2 already"),
        "{errors}"
    );
    let errors = refused("");
    assert!(errors.contains("it has no header line"), "{errors}");
    // What check refuses does not start, for the same reason.
    let errors = project.run(&["run", ".", "--listen", "127.0.0.1:0"]).failed();
    assert!(errors.contains("it has no header line"), "{errors}");
    project.write("merchants.csv", "since,id,category\n2020-01-02,m1,food\n");
    assert!(project.run(&["check", "."]).succeeded().contains("payments(card_id)"));
    assert!(project.run(&["plan", "."]).succeeded().contains("create table merchants"));
}

#[test]
fn sql_that_is_not_read_is_told() {
    let project = Project::new();
    std::fs::create_dir(project.path("more")).expect("a folder can be made");
    project.write("more/views.sql", STREAM);
    project.write("OLD.SQL", STREAM);
    for command in ["check", "plan"] {
        let finished = project.run(&[command, "."]);
        let told = |path| finished.stderr.contains(&format!("warning: {path} is not read"));
        assert!(told("more/views.sql") && told("OLD.SQL") && !told("1_streams.sql"), "{}", finished.stderr);
        finished.succeeded();
    }
}

#[test]
fn a_file_that_is_not_utf_8_is_told_with_its_place() {
    let project = Project::new();
    std::fs::write(project.path("9.sql"), b"-- ok\n-- caf\xe9\n").expect("the project's folder takes files");
    let errors = project.run(&["check", "."]).failed();
    assert!(errors.contains("9.sql:2:7: byte 0xe9 is not UTF-8; save the file as UTF-8"), "{errors}");
}
