//! PostgreSQL's text form of an array, as drivers and people write it: `{a,"b c",NULL}`.

/// The elements, `None` for NULL; `None` when the text does not read, or has arrays within.
pub(super) fn read(text: &str) -> Option<Vec<Option<String>>> {
    let inner = text.trim().strip_prefix('{')?.strip_suffix('}')?;
    if inner.trim().is_empty() {
        return Some(Vec::new());
    }
    let mut items = Vec::new();
    let mut rest = inner;
    loop {
        let (item, after) = item(rest.trim_start())?;
        items.push(item);
        match after.trim_start().strip_prefix(',') {
            Some(next) => rest = next,
            None => return after.trim_start().is_empty().then_some(items),
        }
    }
}

/// One element and what stands behind it.
fn item(text: &str) -> Option<(Option<String>, &str)> {
    let is_quoted = text.starts_with('"');
    let mut out = String::new();
    let mut letters = text.char_indices().skip(usize::from(is_quoted)).peekable();
    // Spaces behind an element that is not quoted do not belong to it, escaped ones do.
    let mut kept = 0;
    let mut is_escaped_anywhere = false;
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => {
                out.push(letters.next()?.1);
                kept = out.len();
                is_escaped_anywhere = true;
            }
            '"' if is_quoted => return Some((Some(out), &text[at + 1..])),
            '"' | '{' | '}' if !is_quoted => return None,
            ',' if !is_quoted => return finished(out, kept, is_escaped_anywhere, &text[at..]),
            letter => {
                out.push(letter);
                if !letter.is_ascii_whitespace() {
                    kept = out.len();
                }
            }
        }
    }
    if is_quoted { None } else { finished(out, kept, is_escaped_anywhere, "") }
}

fn finished(mut out: String, kept: usize, is_escaped: bool, rest: &str) -> Option<(Option<String>, &str)> {
    out.truncate(kept);
    if out.is_empty() {
        return None;
    }
    let is_null = !is_escaped && out.eq_ignore_ascii_case("null");
    Some((if is_null { None } else { Some(out) }, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Option<Vec<String>> {
        let items = read(text)?;
        Some(items.into_iter().map(|item| item.unwrap_or_else(|| "(null)".to_owned())).collect())
    }

    #[test]
    fn elements_read_as_postgresql_reads_them() {
        for (text, expected) in [
            ("{}", &[][..]),
            (" { } ", &[]),
            ("{a}", &["a"]),
            ("{a, b c ,d}", &["a", "b c", "d"]),
            (r#"{"a,b"," c ","\"q\\"}"#, &["a,b", " c ", r#""q\"#]),
            (r"{a\,b,c\ }", &["a,b", "c "]),
            (r#"{NULL,null,"NULL",\null}"#, &["(null)", "(null)", "NULL", "null"]),
            ("{1,-2.5,2026-01-02}", &["1", "-2.5", "2026-01-02"]),
        ] {
            assert_eq!(
                shown(text).as_deref(),
                Some(&*expected.iter().map(|item| (*item).to_owned()).collect::<Vec<_>>()),
                "{text}"
            );
        }
        for text in
            ["", "a", "{a", "a}", "{a,}", "{,a}", "{{a},{b}}", r#"{"a}"#, r#"{a"b"}"#, r#"{"a"b}"#, r"{a\}"]
        {
            assert_eq!(shown(text), None, "{text}");
        }
    }
}
