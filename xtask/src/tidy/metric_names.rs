//! Holds docs/metrics.md to the code: a metric that a crate names has a line there. The page itself is made by a test of the
//! program, which knows what each of them means.

use crate::{
    source::Code,
    tree::{Finding, Tree, line_of},
};

const DOCUMENT: &str = "docs/metrics.md";
const MARKER: &str = "\"mitra_";

/// Names of metrics, outside of tests, that the reference does not have.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let document = tree.get(DOCUMENT).unwrap_or_default();
    let mut findings = Vec::new();
    for (path, text) in tree.rust_below("crates").filter(|(path, _)| path.contains("/src/")) {
        if path.ends_with("/tests.rs") || path.contains("/tests/") {
            continue;
        }
        let tests = Code::new(text).test_modules();
        for (at, _) in
            text.match_indices(MARKER).filter(|(at, _)| !tests.iter().any(|range| range.contains(at)))
        {
            let Some((name, _)) = text[at + 1..].split_once('"') else { continue };
            let is_name = name.bytes().all(|byte| byte == b'_' || byte.is_ascii_lowercase());
            if is_name && !name.ends_with('_') && !document.contains(&format!("`{name}`")) {
                let message = format!(
                    "metric `{name}` is not in {DOCUMENT}: declare it in crates/mitra/src/metrics.rs, or where serve declares its \
                     own, and run `UPDATE=1 cargo test -p mitra --bin mitra metrics`"
                );
                findings.push(Finding::new(path, line_of(text, at), message));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_without_a_line_is_found() {
        let source = "//! Counts.\nconst A: &str = \"mitra_known_total\";\nconst B: &str = \"mitra_new_total\";\n\
                      #[cfg(test)]\nmod tests {\n    const C: &str = \"mitra_tested_total\";\n}\n";
        let line = "| `mitra_known_total` | counter | | Known. |\n";
        let tree = Tree::of(&[("crates/serve/src/a.rs", source), (DOCUMENT, line)]);
        let found = check(&tree);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].line == 3 && found[0].message.contains("`mitra_new_total`"), "{found:?}");
    }
}
