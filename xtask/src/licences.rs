//! Holds every dependency to deny.toml's licences and sources, by what cargo already knows, without a network.

use std::{collections::BTreeSet, fs, path::Path, process::Command, process::ExitCode};

use anyhow::{Context as _, bail};
use serde_json::Value;

use crate::children;

const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Checks the whole lock file and prints what is refused.
///
/// # Errors
/// When deny.toml or cargo's metadata cannot be read.
pub fn run(root: &Path) -> anyhow::Result<ExitCode> {
    let policy = fs::read_to_string(root.join("deny.toml")).context("cannot read deny.toml")?;
    let metadata = children::output(
        Command::new(env!("CARGO")).args(["metadata", "--format-version", "1"]).current_dir(root),
    )?;
    let metadata: Value = serde_json::from_str(&metadata).context("cargo metadata prints JSON")?;
    let packages = metadata["packages"].as_array().context("cargo metadata lists packages")?;
    let refused = check(&allowed(&policy)?, packages);
    for line in &refused {
        println!("{line}");
    }
    if !refused.is_empty() {
        bail!("{} of {} packages refused", refused.len(), packages.len());
    }
    println!("licences: {} packages, all allowed", packages.len());
    Ok(ExitCode::SUCCESS)
}

/// `licenses.allow` of deny.toml.
fn allowed(policy: &str) -> anyhow::Result<BTreeSet<String>> {
    let table: toml::Table = policy.parse().context("deny.toml is not TOML")?;
    let list = table.get("licenses").and_then(|section| section.get("allow")).and_then(toml::Value::as_array);
    let list = list.context("deny.toml has no licenses.allow")?;
    Ok(list.iter().filter_map(toml::Value::as_str).map(str::to_owned).collect())
}

fn check(allowed: &BTreeSet<String>, packages: &[Value]) -> Vec<String> {
    let text = |package: &Value, key: &str| package[key].as_str().unwrap_or_default().to_owned();
    let mut refused = Vec::new();
    for package in packages {
        let name = format!("{} {}", text(package, "name"), text(package, "version"));
        let licence = text(package, "license");
        if !satisfies(&licence, allowed) {
            refused.push(format!(
                "{name}: licence `{licence}` is not allowed by deny.toml: replace the package"
            ));
        }
        // Our own packages have no source.
        let source = text(package, "source");
        if !source.is_empty() && source != REGISTRY {
            refused.push(format!(
                "{name}: source `{source}` is not the public registry: use a published version"
            ));
        }
    }
    refused
}

/// Whether the SPDX `expression` can be satisfied with the allowed licences. `/` is an old way to write OR.
fn satisfies(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let mut tokens = spaced.split_whitespace().peekable();
    let result = either(&mut tokens, allowed);
    result && tokens.next().is_none()
}

type Tokens<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn either(tokens: &mut Tokens<'_>, allowed: &BTreeSet<String>) -> bool {
    let mut result = both(tokens, allowed);
    while tokens.next_if_eq(&"OR").is_some() {
        result |= both(tokens, allowed);
    }
    result
}

fn both(tokens: &mut Tokens<'_>, allowed: &BTreeSet<String>) -> bool {
    let mut result = single(tokens, allowed);
    while tokens.next_if_eq(&"AND").is_some() {
        result &= single(tokens, allowed);
    }
    result
}

fn single(tokens: &mut Tokens<'_>, allowed: &BTreeSet<String>) -> bool {
    let Some(token) = tokens.next() else { return false };
    if token == "(" {
        let result = either(tokens, allowed);
        return tokens.next() == Some(")") && result;
    }
    if tokens.next_if_eq(&"WITH").is_some() {
        let Some(exception) = tokens.next() else { return false };
        return allowed.contains(&format!("{token} WITH {exception}"));
    }
    allowed.contains(token)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn policy() -> BTreeSet<String> {
        allowed("[licenses]\nallow = [\"MIT\", \"ISC\", \"Apache-2.0 WITH LLVM-exception\"]\n")
            .expect("valid")
    }

    #[test]
    fn an_expression_is_satisfied_by_allowed_licences_only() {
        for good in ["MIT", "GPL-3.0 OR MIT", "MIT/Apache-2.0", "MIT AND ISC", "(MIT OR GPL-3.0) AND (ISC)"] {
            assert!(satisfies(good, &policy()), "{good}");
        }
        assert!(satisfies("Apache-2.0 WITH LLVM-exception OR GPL-2.0", &policy()));
        for bad in ["", "GPL-3.0", "MIT AND GPL-3.0", "Apache-2.0", "(MIT", "MIT MIT", "MIT WITH", "OR MIT"] {
            assert!(!satisfies(bad, &policy()), "{bad}");
        }
    }

    #[test]
    fn licence_and_source_are_both_checked() {
        let packages = [
            json!({"name": "ours", "version": "0.1.0", "license": "MIT", "source": null}),
            json!({"name": "fine", "version": "1.0.0", "license": "MIT", "source": REGISTRY}),
            json!({"name": "viral", "version": "1.0.0", "license": "AGPL-3.0", "source": REGISTRY}),
            json!({"name": "forked", "version": "1.0.0", "license": "MIT", "source": "git+https://example.org/x"}),
            json!({"name": "bare", "version": "1.0.0", "license": null, "source": REGISTRY}),
        ];
        let refused = check(&policy(), &packages);
        assert_eq!(refused.len(), 3, "{refused:?}");
        assert!(refused[0].starts_with("viral 1.0.0: licence"));
        assert!(refused[1].starts_with("forked 1.0.0: source"));
        assert!(refused[2].starts_with("bare 1.0.0: licence ``"));
    }
}
