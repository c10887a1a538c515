//! Size budgets: files, functions, inline tests, and a crate's share of the whole.

use std::collections::BTreeMap;

use crate::{
    source::Code,
    tree::{Finding, Tree},
};

/// Lines of a file without its tests.
const FILE_LINES_MAX: usize = 500;
/// Lines of a function, signature and braces included.
const FUNCTION_LINES_MAX: usize = 70;
/// Lines of tests that may stay in the file that they test.
const INLINE_TEST_LINES_MAX: usize = 200;
/// One crate in so many lines of the workspace.
const CRATE_SHARE: usize = 4;
/// Below this a young workspace is warned only.
const SHARE_ENFORCED_LINES_MIN: usize = 40_000;

/// Files, functions and crates over budget.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.rust() {
        check_file(path, text, &mut findings);
    }
    let (shares, total) = crate_lines(tree);
    if total >= SHARE_ENFORCED_LINES_MIN {
        for (name, message) in over_share(&shares, total) {
            findings.push(Finding::new(&format!("crates/{name}/Cargo.toml"), 1, message));
        }
    }
    findings
}

/// Crates over their share while the workspace is too young for that to be an error.
pub fn crate_share_warnings(tree: &Tree) -> Vec<String> {
    let (shares, total) = crate_lines(tree);
    if total >= SHARE_ENFORCED_LINES_MIN {
        return Vec::new();
    }
    over_share(&shares, total).into_iter().map(|(_, message)| message).collect()
}

fn check_file(path: &str, text: &str, findings: &mut Vec<Finding>) {
    let code = Code::new(text);
    let (lines, test_lines) = code.line_counts();
    if !is_test_file(path) && lines > FILE_LINES_MAX {
        let message =
            format!("has {lines} lines without its tests, {FILE_LINES_MAX} at most: split it by purpose");
        findings.push(Finding::new(path, 1, message));
    }
    if test_lines > INLINE_TEST_LINES_MAX {
        let at = code.test_modules().first().map_or(1, |range| crate::tree::line_of(text, range.start));
        let message = format!(
            "has {test_lines} lines of tests, {INLINE_TEST_LINES_MAX} at most: move them to {}/tests.rs",
            path.trim_end_matches(".rs")
        );
        findings.push(Finding::new(path, at, message));
    }
    for function in code.functions() {
        let lines = function.lines.len();
        if lines > FUNCTION_LINES_MAX {
            let message = format!(
                "function `{}` has {lines} lines, {FUNCTION_LINES_MAX} at most: name its steps as functions",
                function.name
            );
            findings.push(Finding::new(path, function.lines.start, message));
        }
    }
}

/// `tests.rs`, and everything below a folder called `tests` or `benches`.
fn is_test_file(path: &str) -> bool {
    path.ends_with("/tests.rs")
        || path.split('/').rev().skip(1).any(|part| part == "tests" || part == "benches")
}

/// Lines of each crate without tests, and of all together.
fn crate_lines(tree: &Tree) -> (BTreeMap<&str, usize>, usize) {
    let mut shares = BTreeMap::new();
    for (name, package) in tree.crates() {
        let files = tree.rust_below(package.folder).filter(|(path, _)| !is_test_file(path));
        shares.insert(name, files.map(|(_, text)| Code::new(text).line_counts().0).sum());
    }
    let total = shares.values().sum();
    (shares, total)
}

fn over_share<'a>(shares: &BTreeMap<&'a str, usize>, total: usize) -> Vec<(&'a str, String)> {
    let over = shares.iter().filter(|(_, lines)| **lines * CRATE_SHARE > total);
    let message = |name: &str, lines: usize| {
        format!(
            "crate `{name}` has {lines} of {total} lines, {} at most: it holds more than one idea",
            total / CRATE_SHARE
        )
    };
    over.map(|(name, lines)| (*name, message(name, *lines))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(path: &str, text: &str) -> Vec<(usize, String)> {
        let mut findings = Vec::new();
        check_file(path, text, &mut findings);
        findings.into_iter().map(|finding| (finding.line, finding.message)).collect()
    }

    #[test]
    fn a_file_counts_without_its_tests() {
        let tests = "#[cfg(test)]\nmod tests {\n".to_owned() + &"// x\n".repeat(190) + "}\n";
        let fits = "//! x\n".repeat(500) + &tests;
        assert_eq!(messages("crates/a/src/lib.rs", &fits), []);
        let over = "//! x\n".repeat(501) + &tests;
        assert!(messages("crates/a/src/lib.rs", &over)[0].1.contains("501 lines"));
        assert_eq!(messages("crates/a/src/lib/tests.rs", &over), []);
        assert_eq!(messages("crates/a/tests/oracle/cases.rs", &over), []);
        assert_eq!(messages("tests/src/lib.rs", &over), []);
    }

    #[test]
    fn long_inline_tests_move_out() {
        let text = "//! x\n#[cfg(test)]\nmod tests {\n".to_owned() + &"// x\n".repeat(198) + "}\n";
        assert_eq!(
            messages("src/a.rs", &text),
            [(2, "has 201 lines of tests, 200 at most: move them to src/a/tests.rs".to_owned())]
        );
    }

    #[test]
    fn a_function_counts_from_its_name_to_its_brace() {
        let function = |lines: usize| format!("fn f() {{\n{}}}\n", "    // }\n".repeat(lines - 2));
        assert_eq!(messages("src/a.rs", &function(70)), []);
        let found = messages("src/a.rs", &("//! x\n".to_owned() + &function(71)));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].0, 2);
        assert!(found[0].1.contains("`f` has 71 lines"));
    }

    #[test]
    fn a_crate_is_a_quarter_at_most() {
        let line = "//! x\n";
        let sizes = [("a", 26), ("b", 25), ("c", 25), ("d", 24)];
        let build = |scale: usize| {
            let mut tree = Tree::default();
            for (name, lines) in sizes {
                tree.insert(&format!("crates/{name}/Cargo.toml"), "");
                tree.insert(&format!("crates/{name}/src/lib.rs"), &line.repeat(lines));
                for copy in 1..scale {
                    tree.insert(&format!("crates/{name}/src/x{copy}.rs"), &line.repeat(lines));
                }
            }
            tree
        };
        let young = build(1);
        assert_eq!(check(&young), []);
        assert_eq!(crate_share_warnings(&young).len(), 1);
        let grown = build(400);
        assert_eq!(crate_share_warnings(&grown), [""; 0]);
        let found = check(&grown);
        assert_eq!(found.len(), 1);
        assert!(found[0].message.contains("crate `a` has 10400 of 40000 lines"), "{}", found[0].message);
    }
}
