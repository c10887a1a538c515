//! Holds ARCHITECTURE.md to its form: short, and a paragraph with an invariant for every crate.

use std::collections::BTreeMap;

use crate::tree::{Finding, Tree};

const PATH: &str = "ARCHITECTURE.md";

/// Beyond this nobody reads it.
const LINES_MAX: usize = 300;

/// A missing page, a page too long, and crates without a paragraph or an invariant.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let Some(page) = tree.get(PATH) else {
        return vec![Finding::new(
            PATH,
            1,
            "is missing: it holds the flow, the entry points and the invariants",
        )];
    };
    let mut findings = Vec::new();
    let lines = page.lines().count();
    if lines > LINES_MAX {
        let message =
            format!("has {lines} lines, {LINES_MAX} at most: move detail to the module it is about");
        findings.push(Finding::new(PATH, LINES_MAX + 1, message));
    }
    let sections = sections(page);
    for (name, _) in tree.crates() {
        match sections.get(name) {
            None => {
                let message = format!(
                    "crate `{name}` has no paragraph: start one with **`{name}`** or a heading `{name}`, \
                     with a sentence that starts with **Invariant**"
                );
                findings.push(Finding::new(PATH, lines.max(1), message));
            }
            Some((line, text)) if !text.contains("**Invariant") => {
                let message =
                    format!("crate `{name}` states no **Invariant**: say what it must never know or do");
                findings.push(Finding::new(PATH, *line, message));
            }
            Some(_) => {}
        }
    }
    findings
}

/// The text about each crate by its name, with the line where it starts. It starts at a line that opens with the
/// crate's name as code, and ends at the next one or at a heading.
fn sections(page: &str) -> BTreeMap<&str, (usize, String)> {
    let mut sections: BTreeMap<&str, (usize, String)> = BTreeMap::new();
    let mut current = None;
    for (index, line) in page.lines().enumerate() {
        if let Some(name) = opening_name(line) {
            sections.insert(name, (index + 1, String::new()));
            current = Some(name);
        } else if line.starts_with('#') {
            current = None;
        }
        if let Some((_, text)) = current.and_then(|name| sections.get_mut(name)) {
            text.push_str(line);
            text.push('\n');
        }
    }
    sections
}

/// `storage` in `### `crates/storage``, `**`storage`**: ...`, `- `storage` ...` and `storage` as code alone.
fn opening_name(line: &str) -> Option<&str> {
    let code = line.trim_start_matches(['#', '*', '-', '|', ' ']).strip_prefix('`')?;
    let (name, _) = code.split_once('`')?;
    Some(name.strip_prefix("crates/").unwrap_or(name).trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(page: &str) -> Vec<String> {
        let tree = Tree::of(&[("crates/types/Cargo.toml", ""), ("crates/expr/Cargo.toml", ""), (PATH, page)]);
        check(&tree).into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn every_crate_has_a_paragraph_and_an_invariant() {
        let page = "# A\n\n**`types`** holds values.\n**Invariant:** knows nothing.\n\n### `crates/expr`\nText.\n\
                    **Invariant**: no I/O.\n";
        assert_eq!(messages(page), [""; 0]);
        let lacking =
            "- `types` holds values. **Invariant**: none.\n- `expr` computes.\n# Other\n**Invariant**\n";
        let found = messages(lacking);
        assert_eq!(found.len(), 1);
        assert!(found[0].contains("`expr` states no **Invariant**"), "{}", found[0]);
        let missing = "Here is `types`. **Invariant**\n`expr` computes. **Invariant**: none.\n";
        let found = messages(missing);
        assert_eq!(found.len(), 1);
        assert!(found[0].contains("`types` has no paragraph"), "{}", found[0]);
    }

    #[test]
    fn the_page_exists_and_is_short() {
        assert!(check(&Tree::default())[0].message.contains("is missing"));
        let long = "`types` **Invariant**\n`expr` **Invariant**\n".to_owned() + &"\n".repeat(LINES_MAX);
        assert!(messages(&long)[0].contains("302 lines"));
    }
}
