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

#[test]
fn a_cost_beyond_its_bound_is_refused() {
    let project = Project::new();
    let costs = project.run(&["check", ".", "--rate", "65000", "--memory-max", "64GB"]).succeeded();
    assert!(
        costs.contains("for payment_features.card_payments_1h, payment_features.card_amount_1h"),
        "{costs}"
    );
    let refused = project.run(&["check", ".", "--rate", "65000", "--memory-max", "64MB"]).failed();
    assert!(
        refused.contains("at 65000 events/s, the bound is 64.0 MB; payments(card_id) needs"),
        "{refused}"
    );
    for rate in ["65,000", "-1", "0"] {
        let refused = project.run(&["check", ".", "--rate", rate]).failed();
        assert!(refused.contains("write whole events a second without separators"), "{refused}");
    }
}

#[test]
fn a_decision_that_never_was_is_not_a_missing_event() {
    let project = Project::new();
    project.start().stop().succeeded();
    let refused = project.run(&["explain", "nope", "1"]).failed();
    assert!(
        refused.contains("there is no decision nope and never was; the decisions are payment_risk"),
        "{refused}"
    );
}

#[test]
fn a_connection_that_breaks_leaves_the_outcome_unknown() {
    let project = Project::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let url = format!("http://{}", listener.local_addr().expect("it is bound"));
    let server = std::thread::spawn(move || {
        // What was sent is read before the connection ends, as by a process that is killed at its work.
        let (mut stream, _) = listener.accept().expect("the program connects");
        let mut request = [0; 16];
        std::io::Read::read_exact(&mut stream, &mut request).expect("the program sends");
    });
    let refused = project.run(&["sql", "--url", &url, "DROP RULE velocity ON payment_risk"]).failed();
    server.join().expect("the server ends");
    assert!(refused.contains("the outcome is unknown"), "{refused}");
    let refused = project.run(&["sql", "--url", &url, "DROP RULE velocity ON payment_risk"]).failed();
    assert!(refused.contains(&format!("cannot reach {url}; start the system")), "{refused}");
    assert!(project.run(&["sql", "--url", &url, " "]).failed().contains("there is no statement in it"));
}
