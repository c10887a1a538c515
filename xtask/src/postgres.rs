//! Finds PostgreSQL's server programs, which Debian keeps off the search path.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

/// The folder that holds `initdb`, `postgres` and `pg_ctl`; the newest version first, then the search path.
pub fn binaries() -> Option<PathBuf> {
    let versions = installed_versions(Path::new("/usr/lib/postgresql"));
    let search =
        env::var_os("PATH").map(|path| env::split_paths(&path).collect::<Vec<_>>()).unwrap_or_default();
    versions.into_iter().chain(search).find(|folder| is_complete(folder))
}

/// The `bin` folders below Debian's `folder`, newest version first.
fn installed_versions(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut versions: Vec<u32> =
        entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    versions.sort_unstable_by(|left, right| right.cmp(left));
    versions.into_iter().map(|version| folder.join(version.to_string()).join("bin")).collect()
}

fn is_complete(folder: &Path) -> bool {
    ["initdb", "postgres", "pg_ctl"].iter().all(|program| folder.join(program).exists())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_version_comes_first() {
        let folder = env::temp_dir().join(format!("mitra-xtask-postgres-{}", std::process::id()));
        for version in ["9", "15", "17", "common"] {
            fs::create_dir_all(folder.join(version).join("bin")).expect("the temporary folder is ours");
        }
        let found = installed_versions(&folder);
        let names: Vec<_> = found.iter().map(|path| path.strip_prefix(&folder).expect("below")).collect();
        assert_eq!(names, [Path::new("17/bin"), Path::new("15/bin"), Path::new("9/bin")]);
        assert!(!is_complete(&found[0]));
        for program in ["initdb", "postgres", "pg_ctl"] {
            fs::write(found[0].join(program), "").expect("writable");
        }
        assert!(is_complete(&found[0]));
        fs::remove_dir_all(&folder).expect("removable");
    }
}
