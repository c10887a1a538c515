//! Which crate may know which: the table of layers, and the check that no dependency goes up.

use std::{path::Path, process::Command};

use anyhow::{Context as _, bail};

use crate::tree::{Finding, Tree};

/// The crates, lowest layer first. A crate may depend on crates of lower layers only, tests excepted.
pub const LAYERS: &[&[&str]] = &[
    &["types"],
    &["expr", "windows"],
    &["trees", "rules"],
    &["storage"],
    &["sql"],
    &["records"],
    &["catalog", "eventlog", "state"],
    &["engine"],
    &["ingest", "sinks"],
    &["runtime", "tables"],
    &["serve", "query"],
    &["console"],
    &["mitra", "mitra-query"],
];

/// Packages beside the layers, which a crate may depend on for its tests only, or when it is named here.
const BESIDE: &[(&str, &[&str])] =
    &[("payments-generator", &["mitra"]), ("test-servers", &[]), ("xtask", &[])];

/// Crates whose result must be a function of their arguments only.
pub const DETERMINISTIC: &[&str] =
    &["windows", "patterns", "trees", "rules", "graph", "learn", "state", "engine"];

/// Families of packages that the deciding program must not link: it builds in minutes and holds no query engine.
const NOT_IN_MITRA: &[&str] = &["arrow", "ballista", "datafusion", "deltalake"];

/// Dependencies that go up or sideways, and crates without a layer.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let layered = |name: &str| !BESIDE.iter().any(|(beside, _)| *beside == name);
    for (name, package) in tree.crates().filter(|(name, _)| layered(name)) {
        let path = format!("{}/Cargo.toml", package.folder);
        let Some(layer) = layer_of(name) else {
            let message = format!("crate `{name}` has no layer: add it to xtask/src/layers.rs");
            findings.push(Finding::new(&path, 1, message));
            continue;
        };
        for (dependency, line) in dependencies(package.manifest) {
            if let Some(message) = refusal(name, layer, &dependency) {
                findings.push(Finding::new(&path, line, message));
            }
        }
    }
    findings
}

fn layer_of(name: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&name))
}

fn refusal(name: &str, layer: usize, dependency: &str) -> Option<String> {
    if let Some((_, readers)) = BESIDE.iter().find(|(beside, _)| *beside == dependency) {
        return (!readers.contains(&name))
            .then(|| format!("`{name}` must not depend on `{dependency}`: make it a dev-dependency"));
    }
    let below = layer_of(dependency)?;
    (below >= layer).then(|| {
        format!(
            "`{name}` must not depend on `{dependency}`, which is not in a lower layer: \
             move what it needs down, or pass it in (the table is in xtask/src/layers.rs)"
        )
    })
}

/// Names of the normal and build dependencies of a manifest, with the line of each. A renamed package counts by
/// its own name.
fn dependencies(manifest: &str) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    let Ok(table) = manifest.parse::<toml::Table>() else { return found };
    let targets = table.get("target").and_then(toml::Value::as_table);
    let tables = targets.into_iter().flat_map(toml::Table::values).filter_map(toml::Value::as_table);
    for table in tables.chain([&table]) {
        for section in ["dependencies", "build-dependencies"] {
            let Some(section) = table.get(section).and_then(toml::Value::as_table) else { continue };
            for (key, value) in section {
                let name = value.get("package").and_then(toml::Value::as_str).unwrap_or(key);
                found.push((name.to_owned(), line_of_key(manifest, key)));
            }
        }
    }
    found
}

/// The first line that starts with `key`; 1 when the key is written in some other way.
pub fn line_of_key(manifest: &str, key: &str) -> usize {
    let starts = |line: &str| {
        line.strip_prefix(key).is_some_and(|rest| rest.starts_with(['.', ' ', '=']))
            || line.trim_end().ends_with(&format!("ependencies.{key}]"))
    };
    manifest.lines().position(starts).map_or(1, |index| index + 1)
}

/// What the deciding program links and must not.
///
/// # Errors
/// When cargo cannot resolve the workspace.
pub fn check_mitra(root: &Path) -> anyhow::Result<Vec<Finding>> {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--package",
            "mitra",
            "--edges",
            "normal,build",
            "--prefix",
            "none",
            "--format",
            "{p}",
        ])
        .current_dir(root)
        .output()
        .context("cannot run cargo tree")?;
    if !output.status.success() {
        bail!("cargo tree failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(linked_and_must_not(&String::from_utf8_lossy(&output.stdout)))
}

fn linked_and_must_not(packages: &str) -> Vec<Finding> {
    let mut names: Vec<&str> = packages.lines().filter_map(|line| line.split_whitespace().next()).collect();
    names.sort_unstable();
    names.dedup();
    let refused = |name: &&str| {
        NOT_IN_MITRA.iter().any(|family| {
            name.strip_prefix(family).is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_']))
        })
    };
    let finding = |name: &str| {
        let message = format!(
            "`mitra` links `{name}`, and holds no query engine and no Arrow: \
             `cargo tree --package mitra --invert {name}` shows through what"
        );
        Finding::new("crates/mitra/Cargo.toml", 1, message)
    };
    names.into_iter().filter(refused).map(finding).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(manifest: &str, name: &str) -> Vec<(usize, String)> {
        let tree = Tree::of(&[(&format!("crates/{name}/Cargo.toml"), manifest)]);
        check(&tree).into_iter().map(|finding| (finding.line, finding.message)).collect()
    }

    #[test]
    fn a_dependency_may_go_down_and_out_only() {
        let fine = "[dependencies]\ntypes.workspace = true\nexpr = { path = \"../expr\" }\nserde = \"1\"\n\
                    [dev-dependencies]\nmitra.workspace = true\n";
        assert_eq!(messages(fine, "rules"), []);
        let up = "[package]\nname = \"expr\"\n[dependencies]\ntypes.workspace = true\nsql.workspace = true\n";
        let found = messages(up, "expr");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].0, 5);
        assert!(found[0].1.contains("`expr` must not depend on `sql`"), "{}", found[0].1);
        let sideways = "[dependencies.windows]\npath = \"../windows\"\n";
        assert_eq!(messages(sideways, "expr").len(), 1);
    }

    #[test]
    fn renames_targets_and_build_scripts_do_not_hide_a_dependency() {
        let renamed = "[dependencies]\nbelow = { package = \"engine\", path = \"../engine\" }\n";
        assert!(messages(renamed, "sql")[0].1.contains("`engine`"));
        let target = "[target.'cfg(unix)'.dependencies]\nengine.workspace = true\n";
        assert_eq!(messages(target, "sql").len(), 1);
        let build = "[build-dependencies]\nengine.workspace = true\n";
        assert_eq!(messages(build, "sql").len(), 1);
    }

    #[test]
    fn a_crate_needs_a_layer_and_leaves_the_tools_alone() {
        assert!(messages("", "misc")[0].1.contains("has no layer"));
        let tool = "[dependencies]\npayments-generator.workspace = true\n";
        assert_eq!(messages(tool, "engine").len(), 1);
        assert_eq!(messages(tool, "mitra"), []);
        assert_eq!(messages("", "test-servers"), []);
        assert_eq!(messages("[dev-dependencies]\ntest-servers.workspace = true\n", "expr"), []);
        assert_eq!(messages("[dependencies]\ntest-servers.workspace = true\n", "expr").len(), 1);
    }

    #[test]
    fn the_deciding_program_links_no_query_engine() {
        let linked = "mitra v0.1.0 (/x)\narrow-ipc v59.0.0\narrowhead v1.0.0\ndatafusion v55.0.0\nparquet v59.3.2 (*)\n\
                      datafusion v55.0.0 (*)\n";
        let found: Vec<_> = linked_and_must_not(linked).into_iter().map(|finding| finding.message).collect();
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].contains("`arrow-ipc`") && found[1].contains("`datafusion`"));
    }
}
