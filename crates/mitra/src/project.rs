//! A project folder: `mitra.toml`, the SQL files and the files that statements name.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, Result, bail};
use ingest::tokens::TokenKey;
use runtime::processor::BATCH_EVENTS_MAX;
use serde::Deserialize;
use sql::{Files, Source};
use types::{Column, DataType, Value};

/// The configuration file's name.
pub const CONFIGURATION: &str = "mitra.toml";

/// `mitra.toml`.
#[derive(Clone, Debug, Default, Deserialize)]
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
    /// `[demo]`.
    pub demo: Option<DemoSection>,
}

/// `[project]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProjectSection {
    /// Shown to people.
    pub name: String,
}

/// `[server]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServerSection {
    /// Address and port of the HTTP API.
    pub listen: String,
    /// Required for any address but loopback.
    pub token: Option<String>,
    /// Events that may wait for the engine before callers are told to come back.
    pub queue_len_max: usize,
}

/// `[data]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DataSection {
    /// Relative to the project.
    pub directory: PathBuf,
    /// Where sealed segments are archived; relative to the project; default `archive` in the data directory.
    pub archive: Option<PathBuf>,
    /// Events between two checkpoints.
    pub checkpoint_events: u64,
}

/// `[pii]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PiiSection {
    /// The key of the tokens, relative to the project; made at the first start.
    pub key_file: PathBuf,
}

/// `[engine]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EngineSection {
    /// Threads of the engine; 0 is one for each core.
    pub threads: usize,
    /// Events in one frame of the log at most. No result depends on it.
    pub batch_events_max: usize,
}

/// `[demo]`: made-up traffic that `mitra up` sends.
#[derive(Clone, Debug, Deserialize)]
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
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DemoGenerator {
    /// The gateway of `examples/payments`.
    Payments,
}

fn demo_rate() -> u32 {
    200
}

impl Default for ServerSection {
    fn default() -> Self {
        Self { listen: "127.0.0.1:7400".to_owned(), token: None, queue_len_max: 65_536 }
    }
}

impl Default for EngineSection {
    fn default() -> Self {
        Self { threads: 0, batch_events_max: BATCH_EVENTS_MAX }
    }
}

impl Default for DataSection {
    fn default() -> Self {
        Self { directory: PathBuf::from("mitra-data"), archive: None, checkpoint_events: 2_000_000 }
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
        Ok(Self { root: root.to_owned(), configuration, sources: sql_files(root)? })
    }

    /// The data directory.
    pub fn data_directory(&self) -> PathBuf {
        self.root.join(&self.configuration.data.directory)
    }

    /// Files named by the project's statements.
    pub fn files(&self) -> ProjectFiles {
        ProjectFiles { root: self.root.clone() }
    }

    /// What a sensitive column holds instead of `value`.
    pub fn token(&self, value: &str) -> Result<String> {
        let mut column = Column::new(DataType::Text);
        column.push(Some(&Value::Text(value.to_owned())));
        ingest::tokens::apply_column(&TokenKey::new(&self.pii_key()?), &mut column);
        Ok(column.value(0).map(|token| token.to_string()).unwrap_or_default())
    }

    /// The key of the tokens, made when it is absent.
    pub fn pii_key(&self) -> Result<Vec<u8>> {
        let path = self.root.join(&self.configuration.pii.key_file);
        if path.exists() {
            let key = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            if key.len() < 32 {
                bail!("{} has {} bytes; a token key needs at least 32", path.display(), key.len());
            }
            return Ok(key);
        }
        let key = random_key().context("cannot read random bytes for a token key")?;
        write_private(&path, &key).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(key)
    }
}

fn random_key() -> std::io::Result<Vec<u8>> {
    use std::io::Read as _;
    let mut bytes = [0; 32];
    fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into_bytes())
}

/// Writes a file that only its owner reads, complete and durable under its name or not at all: events whose tokens are
/// in the log can be recognised only with this key.
fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::{io::Write as _, os::unix::fs::OpenOptionsExt as _};
    let unfinished = path.with_extension("new");
    let mut options = fs::OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    fs::File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

fn sql_files(root: &Path) -> Result<Vec<Source>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(root).with_context(|| format!("cannot read {}", root.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "sql") {
            names.push(path);
        }
    }
    names.sort();
    names.into_iter().map(|path| read_source(root, &path)).collect()
}

fn read_source(root: &Path, path: &Path) -> Result<Source> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let name = path.strip_prefix(root).unwrap_or(path).display().to_string();
    Ok(Source { path: name, text })
}

/// Files below a project's folder.
#[derive(Clone, Debug)]
pub struct ProjectFiles {
    root: PathBuf,
}

impl Files for ProjectFiles {
    fn read(&self, path: &str) -> Result<Arc<[u8]>, String> {
        let relative = Path::new(path);
        let inside = relative
            .components()
            .all(|part| matches!(part, std::path::Component::Normal(_) | std::path::Component::CurDir));
        if !inside {
            return Err(format!("{path} is outside the project; paths are relative to the project's folder"));
        }
        let full = self.root.join(relative);
        match fs::read(&full) {
            Ok(bytes) => Ok(bytes.into()),
            Err(error) => Err(format!("cannot read {}: {error}", full.display())),
        }
    }
}
