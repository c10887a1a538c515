//! What every package's manifest has in common, and dependencies that nothing uses.

use crate::{
    layers::line_of_key,
    source::Code,
    tree::{Finding, Package, Tree},
};

/// Packages that are misnamed, opt out of the shared lints, or name dependencies that they do not use.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in tree.packages() {
        let path = format!("{}/Cargo.toml", package.folder);
        match package.manifest.parse::<toml::Table>() {
            Ok(table) => check_package(tree, &package, &path, &table, &mut findings),
            Err(error) => findings.push(Finding::new(&path, 1, format!("is not TOML: {}", error.message()))),
        }
    }
    findings
}

/// Sources outside of the package that a file takes in by `#[path = "..."]`.
fn included<'a>(tree: &'a Tree, path: &'a str, text: &'a str) -> impl Iterator<Item = &'a str> {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let named = text.lines().filter_map(|line| line.trim().strip_prefix("#[path = \"")?.strip_suffix("\"]"));
    named.filter_map(move |relative| {
        let mut parts: Vec<&str> = folder.split('/').collect();
        for part in relative.split('/') {
            match part {
                ".." => drop(parts.pop()),
                part => parts.push(part),
            }
        }
        tree.get(&parts.join("/"))
    })
}

fn check_package(
    tree: &Tree,
    package: &Package<'_>,
    path: &str,
    table: &toml::Table,
    findings: &mut Vec<Finding>,
) {
    let name = table.get("package").and_then(|section| section.get("name")).and_then(toml::Value::as_str);
    let folder = package.folder.rsplit('/').next().unwrap_or_default();
    if package.folder.starts_with("crates/") && name != Some(folder) {
        let message = format!("the package of folder `{folder}` must be called `{folder}`");
        findings.push(Finding::new(path, line_of_key(package.manifest, "name"), message));
    }
    let inherits = table.get("lints").and_then(|lints| lints.get("workspace")).and_then(toml::Value::as_bool);
    if inherits != Some(true) {
        let message = "does not inherit the workspace's lints: add `[lints]` with `workspace = true`";
        findings.push(Finding::new(path, 1, message));
    }
    let files = tree.rust_below(package.folder);
    let texts = files.flat_map(|(path, text)| std::iter::once(text).chain(included(tree, path, text)));
    let sources: Vec<Code> = texts.map(Code::new).collect();
    for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
        let Some(dependencies) = table.get(section).and_then(toml::Value::as_table) else { continue };
        for dependency in dependencies.keys() {
            let word = dependency.replace('-', "_");
            if !sources.iter().any(|code| code.has_word(&word)) {
                let message = format!("`{dependency}` is in [{section}] and in no source file: remove it");
                findings.push(Finding::new(path, line_of_key(package.manifest, dependency), message));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FINE: &str =
        "[package]\nname = \"a\"\n[lints]\nworkspace = true\n[dependencies]\nserde-json = \"1\"\n";
    const SOURCE: (&str, &str) = ("crates/a/src/lib.rs", "//! Uses it here.\nuse serde_json::Value;\n");

    fn found(manifest: &str) -> Vec<(usize, String)> {
        let tree = Tree::of(&[("crates/a/Cargo.toml", manifest), SOURCE]);
        check(&tree).into_iter().map(|finding| (finding.line, finding.message)).collect()
    }

    #[test]
    fn a_manifest_has_the_shared_form() {
        assert_eq!(found(FINE), []);
        assert!(found(&FINE.replace("\"a\"", "\"b\""))[0].1.contains("must be called `a`"));
        assert!(found(&FINE.replace("workspace = true", "rust.x = \"deny\""))[0].1.contains("lints"));
        assert!(found("[package")[0].1.contains("is not TOML"));
    }

    #[test]
    fn a_dependency_is_used() {
        let more =
            format!("{FINE}anyhow.workspace = true\n[dev-dependencies]\nserde_json = \"1\"\nregex = \"1\"\n");
        let messages = found(&more);
        assert_eq!(messages.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [7, 10]);
        assert!(messages[0].1.contains("`anyhow` is in [dependencies]"));
    }

    #[test]
    fn a_file_of_another_package_that_is_included_counts() {
        let includes = ("crates/a/tests/main.rs", "#[path = \"../../b/tests/shared.rs\"]\nmod shared;\n");
        let shared = ("crates/b/tests/shared.rs", "use regex::Regex;\n");
        let manifest = format!("{FINE}[dev-dependencies]\nregex = \"1\"\n");
        let mut tree = Tree::of(&[("crates/a/Cargo.toml", &manifest), includes, shared]);
        let of_a =
            |tree: &Tree| check(tree).into_iter().filter(|finding| finding.message.contains("regex")).count();
        assert_eq!(of_a(&tree), 0);
        tree.insert(shared.0, "");
        assert_eq!(of_a(&tree), 1);
    }
}
