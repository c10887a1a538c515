//! Files that are made from others, checked in, and compared: lint bans and the index of errors.

use std::{fs, path::Path};

use anyhow::Context as _;

use crate::{
    layers::DETERMINISTIC,
    tidy::error_pages,
    tree::{Finding, Tree},
};

/// The bans of the deterministic crates, written once for all of them.
const BANS: &str = include_str!("../../deterministic.clippy.toml");

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

/// Generated files that differ from what they are made from.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let stale = expected(tree).into_iter().filter(|(path, text)| tree.get(path) != Some(text));
    let message = "differs from what it is made from: `cargo xtask tidy --write`";
    stale.map(|(path, _)| Finding::new(&path, 1, message)).collect()
}

fn expected(tree: &Tree) -> Vec<(String, String)> {
    let deterministic = tree.crates().filter(|(name, _)| DETERMINISTIC.contains(name));
    let bans = deterministic.map(|(_, package)| (format!("{}/clippy.toml", package.folder), BANS.to_owned()));
    let mut files: Vec<_> = bans.collect();
    files.extend(error_pages::index(tree).map(|index| (error_pages::INDEX.to_owned(), index)));
    files
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
    fn the_index_of_errors_is_current() {
        let mut tree = Tree::of(&[("docs/errors/conflict.md", "# conflict: an event came twice\n")]);
        assert_eq!(check(&tree).len(), 1);
        tree.insert(error_pages::INDEX, &error_pages::index(&tree).expect("there is a page"));
        assert_eq!(check(&tree), []);
    }
}
