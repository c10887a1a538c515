//! The house rules that no compiler checks, each with the place and the remedy.

mod architecture;
mod budgets;
mod error_pages;
mod generated;
mod manifests;
mod metric_names;
mod names;

use std::{path::Path, process::ExitCode};

use crate::{
    layers,
    tree::{Finding, Tree},
};

/// Runs every check on the repository at `root` and prints what it finds. With `write`, generated files are written
/// first.
///
/// # Errors
/// When the repository cannot be read.
pub fn run(root: &Path, write: bool) -> anyhow::Result<ExitCode> {
    if write {
        generated::write(root, &Tree::read(root)?)?;
    }
    let tree = Tree::read(root)?;
    let mut findings = check(&tree);
    findings.extend(layers::check_mitra(root)?);
    findings.sort();
    for warning in budgets::crate_share_warnings(&tree) {
        println!("warning: {warning}");
    }
    for Finding { path, line, message } in &findings {
        println!("{path}:{line}: {message}");
    }
    if findings.is_empty() {
        println!("tidy: nothing found");
        return Ok(ExitCode::SUCCESS);
    }
    println!("tidy: {} found", findings.len());
    Ok(ExitCode::FAILURE)
}

fn check(tree: &Tree) -> Vec<Finding> {
    let checks: [fn(&Tree) -> Vec<Finding>; 8] = [
        layers::check,
        architecture::check,
        budgets::check,
        names::check,
        manifests::check,
        error_pages::check,
        metric_names::check,
        generated::check,
    ];
    checks.iter().flat_map(|check| check(tree)).collect()
}
