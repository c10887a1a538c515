//! Names and module forms: what a reader meets first in a file, and what hides where things come from.

use crate::{
    source::{Code, words},
    tree::{Finding, Tree, line_of},
};

/// Words that say nothing about what a thing is for.
const EMPTY_WORDS: &[&str] =
    &["util", "utils", "utility", "utilities", "helper", "helpers", "common", "manager", "managers"];

/// Missing module docs, `mod.rs`, empty names and glob re-exports.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.rust() {
        check_path(path, &mut findings);
        check_module_doc(path, text, &mut findings);
        let code = Code::new(text);
        check_declared_names(path, &code, &mut findings);
        check_glob_exports(path, &code, &mut findings);
    }
    for package in tree.packages() {
        check_path(&format!("{}/Cargo.toml", package.folder), &mut findings);
    }
    findings
}

fn check_path(path: &str, findings: &mut Vec<Finding>) {
    if path.ends_with("/mod.rs") && !path.contains("/tests/") {
        let folder = path.trim_end_matches("/mod.rs");
        findings.push(Finding::new(path, 1, format!("is called mod.rs: move it to {folder}.rs")));
    }
    let empty =
        path.trim_end_matches(".rs").split(['/', '_', '-', '.']).find(|word| EMPTY_WORDS.contains(word));
    if let Some(word) = empty {
        findings.push(Finding::new(path, 1, empty_name(word)));
    }
}

fn empty_name(word: &str) -> String {
    format!("`{word}` in a name says nothing: name what it is for")
}

fn check_module_doc(path: &str, text: &str, findings: &mut Vec<Finding>) {
    let first = text.lines().next().unwrap_or_default();
    let sentence = first.strip_prefix("//! ").unwrap_or_default().trim();
    // A file that holds one entry of a registry is named as in SQL, and says just that.
    if !sentence.starts_with('`') && sentence.split_whitespace().count() < 3 {
        findings.push(Finding::new(path, 1, "does not start with a `//!` sentence that says why it exists"));
    }
}

fn check_declared_names(path: &str, code: &Code, findings: &mut Vec<Finding>) {
    let mut declares = false;
    for (at, word) in words(code.text()) {
        if declares && let Some(empty) = camel_words(word).find(|part| EMPTY_WORDS.contains(&part.as_str())) {
            findings.push(Finding::new(path, line_of(code.text(), at), empty_name(&empty)));
        }
        declares = matches!(word, "struct" | "enum" | "trait" | "mod" | "type" | "union");
    }
}

/// The words of `StateManager` and `state_manager`, in lower case.
fn camel_words(name: &str) -> impl Iterator<Item = String> {
    let mut parts = vec![String::new()];
    for letter in name.chars() {
        if letter.is_uppercase() || letter == '_' {
            parts.push(String::new());
        }
        if letter != '_' {
            parts.last_mut().expect("there is a part from the start").extend(letter.to_lowercase());
        }
    }
    parts.into_iter()
}

fn check_glob_exports(path: &str, code: &Code, findings: &mut Vec<Finding>) {
    let text = code.text();
    let mut visible = false;
    for (at, word) in words(text) {
        if word == "use" && visible {
            let statement = text[at..].split(';').next().unwrap_or_default();
            if statement.contains('*') {
                let message =
                    "re-exports with `*`: list the names, so that a reader can find where each comes from";
                findings.push(Finding::new(path, line_of(text, at), message));
            }
        }
        // `pub(crate) use` and `pub(in path) use` are visible too.
        visible = word == "pub" || visible && !text[..at].trim_end().ends_with([';', '}', '{', ')']);
        visible &= !matches!(word, "fn" | "struct" | "enum" | "mod" | "trait" | "const" | "static" | "type");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<(usize, String)> {
        check(&Tree::of(&[(path, text)])).into_iter().map(|finding| (finding.line, finding.message)).collect()
    }

    #[test]
    fn a_module_says_why_it_exists() {
        assert_eq!(found("crates/a/src/lib.rs", "//! Says why it exists.\nfn f() {}\n"), []);
        assert_eq!(found("crates/a/src/functions/abs.rs", "//! `abs`.\nfn f() {}\n"), []);
        for text in ["", "fn f() {}\n", "// No.\n", "//! placeholder\n", "\n//! Not the first line.\n"] {
            assert_eq!(found("crates/a/src/lib.rs", text).len(), 1, "{text}");
        }
    }

    #[test]
    fn empty_names_are_refused() {
        let doc = "//! Says why it exists.\n";
        for path in ["crates/a/src/utils.rs", "crates/common/src/a.rs", "crates/a/src/text_helpers/b.rs"] {
            assert_eq!(found(path, doc).len(), 1, "{path}");
        }
        assert_eq!(found("crates/a/src/uncommon.rs", doc), []);
        let code =
            doc.to_owned() + "struct Stage;\npub struct StateManager;\n// struct Utils\nfn manager() {}\n";
        let findings = found("crates/a/src/lib.rs", &code);
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].0, 3);
        assert!(found("crates/a/src/b/mod.rs", doc)[0].1.contains("crates/a/src/b.rs"));
    }

    #[test]
    fn a_re_export_names_what_it_exports() {
        let doc = "//! Says why it exists.\n";
        for export in ["pub use a::*;", "pub(crate) use a::{b, c::*};", "pub(in a::b) use c::*;"] {
            let text = format!("{doc}{export}\n");
            let findings = found("crates/a/src/lib.rs", &text);
            assert_eq!(findings.len(), 1, "{export}");
            assert_eq!(findings[0].0, 2);
        }
        for fine in [
            "use a::*;",
            "pub use a::{b, c};",
            "pub fn f() { use a::*; }",
            "pub const A: u8 = 2 * 3;",
            "pub struct A;\nuse b::*;",
            "pub(crate) struct A { b: u8 }\nuse b::*;",
        ] {
            assert_eq!(found("crates/a/src/lib.rs", &format!("{doc}{fine}\n")), [], "{fine}");
        }
    }
}
