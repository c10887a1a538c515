//! Where the project is, and what its `mitra.toml` says about us.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

const CONFIGURATION: &str = "mitra.toml";
const LISTEN: &str = "127.0.0.1:7432";

/// The parts of `mitra.toml` that are ours to read; `mitra` checks the rest.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Configuration {
    server: ServerSection,
    data: DataSection,
    query: QuerySection,
}

#[derive(Debug, Deserialize)]
#[serde(default)]
struct ServerSection {
    listen: String,
    token: Option<String>,
    token_file: Option<PathBuf>,
}

impl Default for ServerSection {
    fn default() -> Self {
        Self { listen: "127.0.0.1:7400".to_owned(), token: None, token_file: None }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct DataSection {
    directory: Option<PathBuf>,
    archive: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct QuerySection {
    listen: Option<String>,
}

/// What a folder says.
#[derive(Debug, Default)]
pub struct Place {
    /// The data directory.
    pub data: PathBuf,
    /// Where the log's segments are archived, when it is said.
    pub archive: Option<PathBuf>,
    /// Where `mitra` listens, when it is said.
    pub url: Option<String>,
    listen: Option<String>,
    token: Option<String>,
    token_file: Option<PathBuf>,
}

impl Place {
    /// A project's folder, or a data directory.
    pub fn find(folder: &Path) -> Result<Self> {
        let path = folder.join(CONFIGURATION);
        if !path.is_file() {
            if folder.join("log").is_dir() {
                return Ok(Self { data: folder.to_owned(), ..Self::default() });
            }
            bail!(
                "{} is neither a project (it has no {CONFIGURATION}) nor a data directory (it has no log); name one, or make a \
                 project with `mitra init`",
                folder.display()
            );
        }
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let Configuration { server, data, query } =
            toml::from_str(&text).with_context(|| format!("in {}", path.display()))?;
        Ok(Self {
            data: folder.join(data.directory.unwrap_or_else(|| "mitra-data".into())),
            archive: data.archive.map(|archive| folder.join(archive)),
            url: Some(format!("http://{}", server.listen)),
            listen: query.listen,
            token: server.token,
            token_file: server.token_file.map(|file| folder.join(file)),
        })
    }

    /// What callers present.
    pub fn token(&self) -> Result<Option<String>> {
        let Some(file) = &self.token_file else { return Ok(self.token.clone()) };
        let text = fs::read_to_string(file);
        let text = text.with_context(|| format!("cannot read the `token_file` {}", file.display()))?;
        Ok(Some(text.trim().to_owned()))
    }

    /// Where to listen.
    pub fn listen(&self) -> Result<SocketAddr> {
        let listen = self.listen.as_deref().unwrap_or(LISTEN);
        listen.parse().with_context(|| {
            format!("`listen` in [query] is {listen:?}; write an address and a port, as in {LISTEN:?}")
        })
    }
}
