//! The repository's text files in memory, so that every check is a pure function that a test can feed by hand.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::Context as _;

/// Text files by their path from the root, with `/` between parts.
#[derive(Debug, Default)]
pub struct Tree {
    files: BTreeMap<String, String>,
}

/// A violated rule at a place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Path from the root.
    pub path: String,
    /// Counted from 1.
    pub line: usize,
    /// What is wrong, and the remedy.
    pub message: String,
}

/// A package of the workspace.
#[derive(Debug)]
pub struct Package<'a> {
    /// `crates/types`.
    pub folder: &'a str,
    /// Text of its `Cargo.toml`.
    pub manifest: &'a str,
}

impl Finding {
    /// A violated rule at `line` of `path`.
    pub fn new(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, message: message.into() }
    }
}

impl Tree {
    /// Reads the Rust, TOML and Markdown files below `root`, leaving out hidden folders and build results.
    pub fn read(root: &Path) -> anyhow::Result<Self> {
        let mut tree = Self::default();
        tree.read_folder(root, "")?;
        Ok(tree)
    }

    fn read_folder(&mut self, root: &Path, folder: &str) -> anyhow::Result<()> {
        let path = root.join(folder);
        for entry in fs::read_dir(&path).with_context(|| format!("cannot list {}", path.display()))? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let below = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            if entry.file_type()?.is_dir() {
                if !name.starts_with('.') && name != "target" {
                    self.read_folder(root, &below)?;
                }
            } else if [".rs", ".toml", ".md"].iter().any(|ending| name.ends_with(ending)) {
                let text = fs::read_to_string(entry.path())
                    .with_context(|| format!("cannot read {below}: source files are UTF-8"))?;
                self.files.insert(below, text);
            }
        }
        Ok(())
    }

    /// The text of the file at `path`.
    pub fn get(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// Paths and texts in order of path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// All Rust files.
    pub fn rust(&self) -> impl Iterator<Item = (&str, &str)> {
        self.iter().filter(|(path, _)| path.ends_with(".rs"))
    }

    /// The Rust files below `folder`.
    pub fn rust_below<'a>(&'a self, folder: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let prefix = format!("{folder}/");
        self.rust().filter(move |(path, _)| path.starts_with(&prefix))
    }

    /// All packages but the virtual root.
    pub fn packages(&self) -> impl Iterator<Item = Package<'_>> {
        self.iter().filter_map(|(path, manifest)| {
            let folder = path.strip_suffix("/Cargo.toml")?;
            Some(Package { folder, manifest })
        })
    }

    /// The packages in `crates/`, by name.
    pub fn crates(&self) -> impl Iterator<Item = (&str, Package<'_>)> {
        self.packages().filter_map(|package| {
            let name = package.folder.strip_prefix("crates/")?;
            Some((name, package))
        })
    }
}

#[cfg(test)]
impl Tree {
    /// A tree of the given files.
    pub fn of(files: &[(&str, &str)]) -> Self {
        let mut tree = Self::default();
        for (path, text) in files {
            tree.insert(path, text);
        }
        tree
    }

    /// Adds or replaces a file.
    pub fn insert(&mut self, path: &str, text: &str) {
        self.files.insert(path.to_owned(), text.to_owned());
    }
}

/// The line, counted from 1, that contains byte `offset` of `text`.
pub fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes()[..offset].iter().filter(|byte| **byte == b'\n').count() + 1
}
