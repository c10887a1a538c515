//! Golden cases: every `.sql` file under `tests/cases` holds cases, its `.out` file what each of them must give.
//! `UPDATE=1 cargo test -p sql --test golden` rewrites the `.out` files; read the diff before you commit it.

mod dump;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use sql::{Change, Definitions, Error, Files, Source, parse, parse_recorded};

/// Marks the start of a case; what stands before the first one is a prelude for all of them.
const CASE: &str = "-- case: ";
/// Ends one change of a case and begins the next: only what the last one gives is written down.
const THEN: &str = "-- then";
/// Begins a change that the control log holds, from a build that took it.
const RECORDED: &str = "-- recorded";
/// A prelude in another file.
const WITH: &str = "-- with: ";

/// The files below `tests/files`.
struct TestFiles;

impl Files for TestFiles {
    fn read(&self, path: &str) -> Result<Arc<[u8]>, String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files");
        fs::read(folder.join(path)).map(Arc::from).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => "no such file".to_owned(),
            kind => kind.to_string(),
        })
    }

    fn may_write(&self, path: &str) -> Result<(), String> {
        if path.starts_with("protected/") { Err("it is protected".to_owned()) } else { Ok(()) }
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")
}

/// The definitions of a prelude, which must be right.
fn prelude(name: &str, text: &str) -> Definitions {
    let mut definitions = Definitions::default();
    let mut texts = Vec::new();
    for line in text.lines() {
        if let Some(file) = line.strip_prefix(WITH) {
            let text = fs::read_to_string(folder().join(file)).expect("the prelude's file exists");
            texts.push((file.to_owned(), text));
        }
    }
    texts.push((name.to_owned(), text.to_owned()));
    let mut statements = Vec::new();
    for (path, text) in texts {
        let (parsed, errors) = parse(&Source { path, text });
        assert!(errors.is_empty(), "{}", errors[0].render());
        statements.extend(parsed);
    }
    if let Err(errors) = definitions.apply_all(&statements, &TestFiles) {
        panic!("{}", errors.iter().map(Error::render).collect::<String>());
    }
    definitions
}

/// The definitions after a change, or everything that is wrong with it.
fn changed(before: &Definitions, text: &str) -> Result<(Definitions, Vec<Change>), Vec<Error>> {
    let is_recorded = text.starts_with(RECORDED);
    let source = Source { path: "case.sql".to_owned(), text: text.to_owned() };
    let (statements, mut errors) = if is_recorded { parse_recorded(&source, 1) } else { parse(&source) };
    let changed = before.changed_with(&statements, &TestFiles, &|_| is_recorded);
    match changed {
        Ok(changed) if errors.is_empty() => Ok(changed),
        changed => {
            errors.extend(changed.err().into_iter().flatten());
            Err(errors)
        }
    }
}

/// What a case gives: the definitions that its last change adds, or its errors.
fn run(before: &Definitions, text: &str) -> String {
    if let Some((first, rest)) = text.split_once(THEN) {
        let (after, _) = changed(before, first)
            .unwrap_or_else(|errors| panic!("{}", errors.iter().map(Error::render).collect::<String>()));
        return run(&after, rest.trim_start());
    }
    match changed(before, text) {
        Ok((after, changes)) => dump::changes(&after, &changes),
        Err(errors) => errors.iter().map(Error::render).collect::<Vec<_>>().join("\n"),
    }
}

fn cases(text: &str) -> (String, Vec<(String, String)>) {
    let mut parts = text.split(CASE);
    let prelude = parts.next().unwrap_or_default().to_owned();
    let case = |part: &str| {
        let (name, body) = part.split_once('\n').expect("a case has a body");
        (name.trim().to_owned(), body.trim_end().to_owned() + "\n")
    };
    (prelude, parts.map(case).collect())
}

#[test]
fn every_case_gives_what_is_written_down() {
    let update = std::env::var_os("UPDATE").is_some();
    let mut paths: Vec<PathBuf> = fs::read_dir(folder())
        .expect("the cases exist")
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "sql"))
        .collect();
    paths.sort();
    let (mut count, mut wrong) = (0, Vec::new());
    for path in paths {
        let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).expect("the case can be read");
        let (before, cases) = cases(&text);
        let before = prelude(&name, &before);
        let mut out = String::new();
        let mut seen = BTreeMap::new();
        for (case, body) in cases {
            assert!(seen.insert(case.clone(), ()).is_none(), "{name}: case {case} is there twice");
            out += &format!("{CASE}{case}\n{}\n", run(&before, &body));
            count += 1;
        }
        let expected = path.with_extension("out");
        if update {
            fs::write(&expected, &out).expect("the expectation can be written");
        } else if fs::read_to_string(&expected).unwrap_or_default() != out {
            wrong.push(difference(&name, &fs::read_to_string(&expected).unwrap_or_default(), &out));
        }
    }
    assert!(wrong.is_empty(), "{}\nUPDATE=1 rewrites the expectations", wrong.join("\n"));
    assert!(count >= 120, "only {count} cases were found");
}

/// The first lines that differ.
fn difference(name: &str, expected: &str, given: &str) -> String {
    let differing = expected.lines().zip(given.lines()).position(|(a, b)| a != b);
    let at = differing.unwrap_or_else(|| expected.lines().count().min(given.lines().count()));
    let line = |text: &str| text.lines().nth(at).unwrap_or("(end)").to_owned();
    format!("{name}, line {}:\n  expected {}\n  given    {}", at + 1, line(expected), line(given))
}
