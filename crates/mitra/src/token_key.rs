//! The key of the tokens: made once, kept private, and never exchanged for another while the log holds its tokens.
//!
//! With another key every card, account and device is a stranger, and a repeated event is a conflict. So the data
//! directory remembers the key's fingerprint, and is not opened with a key that has another one.

use std::{
    fs,
    io::{self, Read as _, Write as _},
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::Path,
};

use anyhow::{Context as _, Result, bail};
use ingest::tokens::{KEY_BYTES_MIN, TokenKey};

/// The fingerprint's file in the data directory.
const FINGERPRINT: &str = "pii.fingerprint";

/// The rights of a file that only its owner reads.
const PRIVATE: u32 = 0o600;

/// The bits of a file's rights that let others than its owner read it.
const READ_BY_OTHERS: u32 = 0o044;

/// The bytes of the key in `path`, without the white space that editors put at the end; none when there is no file.
///
/// # Errors
/// A file that cannot be read, or that holds too few bytes.
pub fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    let mut key = match fs::read(path) {
        Ok(key) => key,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    key.truncate(key.trim_ascii_end().len());
    if key.len() < KEY_BYTES_MIN {
        bail!(
            "{} has {} bytes and a token key needs at least {KEY_BYTES_MIN}; restore the file from a backup",
            path.display(),
            key.len()
        );
    }
    Ok(Some(key))
}

/// Makes sure that the key in `path` is the one that the tokens in `data` were made with. Where the log holds none, the
/// key is remembered, and made when it is absent.
///
/// # Errors
/// The key is absent or another one and the log holds tokens; and those of the files.
pub fn settle(path: &Path, data: &Path, tokens_in_log: bool) -> Result<()> {
    let key = match read(path)? {
        Some(key) => key,
        None if tokens_in_log => bail!(
            "{} is missing, and {} holds tokens that were made with its key; {}",
            path.display(),
            data.display(),
            remedy(path)
        ),
        None => make(path)?,
    };
    warn_if_shared(path);
    let own = fingerprint(&key);
    match remembered(data)? {
        Some(other) if other == own => Ok(()),
        Some(_) if tokens_in_log => bail!(another(path, data)),
        _ => {
            let path = data.join(FINGERPRINT);
            write_private(&path, format!("{own}\n").as_bytes())
                .with_context(|| format!("cannot write {}", path.display()))
        }
    }
}

/// The key that finds the tokens in `data`; none when there is no key file.
///
/// # Errors
/// The key is another one, and those of the files.
pub fn existing(path: &Path, data: &Path) -> Result<Option<TokenKey>> {
    let Some(key) = read(path)? else { return Ok(None) };
    if remembered(data)?.is_some_and(|other| other != fingerprint(&key)) {
        bail!(another(path, data));
    }
    Ok(Some(TokenKey::new(&key)))
}

/// Says on stderr that a secret is not one.
pub fn warn_if_shared(path: &Path) {
    let Ok(metadata) = fs::metadata(path) else { return };
    let mode = metadata.permissions().mode() & 0o777;
    if mode & READ_BY_OTHERS != 0 {
        let path = path.display();
        complain!("secret_shared", file = path;
            "warning: {path} holds a secret and has mode {mode:o}, so that others can read it; chmod 600 {path}"
        );
    }
}

fn another(path: &Path, data: &Path) -> String {
    format!(
        "{} holds another key than the one that made the tokens in {}; {}",
        path.display(),
        data.display(),
        remedy(path)
    )
}

fn remedy(path: &Path) -> String {
    format!(
        "restore {} from a backup, or name the right file as `key_file` in [pii] of mitra.toml: no other key finds what \
         is recorded about a card or account",
        path.display()
    )
}

fn fingerprint(key: &[u8]) -> String {
    TokenKey::new(key).fingerprint()
}

fn remembered(data: &Path) -> Result<Option<String>> {
    let path = data.join(FINGERPRINT);
    match fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text.trim_end().to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

fn make(path: &Path) -> Result<Vec<u8>> {
    let key = random_key().context("cannot read random bytes for a token key")?;
    write_private(path, &key).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(key)
}

fn random_key() -> io::Result<Vec<u8>> {
    let mut bytes = [0; KEY_BYTES_MIN];
    fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into_bytes())
}

/// Writes a file that only its owner reads, complete and durable under its name or not at all: events whose tokens are
/// in the log can be recognised only with this key.
fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let unfinished = path.with_extension("new");
    let mut options = fs::OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(PRIVATE).open(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    fs::File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}
