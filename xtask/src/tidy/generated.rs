//! Files that are made from others, checked in, and compared: lint bans and the index of errors.

use std::{fmt::Write as _, fs, path::Path};

use anyhow::Context as _;

use crate::{
    layers::DETERMINISTIC,
    tree::{Finding, Tree},
};

/// The bans of the deterministic crates, written once for all of them.
const BANS: &str = include_str!("../../deterministic.clippy.toml");

/// The index of the error pages.
const ERRORS: &str = "docs/errors/README.md";

/// Writes every generated file.
///
/// # Errors
/// When a file cannot be written.
pub fn write(root: &Path, tree: &Tree) -> anyhow::Result<()> {
    for (path, text) in expected(tree) {
        if tree.get(&path) != Some(&text) {
            let file = root.join(&path);
            let folder = file.parent().context("a generated file is in a folder")?;
            fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
            fs::write(&file, &text).with_context(|| format!("cannot write {path}"))?;
            println!("wrote {path}");
        }
    }
    Ok(())
}

/// Generated files that differ from what they are made from, and error pages without a title.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings: Vec<Finding> = error_pages(tree)
        .filter(|(_, code, text)| title(code, text).is_none())
        .map(|(path, code, _)| {
            Finding::new(path, 1, format!("must start with `# {code}: ` and what it means"))
        })
        .collect();
    for (path, text) in expected(tree) {
        if tree.get(&path) != Some(&text) {
            findings.push(Finding::new(
                &path,
                1,
                "differs from what it is made from: `cargo xtask tidy --write`",
            ));
        }
    }
    findings
}

fn expected(tree: &Tree) -> Vec<(String, String)> {
    let deterministic = tree.crates().filter(|(name, _)| DETERMINISTIC.contains(name));
    let bans = deterministic.map(|(_, package)| (format!("{}/clippy.toml", package.folder), BANS.to_owned()));
    let mut files: Vec<_> = bans.collect();
    if error_pages(tree).next().is_some() {
        files.push((ERRORS.to_owned(), error_index(tree)));
    }
    files
}

/// Path, code and text of each page in `docs/errors`.
fn error_pages(tree: &Tree) -> impl Iterator<Item = (&str, &str, &str)> {
    tree.iter().filter(|(path, _)| *path != ERRORS).filter_map(|(path, text)| {
        let code = path.strip_prefix("docs/errors/")?.strip_suffix(".md")?;
        Some((path, code, text))
    })
}

fn title<'a>(code: &str, text: &'a str) -> Option<&'a str> {
    text.lines().next()?.strip_prefix("# ")?.strip_prefix(code)?.strip_prefix(": ")
}

fn error_index(tree: &Tree) -> String {
    let mut index =
        "# Errors\n\nEvery code that an answer or a log line can carry, with what to do about it. \
                     Made by `cargo xtask tidy --write` from the pages beside it.\n\n"
            .to_owned();
    for (_, code, text) in error_pages(tree) {
        let title = title(code, text).unwrap_or_default();
        writeln!(index, "* [`{code}`]({code}.md): {title}").expect("a string takes all");
    }
    index
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deterministic_crates_have_the_bans() {
        let manifest = ("crates/windows/Cargo.toml", "");
        assert!(check(&Tree::of(&[manifest]))[0].path.ends_with("windows/clippy.toml"));
        assert_eq!(check(&Tree::of(&[manifest, ("crates/windows/clippy.toml", BANS)])), []);
        assert_eq!(check(&Tree::of(&[manifest, ("crates/windows/clippy.toml", "")])).len(), 1);
        assert_eq!(check(&Tree::of(&[("crates/serve/Cargo.toml", "")])), []);
    }

    #[test]
    fn the_bans_name_what_breaks_a_replay_and_the_way_out() {
        let table: toml::Table = BANS.parse().expect("the bans are TOML");
        let entries = |key: &str| table[key].as_array().expect("a list").clone();
        let all = [entries("disallowed-methods"), entries("disallowed-types")].concat();
        let paths: Vec<&str> = all.iter().filter_map(|entry| entry["path"].as_str()).collect();
        for path in [
            "std::time::SystemTime::now",
            "std::time::Instant::now",
            "std::env::var",
            "std::thread::spawn",
            "std::fs::File",
            "std::collections::HashMap",
        ] {
            assert!(paths.contains(&path), "{path}");
        }
        assert!(all.iter().all(|entry| entry["reason"].as_str().is_some_and(|reason| reason.len() > 10)));
    }

    #[test]
    fn the_index_of_errors_follows_the_pages() {
        let page = ("docs/errors/conflict.md", "# conflict: an event came twice\n\nText.\n");
        let mut tree = Tree::of(&[page]);
        assert_eq!(check(&tree).len(), 1);
        let index = error_index(&tree);
        assert!(index.contains("* [`conflict`](conflict.md): an event came twice\n"), "{index}");
        tree.insert(ERRORS, &index);
        assert_eq!(check(&tree), []);
        tree.insert("docs/errors/other.md", "# Other\n");
        let findings = check(&tree);
        assert_eq!(findings.len(), 2);
        assert!(findings[0].message.contains("must start with `# other: `"));
    }
}
