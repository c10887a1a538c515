//! Broken statements: every case with tokens lost, doubled, swapped or cut gives definitions or errors, never a panic.

use std::{fs, path::Path, sync::Arc};

use sql::{Definitions, Files, Source, parse};

struct TestFiles;

impl Files for TestFiles {
    fn read(&self, path: &str) -> Result<Arc<[u8]>, String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files");
        fs::read(folder.join(path)).map(Arc::from).map_err(|error| error.to_string())
    }
}

/// Steele and Vigna's SplitMix64: the same mutations in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % bound as u64).expect("it is below a usize")
    }
}

fn words(text: &str) -> Vec<&str> {
    text.split_inclusive(|c: char| c == ' ' || "(),.;'\"\n".contains(c)).collect()
}

#[test]
fn no_broken_statement_panics() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let base = fs::read_to_string(folder.join("preludes/base.sql")).expect("the prelude exists");
    let (statements, _) = parse(&Source { path: "base.sql".to_owned(), text: base });
    let mut before = Definitions::default();
    before.apply_all(&statements, &TestFiles).expect("the prelude is right");
    let mut random = Random(1);
    let mut refused = 0;
    let mut paths: Vec<_> =
        fs::read_dir(folder).expect("the cases exist").map(|entry| entry.expect("it reads").path()).collect();
    paths.sort();
    for path in paths.into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "sql"))
    {
        let text = fs::read_to_string(path).expect("the case can be read");
        for case in text.split("-- case: ").skip(1) {
            let body = case.split_once('\n').map_or("", |(_, body)| body);
            for _ in 0..60 {
                let mut words = words(body);
                if words.len() < 2 {
                    continue;
                }
                for _ in 0..=random.below(3) {
                    let (at, other) = (random.below(words.len()), random.below(words.len()));
                    match random.below(4) {
                        0 if words.len() > 1 => drop(words.remove(at)),
                        1 => words.insert(at, words[other]),
                        2 => words.swap(at, other),
                        _ => words.truncate(at.max(1)),
                    }
                }
                let (statements, errors) =
                    parse(&Source { path: "broken.sql".to_owned(), text: words.concat() });
                let changed = before.changed(&statements, &TestFiles);
                let errors = errors.into_iter().chain(changed.err().into_iter().flatten());
                for error in errors {
                    refused += 1;
                    assert!(!error.message.is_empty() && error.line > 0, "{error:?}");
                    let _ = error.render();
                }
            }
        }
    }
    assert!(refused > 1_000, "only {refused} errors were seen");
}
