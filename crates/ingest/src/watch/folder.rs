//! The files of a folder that match a name with `*`, and where they go when they are read.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fs, io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    time::{Duration, Instant, SystemTime},
};

/// What follows the name of a file that says what is wrong with the one of that name.
const ERRORS: &str = ".errors.ndjson";
/// Extensions of the formats that can be read.
const EXTENSIONS: [&str; 4] = ["csv", "ndjson", "jsonl", "parquet"];

/// A name that cannot be watched for.
#[derive(Debug, thiserror::Error)]
pub enum NameError {
    /// The folder has a `*`.
    #[error("only the name of a file may have a *, as in incoming/*.ndjson")]
    Folder,
    /// No format.
    #[error("the name has to end in .csv, .ndjson, .jsonl or .parquet, as in incoming/*.ndjson")]
    Extension,
}

/// What becomes of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All its rows were taken.
    Done,
    /// None of them was.
    Failed,
}

impl Outcome {
    /// The folder for such files, below the one that is watched.
    pub fn folder(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }
}

/// A file as it was when it was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its name in the folder.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// When it was changed last: nanoseconds since 1970.
    pub modified: i128,
    /// Its number in the file system.
    pub inode: u64,
}

/// A watched folder.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// The parts of the name between its `*`s.
    pattern: Vec<String>,
    settle: Duration,
    /// Files that were seen, and since when each is as it is.
    seen: BTreeMap<String, (Found, Instant)>,
}

impl Folder {
    /// Watches for files whose path is `files`, whose last part may have `*`s. A file is whole when it has not changed for
    /// `settle`.
    ///
    /// # Errors
    /// A `*` in a folder's name, and a name that says no format.
    pub fn new(files: &Path, settle: Duration) -> Result<Self, NameError> {
        let name = files.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let path = files.parent().map(Path::to_path_buf).unwrap_or_default();
        if path.to_string_lossy().contains('*') {
            return Err(NameError::Folder);
        }
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension).to_ascii_lowercase();
        if !EXTENSIONS.contains(&extension.as_str()) {
            return Err(NameError::Extension);
        }
        let pattern = name.split('*').map(str::to_owned).collect();
        Ok(Self { path, pattern, settle, seen: BTreeMap::new() })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes the folder and those for its files' outcomes, where they are missing.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn make(&self) -> io::Result<()> {
        [Outcome::Done, Outcome::Failed]
            .into_iter()
            .try_for_each(|outcome| fs::create_dir_all(self.path.join(outcome.folder())))
    }

    /// The files that are whole, by name, and how many are not yet.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn look(&mut self) -> io::Result<(Vec<Found>, usize)> {
        let mut present = BTreeMap::new();
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            if !self.matches(&name) {
                continue;
            }
            // A file that is gone since the folder was read is nobody's any more.
            let Some(found) = found(&entry.path(), name)? else { continue };
            let since = match self.seen.get(&found.name) {
                Some((before, since)) if *before == found => *since,
                _ => Instant::now(),
            };
            present.insert(found.name.clone(), (found, since));
        }
        self.seen = present;
        let whole = |(found, since): &&(Found, Instant)| {
            // One that was renamed into place has its time of change from before. A clock that is ahead does no harm: what is
            // seen unchanged is whole as well.
            since.elapsed() >= self.settle || age(found) >= self.settle
        };
        let ready: Vec<Found> = self.seen.values().filter(whole).map(|(found, _)| found.clone()).collect();
        let waiting = self.seen.len() - ready.len();
        Ok((ready, waiting))
    }

    /// Whether a file was there, as it is given, when the folder was last looked at.
    pub fn has(&self, file: &Found) -> bool {
        self.seen.get(&file.name).is_some_and(|(found, _)| found == file)
    }

    /// Whether a name is one that is watched for. What begins with a dot is not, nor what says what is wrong with a file.
    fn matches(&self, name: &str) -> bool {
        if name.starts_with('.') || name.ends_with(ERRORS) {
            return false;
        }
        let [first, rest @ ..] = &self.pattern[..] else { return false };
        let Some(mut name) = name.strip_prefix(first.as_str()) else { return false };
        let Some((last, middle)) = rest.split_last() else { return name.is_empty() };
        for part in middle {
            let Some(at) = name.find(part.as_str()) else { return false };
            name = &name[at + part.len()..];
        }
        name.ends_with(last.as_str())
    }

    /// A name of a file that both watch for, if there is one.
    ///
    /// # Errors
    /// Those of the file system, which says whether two paths are one folder.
    pub fn common_name(&self, other: &Self) -> io::Result<Option<String>> {
        if fs::canonicalize(&self.path)? != fs::canonicalize(&other.path)? {
            return Ok(None);
        }
        let [one, two] = [self, other].map(|folder| folder.pattern.join("*").chars().collect::<Vec<char>>());
        let name = common_match(&one, &two).map(|name| {
            // Both begin with a `*` then, which may stand for a letter.
            if name.starts_with('.') { format!("a{name}") } else { name }
        });
        Ok(name.filter(|name| self.matches(name) && other.matches(name)))
    }

    /// Whether a file is still what it was.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn is_unchanged(&self, file: &Found) -> io::Result<bool> {
        Ok(found(&self.path.join(&file.name), file.name.clone())?.as_ref() == Some(file))
    }

    /// Where what is wrong with a file is written.
    pub fn errors(&self, name: &str) -> PathBuf {
        self.path.join(format!("{name}{ERRORS}"))
    }

    /// Moves a file, and what is said to be wrong with it, to the folder of its outcome, under another name where that one is
    /// taken. Returns where it is now.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn finish(&self, name: &str, outcome: Outcome) -> io::Result<PathBuf> {
        let folder = self.path.join(outcome.folder());
        fs::create_dir_all(&folder)?;
        let free = (0_u64..).map(|number| match number {
            0 => name.to_owned(),
            _ => numbered(name, number),
        });
        let is_free = |target: &String| {
            !folder.join(target).exists() && !folder.join(format!("{target}{ERRORS}")).exists()
        };
        let target = free.into_iter().find(is_free).expect("numbers go on for ever");
        let errors = self.errors(name);
        if errors.exists() {
            fs::rename(&errors, folder.join(format!("{target}{ERRORS}")))?;
        }
        let target = folder.join(target);
        fs::rename(self.path.join(name), &target)?;
        for folder in [&folder, &self.path] {
            fs::File::open(folder)?.sync_all()?;
        }
        Ok(target)
    }
}

/// A text that two patterns match, in which `*` stands for any text; a short one, since people read it.
fn common_match(one: &[char], two: &[char]) -> Option<String> {
    let mut reached = BTreeSet::from([(0, 0)]);
    let mut next = VecDeque::from([((0, 0), String::new())]);
    // A step without a letter goes first: it makes the text no longer.
    while let Some(((at, other_at), text)) = next.pop_front() {
        let (letter, other) = (one.get(at), two.get(other_at));
        if letter.is_none() && other.is_none() {
            return Some(text);
        }
        let mut steps = Vec::new();
        if letter == Some(&'*') {
            steps.push(((at + 1, other_at), None));
            steps
                .extend(other.filter(|other| **other != '*').map(|other| ((at, other_at + 1), Some(*other))));
        }
        if other == Some(&'*') {
            steps.push(((at, other_at + 1), None));
            steps.extend(
                letter.filter(|letter| **letter != '*').map(|letter| ((at + 1, other_at), Some(*letter))),
            );
        }
        if letter == other && letter != Some(&'*') {
            steps.push(((at + 1, other_at + 1), letter.copied()));
        }
        for (place, letter) in steps.into_iter().filter(|(place, _)| reached.insert(*place)) {
            let text = text.chars().chain(letter).collect();
            if letter.is_none() { next.push_front((place, text)) } else { next.push_back((place, text)) }
        }
    }
    None
}

/// `a.2.csv` for `a.csv`.
fn numbered(name: &str, number: u64) -> String {
    match name.rsplit_once('.') {
        Some((stem, extension)) => format!("{stem}.{number}.{extension}"),
        None => format!("{name}.{number}"),
    }
}

fn found(path: &Path, name: String) -> io::Result<Option<Found>> {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let modified = i128::from(metadata.mtime()) * 1_000_000_000 + i128::from(metadata.mtime_nsec());
    let found = Found { name, bytes: metadata.len(), modified, inode: metadata.ino() };
    Ok(metadata.is_file().then_some(found))
}

fn age(found: &Found) -> Duration {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let age = i128::try_from(now.as_nanos()).unwrap_or(i128::MAX) - found.modified;
    Duration::from_nanos(u64::try_from(age).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &str) -> Folder {
        Folder::new(Path::new(files), Duration::from_secs(3_600)).expect("it can be watched")
    }

    fn names(folder: &mut Folder) -> (Vec<String>, usize) {
        let (ready, waiting) = folder.look().expect("the folder can be read");
        (ready.into_iter().map(|found| found.name).collect(), waiting)
    }

    #[test]
    fn names_match_as_written() {
        let matches = |pattern: &str, name: &str| folder(&format!("in/{pattern}")).matches(name);
        assert!(matches("*.csv", "a.csv") && matches("a*b*.csv", "a-b-c.csv") && matches("a.csv", "a.csv"));
        assert!(
            !matches("*.csv", "a.csv.part") && !matches("*.csv", ".a.csv") && !matches("a.csv", "a.csv2")
        );
        assert!(!matches("*.ndjson", "a.csv.errors.ndjson") && !matches("ab*ba.csv", "aba.csv"));
    }

    #[test]
    fn names_that_two_watch_for_are_found() {
        let place = tempfile::tempdir().expect("the system gives a folder");
        let common = |one: &str, two: &str| {
            let folders = [one, two].map(|files| folder(&place.path().join(files).display().to_string()));
            folders.iter().for_each(|folder| folder.make().expect("the folder takes folders"));
            let name = folders[0].common_name(&folders[1]).expect("the folders are there");
            for folder in folders.iter().filter(|_| name.is_some()) {
                assert!(
                    folder.matches(name.as_deref().expect("it is there")),
                    "{name:?} is not of {folder:?}"
                );
            }
            name
        };
        for (one, two, is_common) in [
            ("*.csv", "*.csv", true),
            ("p*.csv", "*.csv", true),
            ("p*.csv", "*-late.csv", true),
            ("a*b.csv", "*ab*.csv", true),
            ("in/../x.csv", "x.csv", true),
            ("p*.csv", "l*.csv", false),
            ("*.csv", "*.ndjson", false),
            ("in/*.csv", "other/*.csv", false),
            ("p*.ndjson", "p*.errors.ndjson", false),
            ("x.csv", "y.csv", false),
        ] {
            assert_eq!(common(one, two).is_some(), is_common, "{one} and {two}");
            assert_eq!(common(two, one).is_some(), is_common, "{two} and {one}");
        }
    }

    #[test]
    fn what_cannot_be_watched_is_named() {
        let error =
            |files| Folder::new(Path::new(files), Duration::ZERO).expect_err("it is refused").to_string();
        assert!(error("in/*/a.csv").starts_with("only the name of a file may have a *"));
        assert!(error("in/*.txt").starts_with("the name has to end in .csv"));
    }

    #[test]
    fn a_file_is_whole_when_it_is_old_or_was_seen_unchanged() {
        let place = tempfile::tempdir().expect("the system gives a folder");
        let mut watched = folder(&place.path().join("*.csv").display().to_string());
        let path = place.path().join("a.csv");
        fs::write(&path, "a").expect("the folder takes files");
        assert_eq!(names(&mut watched), (vec![], 1), "it is new");
        // As `mv` from another folder of the same file system leaves it.
        let old = SystemTime::now() - Duration::from_secs(7_200);
        fs::File::options()
            .write(true)
            .open(&path)
            .and_then(|file| file.set_modified(old))
            .expect("it is ours");
        assert_eq!(names(&mut watched), (vec!["a.csv".to_owned()], 0));
        watched.settle = Duration::ZERO;
        fs::write(&path, "ab").expect("the folder takes files");
        assert_eq!(names(&mut watched), (vec!["a.csv".to_owned()], 0));
    }

    #[test]
    fn a_name_that_is_taken_gets_a_number() {
        let place = tempfile::tempdir().expect("the system gives a folder");
        let watched = folder(&place.path().join("*.csv").display().to_string());
        watched.make().expect("the folder takes folders");
        let finish = |outcome| {
            fs::write(place.path().join("a.csv"), "a").expect("the folder takes files");
            let target = watched.finish("a.csv", outcome).expect("it can be moved");
            target.strip_prefix(place.path()).expect("it is inside").display().to_string()
        };
        assert_eq!(finish(Outcome::Done), "done/a.csv");
        assert_eq!(finish(Outcome::Done), "done/a.1.csv");
        fs::write(watched.errors("a.csv"), "{}").expect("the folder takes files");
        assert_eq!(finish(Outcome::Failed), "failed/a.csv");
        assert!(place.path().join("failed/a.csv.errors.ndjson").exists());
    }
}
