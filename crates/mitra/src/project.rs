//! A project folder: `mitra.toml`, the SQL files and the files that statements name.

#[cfg(test)]
mod reference;

use std::{
    env, fs,
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, Result, bail};
use runtime::{clock::FastClock, processor::BATCH_EVENTS_MAX};
use serde::{Deserialize, Serialize};
use sql::{Files, Source};

use crate::{screen::LogFormat, token_key};

use crate::sources;

/// The configuration file's name.
pub const CONFIGURATION: &str = "mitra.toml";

/// The environment's token goes before the configuration's, so that no secret has to stand in a file that is kept with
/// the project.
pub const TOKEN_VARIABLE: &str = "MITRA_TOKEN";

/// A day in less than a tenth of a second.
const CLOCK_SPEED_MAX: u32 = 1_000_000;

/// `mitra.toml`.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Configuration {
    /// `[project]`.
    pub project: ProjectSection,
    /// `[server]`.
    pub server: ServerSection,
    /// `[data]`.
    pub data: DataSection,
    /// `[pii]`.
    pub pii: PiiSection,
    /// `[engine]`.
    pub engine: EngineSection,
    /// `[query]`.
    pub query: QuerySection,
    /// `[log]`.
    pub log: LogSection,
    /// `[[watch]]`.
    pub watch: Vec<WatchSection>,
    /// `[demo]`.
    pub demo: Option<DemoSection>,
    /// `[clock]`.
    pub clock: Option<ClockSection>,
}

/// `[project]`.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProjectSection {
    /// Shown to people.
    pub name: String,
}

/// `[server]`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServerSection {
    /// Address and port of the HTTP API.
    pub listen: String,
    /// What callers present; required for any address but loopback.
    pub token: Option<String>,
    /// A file that holds the token instead, relative to the project.
    pub token_file: Option<PathBuf>,
    /// Events that may wait for the engine before callers are told to come back.
    pub queue_len_max: usize,
}

/// `[data]`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct DataSection {
    /// Relative to the project.
    pub directory: PathBuf,
    /// Where sealed segments are archived; relative to the project; default `archive` in the data directory. On the same
    /// file system they take no second space, on another they are a copy.
    pub archive: Option<PathBuf>,
    /// MiB that the data directory may have; from then on no event is taken, until some are gone or this is raised. Without
    /// it, as many as the disk has.
    pub disk_mib_max: Option<u64>,
    /// Events between two checkpoints; 0 takes none but at a clean stop.
    pub checkpoint_events: u64,
    /// Seconds after which one is taken when there were any events.
    pub checkpoint_seconds: u32,
}

/// `[pii]`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct PiiSection {
    /// The key of the tokens, relative to the project; made at the first start.
    pub key_file: PathBuf,
}

/// `[engine]`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct EngineSection {
    /// Threads of the engine; 0 is one for each core.
    pub threads: usize,
    /// Events in one frame of the log at most. No result depends on it.
    pub batch_events_max: usize,
}

/// `[query]`: the SQL endpoint, which is another program.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct QuerySection {
    /// Address and port of the SQL endpoint.
    pub listen: String,
    /// Whether `mitra up` and `mitra run` start it, where it is built.
    pub start: bool,
}

/// `[log]`: how `mitra up` and `mitra run` tell what happens.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogSection {
    /// Sentences for people, or one JSON object a line on standard error.
    pub format: LogFormat,
}

/// `[[watch]]`: files that appear in a folder become events of a stream.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct WatchSection {
    /// The stream.
    pub stream: String,
    /// The files, relative to the project; the last part may have `*`s: `incoming/*.ndjson`.
    pub files: String,
    /// Seconds after which a file that has not changed is whole.
    #[serde(default = "settle_seconds")]
    pub settle_seconds: u32,
}

fn settle_seconds() -> u32 {
    2
}

/// `[demo]`: made-up traffic that `mitra up` sends.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DemoSection {
    /// Who makes the traffic.
    pub generator: DemoGenerator,
    /// Payments a second.
    #[serde(default = "demo_rate")]
    pub rate: u32,
    /// How much traffic comes before the first start, so that windows are not empty.
    #[serde(default)]
    pub history_minutes: u32,
    /// Seed of the generator.
    #[serde(default)]
    pub seed: u64,
}

/// Who makes demo traffic.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DemoGenerator {
    /// The gateway of `examples/payments`.
    Payments,
}

/// `[clock]`: a clock that runs faster than the machine's, for trials: months of windows and retention pass in minutes. Data that was
/// written under it is ahead of the machine's clock for ever.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ClockSection {
    /// When it begins to run faster, with its zone: `2026-01-02T03:04:05Z`. Before, it is the machine's.
    pub from: String,
    /// Seconds that pass in one of the machine's.
    pub speed: u32,
}

impl ClockSection {
    fn clock(&self) -> Result<FastClock> {
        let Some(from) = types::time::parse_timestamp(&self.from) else {
            bail!(
                "`from` in [clock] is \"{}\"; write a time with its zone: \"2026-01-02T03:04:05Z\"",
                self.from
            )
        };
        if !(1..=CLOCK_SPEED_MAX).contains(&self.speed) {
            bail!("`speed` in [clock] is {}; write a number from 1 to {CLOCK_SPEED_MAX}", self.speed)
        }
        Ok(FastClock { from, speed: self.speed })
    }
}

fn demo_rate() -> u32 {
    200
}

impl Default for ServerSection {
    fn default() -> Self {
        Self { listen: "127.0.0.1:7400".to_owned(), token: None, token_file: None, queue_len_max: 65_536 }
    }
}

impl Default for QuerySection {
    fn default() -> Self {
        Self { listen: "127.0.0.1:7432".to_owned(), start: true }
    }
}

impl Default for EngineSection {
    fn default() -> Self {
        Self { threads: 0, batch_events_max: BATCH_EVENTS_MAX }
    }
}

impl Default for DataSection {
    fn default() -> Self {
        Self {
            directory: PathBuf::from("mitra-data"),
            archive: None,
            disk_mib_max: None,
            checkpoint_events: 2_000_000,
            checkpoint_seconds: 300,
        }
    }
}

impl Default for PiiSection {
    fn default() -> Self {
        Self { key_file: PathBuf::from("pii.key") }
    }
}

/// A project read from its folder.
#[derive(Debug)]
pub struct Project {
    /// The folder.
    pub root: PathBuf,
    /// `mitra.toml`.
    pub configuration: Configuration,
    /// SQL files by name, relative to the folder.
    pub sources: Vec<Source>,
    /// What arrivals are stamped with.
    pub clock: FastClock,
}

impl Project {
    /// Reads the folder's configuration and all `.sql` files directly in it.
    pub fn open(root: &Path) -> Result<Self> {
        let path = root.join(CONFIGURATION);
        if !path.is_file() {
            bail!(
                "{} is not a Mitra project: it has no {CONFIGURATION}; make one with `mitra init {}`",
                root.display(),
                root.display()
            );
        }
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let configuration: Configuration =
            toml::from_str(&text).with_context(|| format!("in {}", path.display()))?;
        let batch = configuration.engine.batch_events_max;
        if !(1..=BATCH_EVENTS_MAX).contains(&batch) {
            bail!(
                "in {}: batch_events_max is {batch}; write a number from 1 to {BATCH_EVENTS_MAX}",
                path.display()
            );
        }
        let clock = configuration.clock.as_ref().map_or(Ok(FastClock::default()), ClockSection::clock);
        let clock = clock.with_context(|| format!("in {}", path.display()))?;
        Ok(Self { root: root.to_owned(), configuration, sources: sources::read(root)?, clock })
    }

    /// Says which files look like SQL and are not read.
    pub fn warn(&self) {
        for path in sources::ignored(&self.root, &self.data_directory()) {
            complain!("file_ignored", file = path.display();
                "warning: {} is not read: a project's statements stand in .sql files directly in its folder; move or \
                 rename it",
                path.display()
            );
        }
    }

    /// The data directory.
    pub fn data_directory(&self) -> PathBuf {
        self.root.join(&self.configuration.data.directory)
    }

    /// Where sealed segments of the data directory `data` are archived.
    pub fn archive_directory(&self, data: &Path) -> PathBuf {
        let configured = self.configuration.data.archive.as_ref();
        configured.map_or_else(|| data.join("archive"), |archive| self.root.join(archive))
    }

    /// Files named by the project's statements, when its data is in `data`.
    pub fn files(&self, data: &Path) -> ProjectFiles {
        ProjectFiles { root: self.root.clone(), protected: self.protected(data) }
    }

    /// What no sink may write to, when the project's data is in `data`.
    pub fn protected(&self, data: &Path) -> Protected {
        let folders = vec![resolved(data), resolved(&self.archive_directory(data))];
        Protected { root: self.root.clone(), folders }
    }

    /// What callers of the API present: the environment's token, the file's, or the configuration's.
    ///
    /// # Errors
    /// Two of the configuration's settings say so, or the file cannot be read.
    pub fn server_token(&self) -> Result<Option<String>> {
        let ServerSection { token, token_file, .. } = &self.configuration.server;
        if token.is_some() && token_file.is_some() {
            bail!(
                "{} sets both `token` and `token_file` in [server]; keep one",
                self.root.join(CONFIGURATION).display()
            );
        }
        match (env::var(TOKEN_VARIABLE), token_file) {
            (Ok(token), _) => Ok(Some(token.trim().to_owned())),
            (Err(env::VarError::NotUnicode(_)), _) => {
                bail!("{TOKEN_VARIABLE} is not UTF-8; set another token")
            }
            (Err(env::VarError::NotPresent), None) => Ok(token.clone()),
            (Err(env::VarError::NotPresent), Some(file)) => {
                let path = self.root.join(file);
                let text = fs::read_to_string(&path);
                let text =
                    text.with_context(|| format!("cannot read the `token_file` {}", path.display()))?;
                token_key::warn_if_shared(&path);
                Ok(Some(text.trim().to_owned()))
            }
        }
    }

    /// Where the key of the tokens is.
    pub fn key_file(&self) -> PathBuf {
        self.root.join(&self.configuration.pii.key_file)
    }

    /// The key of the tokens, which opening the data directory has settled.
    pub fn pii_key(&self) -> Result<Vec<u8>> {
        let path = self.key_file();
        token_key::read(&path)?.with_context(|| format!("{} is missing", path.display()))
    }
}

/// Files below a project's folder.
#[derive(Clone, Debug)]
pub struct ProjectFiles {
    root: PathBuf,
    protected: Protected,
}

impl Files for ProjectFiles {
    fn read(&self, path: &str) -> Result<Arc<[u8]>, String> {
        let relative = Path::new(path);
        let inside =
            relative.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        if !inside {
            return Err(format!("{path} is outside the project; paths are relative to the project's folder"));
        }
        let full = self.root.join(relative);
        match fs::read(&full) {
            Ok(bytes) => Ok(bytes.into()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Err(format!("{} does not exist; paths are relative to the project's folder", full.display()))
            }
            Err(error) => Err(format!("cannot read {}: {error}", full.display())),
        }
    }

    fn may_write(&self, path: &str) -> Result<(), String> {
        self.protected.may_write(path)
    }
}

/// Folders that are the program's own: a sink in them would write over the log.
#[derive(Clone, Debug)]
pub struct Protected {
    root: PathBuf,
    folders: Vec<PathBuf>,
}

impl Protected {
    /// See [`Files::may_write`].
    pub fn may_write(&self, path: &str) -> Result<(), String> {
        let path = resolved(&self.root.join(path));
        match self.folders.iter().find(|folder| path.starts_with(folder)) {
            Some(folder) => {
                Err(format!("{} is the data directory or the archive of its log", folder.display()))
            }
            None => Ok(()),
        }
    }
}

/// A path as the system sees it, links followed as far as it exists.
fn resolved(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut missing = Vec::new();
    let mut known = absolute.as_path();
    loop {
        match (fs::canonicalize(known), known.parent(), known.file_name()) {
            (Ok(known), ..) => return missing.iter().rev().fold(known, |path, name| path.join(name)),
            (Err(_), Some(parent), Some(name)) => {
                missing.push(name.to_owned());
                known = parent;
            }
            (Err(_), ..) => return absolute,
        }
    }
}
