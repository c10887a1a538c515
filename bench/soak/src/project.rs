//! The example's copy, with the soak's clock and what follows from it.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};

use crate::scale::{HOT_DAYS, LATENESS_DAYS, Scale};

/// A project folder that is ready to run.
pub struct Project {
    /// The folder.
    pub folder: PathBuf,
    /// The data directory.
    pub data: PathBuf,
    /// Where the SQL endpoint will listen.
    pub query: String,
}

/// Copies the example into `work`.
pub fn write(example: &Path, work: &Path, scale: &Scale) -> Result<Project> {
    let folder = work.join("project");
    copy(example, &folder)?;
    let schema = folder.join("schema.sql");
    let text = fs::read_to_string(&schema).with_context(|| format!("cannot read {}", schema.display()))?;
    fs::write(&schema, adapted(&text)?).with_context(|| format!("cannot write {}", schema.display()))?;
    let query = free_address()?;
    fs::write(folder.join("mitra.toml"), configuration(scale, &query)).context("cannot write mitra.toml")?;
    Ok(Project { data: folder.join("mitra-data"), folder, query })
}

/// The statements and what they name; its own data, if somebody ran it in place, stays there.
fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("cannot make {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let path = entry?.path();
        let is_wanted = path.extension().is_some_and(|extension| extension == "sql" || extension == "csv");
        let Some(name) = path.file_name().filter(|_| is_wanted) else { continue };
        fs::copy(&path, to.join(name)).with_context(|| format!("cannot copy {}", path.display()))?;
    }
    let model = Path::new("models/fraud.json");
    fs::create_dir_all(to.join("models")).context("cannot make the models' folder")?;
    fs::copy(from.join(model), to.join(model)).context("cannot copy the model")?;
    Ok(())
}

/// The schema with the lateness and the `hot` that the clock asks for.
fn adapted(schema: &str) -> Result<String> {
    let changes = [
        (
            "allowed_lateness = '1 hour'",
            format!("allowed_lateness = '{LATENESS_DAYS} days', future_max = '1 hour'"),
        ),
        ("hot = '7 days'", format!("hot = '{HOT_DAYS} days'")),
    ];
    let mut text = schema.to_owned();
    for (from, to) in changes {
        if !text.contains(from) {
            bail!("the example's schema has no `{from}` any more; tell the soak what to write instead");
        }
        text = text.replace(from, &to);
    }
    Ok(text)
}

fn configuration(scale: &Scale, query: &str) -> String {
    let mut from = String::new();
    types::time::write_rfc3339(&mut from, scale.from).expect("a string takes all");
    format!(
        "[project]\nname = \"soak\"\n\n[query]\nlisten = \"{query}\"\n\n[clock]\nfrom = \"{from}\"\nspeed = {}\n",
        scale.speed
    )
}

/// A port that nobody has a moment before it is used.
fn free_address() -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").context("cannot find a free port")?;
    Ok(listener.local_addr()?.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_schema_takes_the_soaks_settings() {
        let schema = include_str!("../../../examples/payments/schema.sql");
        let adapted = adapted(schema).expect("it has what is changed");
        assert!(
            !adapted.contains("lateness = '1 hour'") && adapted.contains("future_max = '1 hour'"),
            "{adapted}"
        );
        assert!(adapted.contains("hot = '80 days'"), "{adapted}");
        assert!(super::adapted("CREATE STREAM s (id TEXT);").is_err());
    }
}
