//! `mitra init`: a first project that runs as it is.

use std::{fs, path::Path, process::ExitCode};

use anyhow::{Context as _, Result, bail};

const FILES: [(&str, &str); 5] = [
    ("mitra.toml", include_str!("../../templates/mitra.toml")),
    ("1_streams.sql", include_str!("../../templates/1_streams.sql")),
    ("2_features.sql", include_str!("../../templates/2_features.sql")),
    ("3_decision.sql", include_str!("../../templates/3_decision.sql")),
    ("merchants.csv", include_str!("../../templates/merchants.csv")),
];

/// Writes the files of a first project; refuses a folder that holds one.
pub fn run(folder: &Path) -> Result<ExitCode> {
    for (name, _) in FILES {
        if folder.join(name).exists() {
            bail!("{} exists already; choose a new folder", folder.join(name).display());
        }
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for (name, text) in FILES {
        let path = folder.join(name);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        say!("made {}", path.display());
    }
    let folder = folder.display();
    say!(
        "\nnext:\n  mitra check {folder}     types it and prints what it costs\n  mitra up {folder}        \
         starts it; the first lines tell how to send an event"
    );
    Ok(ExitCode::SUCCESS)
}
