//! Holds docs/errors to the code: a page for every stable code that an answer can carry, none for codes that are gone.

use std::{collections::BTreeMap, fmt::Write as _};

use crate::{
    source::Code,
    tree::{Finding, Tree, line_of},
};

/// The index of the pages.
pub const INDEX: &str = "docs/errors/README.md";

/// Types whose variants stand before a code where a refusal is made: `Refusal::new(Kind::Full, "disk_full", ...)`.
const BEFORE_CODE: [&str; 2] = ["Kind::", "StatusCode::"];

/// What follows a code that opens a list: `("too_deep", format!(...))`.
const AFTER_CODE: [&str; 2] = ["format!", "message"];

/// Where refusals are made.
const FOLDERS: [&str; 4] =
    ["crates/ingest/src", "crates/runtime/src", "crates/serve/src", "crates/mitra/src"];

/// Codes without a page, pages without a code, and pages without a title.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let codes = codes(tree);
    let mut findings = Vec::new();
    for (code, (path, line)) in &codes {
        if !pages(tree).any(|page| page.code == *code) {
            let message = format!(
                "code `{code}` has no page: write docs/errors/{code}.md, see docs/how-to/add-an-error.md"
            );
            findings.push(Finding::new(path, *line, message));
        }
    }
    for page in pages(tree) {
        if page.title.is_none() {
            let message = format!("must start with `# {}: ` and what it means", page.code);
            findings.push(Finding::new(page.path, 1, message));
        }
        if !FOLDERS.iter().any(|folder| tree.rust_below(folder).any(|(_, text)| text.contains(page.code))) {
            findings.push(Finding::new(page.path, 1, "is about a code that no source file has: remove it"));
        }
    }
    findings
}

/// The text of the index; `None` while there is no page.
pub fn index(tree: &Tree) -> Option<String> {
    let mut index =
        "# Errors\n\nEvery code that an answer can carry, with what happened and what to do about it. \
                     Made by `cargo xtask tidy --write` from the pages beside it.\n\n"
            .to_owned();
    for page in pages(tree) {
        let Page { code, title, .. } = page;
        writeln!(index, "* [`{code}`]({code}.md): {}", title.unwrap_or_default())
            .expect("a string takes all");
    }
    pages(tree).next().map(|_| index)
}

/// A page in `docs/errors`.
struct Page<'a> {
    path: &'a str,
    code: &'a str,
    title: Option<&'a str>,
}

fn pages(tree: &Tree) -> impl Iterator<Item = Page<'_>> {
    tree.iter().filter(|(path, _)| *path != INDEX).filter_map(|(path, text)| {
        let code = path.strip_prefix("docs/errors/")?.strip_suffix(".md")?;
        let first = text.lines().next().unwrap_or_default();
        let title = first.strip_prefix("# ").and_then(|rest| rest.strip_prefix(code)?.strip_prefix(": "));
        Some(Page { path, code, title })
    })
}

/// Each code that is made outside of tests, with its first place.
fn codes(tree: &Tree) -> BTreeMap<&str, (&str, usize)> {
    let mut codes = BTreeMap::new();
    for (path, text) in FOLDERS.iter().flat_map(|folder| tree.rust_below(folder)) {
        if path.ends_with("/tests.rs") {
            continue;
        }
        let tests = Code::new(text).test_modules();
        let variants = BEFORE_CODE.iter().flat_map(|marker| {
            let found = text.match_indices(marker);
            found.filter_map(|(at, _)| Some((at, code_after(&text[at + marker.len()..])?)))
        });
        let opening =
            text.match_indices('(').filter_map(|(at, _)| Some((at, opening_code(&text[at + 1..])?)));
        let outside = |at: &usize| !tests.iter().any(|range| range.contains(at));
        for (at, code) in variants.chain(opening).filter(|(at, _)| outside(at)) {
            codes.entry(code).or_insert((path, line_of(text, at)));
        }
    }
    codes
}

/// The code in `Variant { ... }, "code"` or `VARIANT, "code"`.
fn code_after(text: &str) -> Option<&str> {
    let variant =
        text.trim_start_matches(|letter: char| letter.is_ascii_alphanumeric() || letter == '_').trim_start();
    let variant = variant
        .strip_prefix('{')
        .map_or(variant, |fields| fields.split_once('}').map_or("", |(_, rest)| rest));
    literal_code(variant.trim_start().strip_prefix(',')?).map(|(code, _)| code)
}

/// The code of two words or more in `"too_deep", format!` right after an opening parenthesis. One word there may be
/// anything.
fn opening_code(text: &str) -> Option<&str> {
    let (code, rest) = literal_code(text).filter(|(code, _)| code.contains('_'))?;
    let rest = rest.strip_prefix(',')?.trim_start();
    AFTER_CODE.iter().any(|marker| rest.starts_with(marker)).then_some(code)
}

/// A leading string literal that has the form of a code, and what follows it.
fn literal_code(text: &str) -> Option<(&str, &str)> {
    let (code, rest) = text.trim_start().strip_prefix('"')?.split_once('"')?;
    let is_code = !code.is_empty() && code.bytes().all(|byte| byte == b'_' || byte.is_ascii_lowercase());
    is_code.then_some((code, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "crates/serve/src/a.rs";

    #[test]
    fn every_code_has_a_page_and_every_page_a_code() {
        let source = "//! Refuses in some places.\nfn f() {\n    Refusal::new(Kind::Busy { retry_after_s: 1 }, \"busy\", a)\n}\n\
                      fn g() { fault(\n        StatusCode::NOT_FOUND,\n        \"gone_away\", b) }\n\
                      fn h() { match kind { Kind::Full => (A, None), Kind::Other if x, \"No code\" => {} } }\n\
                      fn i() { (\"too_deep\", format!(\"x\")); g(\"plain\", message) }\n\
                      #[cfg(test)]\nmod tests {\n    fn t() { Refusal::new(Kind::Full, \"tested\", c) }\n}\n";
        let page = |code: &str| (format!("docs/errors/{code}.md"), format!("# {code}: a title\n"));
        let mut tree = Tree::of(&[(SOURCE, source)]);
        let places: Vec<(usize, String)> =
            check(&tree).into_iter().map(|finding| (finding.line, finding.message)).collect();
        assert_eq!(places.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [3, 6, 9], "{places:?}");
        assert!(places[0].1.contains("code `busy` has no page") && places[1].1.contains("`gone_away`"));
        for (path, text) in [page("busy"), page("gone_away"), page("too_deep")] {
            tree.insert(&path, &text);
        }
        assert_eq!(check(&tree), []);
        let (path, text) = page("old");
        tree.insert(&path, &text);
        assert!(check(&tree)[0].message.contains("no source file has"));
        tree.insert("docs/errors/busy.md", "# Busy\n");
        assert!(check(&tree)[0].message.contains("must start with `# busy: `"));
    }

    #[test]
    fn the_index_follows_the_pages() {
        assert_eq!(index(&Tree::default()), None);
        let tree = Tree::of(&[("docs/errors/conflict.md", "# conflict: an event came twice\n"), (INDEX, "")]);
        let index = index(&tree).expect("there is a page");
        assert!(index.ends_with("* [`conflict`](conflict.md): an event came twice\n"), "{index}");
    }
}
