//! Finds the browser that looks at the console's pages.

use std::{
    env,
    path::{Path, PathBuf},
};

/// What Chromium is called, Debian's name first.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Chromium's program on the search path.
pub fn chromium() -> Option<PathBuf> {
    let search = env::var_os("PATH")?;
    let folders: Vec<PathBuf> = env::split_paths(&search).collect();
    first(&folders)
}

fn first(folders: &[PathBuf]) -> Option<PathBuf> {
    let candidates = NAMES.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    candidates.into_iter().find(|path: &PathBuf| Path::is_file(path))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_first_name_counts_before_the_first_folder() {
        let folder = env::temp_dir().join(format!("mitra-xtask-browser-{}", std::process::id()));
        let folders = [folder.join("a"), folder.join("b")];
        folders.iter().for_each(|folder| fs::create_dir_all(folder).expect("the temporary folder is ours"));
        assert_eq!(first(&folders), None);
        fs::write(folders[0].join("google-chrome"), "").expect("writable");
        assert_eq!(first(&folders), Some(folders[0].join("google-chrome")));
        fs::write(folders[1].join("chromium"), "").expect("writable");
        assert_eq!(first(&folders), Some(folders[1].join("chromium")));
        fs::remove_dir_all(&folder).expect("removable");
    }
}
