//! The SQL files of a project, and those that only look like some.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use sql::Source;

/// Files and folders that are looked at for SQL that is not read.
const LOOKED_AT_MAX: usize = 10_000;
/// Files that are told at most.
const IGNORED_MAX: usize = 20;

/// All `.sql` files directly in the folder, by name.
pub fn read(root: &Path) -> Result<Vec<Source>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(root).with_context(|| format!("cannot read {}", root.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "sql") {
            paths.push(path);
        }
    }
    paths.sort();
    paths.into_iter().map(|path| read_one(root, &path)).collect()
}

fn read_one(root: &Path, path: &Path) -> Result<Source> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let name = path.strip_prefix(root).unwrap_or(path).display().to_string();
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Source { path: name, text }),
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let before = String::from_utf8_lossy(&error.as_bytes()[..valid]).into_owned();
            let line = 1 + before.matches('\n').count();
            let column = 1 + before.rsplit('\n').next().unwrap_or_default().chars().count();
            let byte = error.as_bytes()[valid];
            bail!("{name}:{line}:{column}: byte {byte:#04x} is not UTF-8; save the file as UTF-8")
        }
    }
}

/// SQL files in subfolders, the data directory's excepted, and those with another spelling of the extension, relative to
/// the folder. A long search ends early.
pub fn ignored(root: &Path, data: &Path) -> Vec<PathBuf> {
    let mut ignored = Vec::new();
    let mut folders = vec![root.to_owned()];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        // A folder that cannot be read holds nothing that somebody could mean.
        for path in fs::read_dir(&folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
            seen += 1;
            if seen > LOOKED_AT_MAX || ignored.len() == IGNORED_MAX {
                ignored.sort();
                return ignored;
            }
            let name = path.file_name().unwrap_or_default().as_encoded_bytes();
            if path.is_dir() {
                if !path.is_symlink() && !name.starts_with(b".") && path != data {
                    folders.push(path);
                }
                continue;
            }
            let extension = path.extension().unwrap_or_default();
            let is_read = folder == root && extension == "sql";
            if extension.eq_ignore_ascii_case("sql") && !is_read {
                ignored.push(path.strip_prefix(root).unwrap_or(&path).to_owned());
            }
        }
    }
    ignored.sort();
    ignored
}
