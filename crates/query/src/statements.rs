//! A client's text cut into statements, and what each of them is for.

/// One statement of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its text, without the closing semicolon.
    pub text: String,
    /// Characters of the client's text before it.
    pub offset: usize,
}

/// What a statement is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Reads tables.
    Query,
    /// Concerns the connection only.
    Session,
    /// Changes definitions, which is `mitra`'s to do.
    Definition,
    /// Is not done here.
    Refused,
}

/// The statements of a text; comments and blanks between them are none.
pub fn split(sql: &str) -> Vec<Part> {
    let characters: Vec<char> = sql.chars().collect();
    let mut parts = Vec::new();
    let (mut start, mut at) = (0, 0);
    while at < characters.len() {
        if characters[at] == ';' {
            push(&mut parts, &characters, start, at);
            start = at + 1;
            at += 1;
        } else {
            at = after(&characters, at);
        }
    }
    push(&mut parts, &characters, start, characters.len());
    parts
}

fn push(parts: &mut Vec<Part>, characters: &[char], start: usize, end: usize) {
    let first = first_word_at(characters, start, end);
    if first < end {
        let text: String = characters[first..end].iter().collect();
        parts.push(Part { text: text.trim_end().to_owned(), offset: first });
    }
}

/// Where the first thing is that is neither blank nor comment.
fn first_word_at(characters: &[char], mut at: usize, end: usize) -> usize {
    while at < end {
        let is_comment = matches!(characters.get(at..at + 2), Some(['-', '-'] | ['/', '*']));
        if is_comment {
            at = after(characters, at).min(end);
        } else if characters[at].is_whitespace() {
            at += 1;
        } else {
            break;
        }
    }
    at
}

/// The end of the token or part of one that begins at `at`: quotes and comments are one.
fn after(characters: &[char], at: usize) -> usize {
    let is_word = |at: usize| characters.get(at).is_some_and(|c| c.is_alphanumeric() || *c == '_');
    match characters[at] {
        '\'' => {
            let is_escaping =
                at > 0 && matches!(characters[at - 1], 'e' | 'E') && !(at > 1 && is_word(at - 2));
            after_quote(characters, at, '\'', is_escaping)
        }
        '"' => after_quote(characters, at, '"', false),
        '-' if characters.get(at + 1) == Some(&'-') => {
            let end = characters[at..].iter().position(|c| *c == '\n');
            end.map_or(characters.len(), |end| at + end + 1)
        }
        '/' if characters.get(at + 1) == Some(&'*') => after_comment(characters, at),
        '$' if at == 0 || !is_word(at - 1) => after_dollars(characters, at),
        _ => at + 1,
    }
}

fn after_quote(characters: &[char], start: usize, quote: char, is_escaping: bool) -> usize {
    let mut at = start + 1;
    while at < characters.len() {
        if is_escaping && characters[at] == '\\' {
            at += 2;
        } else if characters[at] == quote {
            // A doubled quote begins the next quoted piece, which is the same to us.
            return at + 1;
        } else {
            at += 1;
        }
    }
    characters.len()
}

/// Comments nest, as in PostgreSQL.
fn after_comment(characters: &[char], start: usize) -> usize {
    let (mut at, mut depth) = (start, 0_usize);
    while at < characters.len() {
        match characters.get(at..at + 2) {
            Some(['/', '*']) => {
                depth += 1;
                at += 2;
            }
            Some(['*', '/']) => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    characters.len()
}

fn after_dollars(characters: &[char], start: usize) -> usize {
    let name = characters[start + 1..].iter().take_while(|c| c.is_alphanumeric() || **c == '_').count();
    let tag_end = start + 1 + name;
    let is_tag =
        characters.get(tag_end) == Some(&'$') && !characters.get(start + 1).is_some_and(char::is_ascii_digit);
    if !is_tag {
        return start + 1;
    }
    let tag = &characters[start..=tag_end];
    let body = &characters[tag_end + 1..];
    let end = body.windows(tag.len()).position(|window| window == tag);
    end.map_or(characters.len(), |end| tag_end + 1 + end + tag.len())
}

/// The words that a statement begins with, in capitals.
pub fn words(text: &str) -> Vec<String> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    text.split(|c| !is_word(c)).filter(|word| !word.is_empty()).take(4).map(str::to_uppercase).collect()
}

/// What a statement is for, by its first word.
pub fn purpose(text: &str) -> Purpose {
    let words = words(text);
    match words.first().map_or("", String::as_str) {
        "CREATE" | "DROP" | "ALTER" => Purpose::Definition,
        "SET" | "RESET" | "SHOW" | "BEGIN" | "START" | "COMMIT" | "END" | "ROLLBACK" | "ABORT"
        | "SAVEPOINT" | "RELEASE" | "DISCARD" | "DEALLOCATE" | "CLOSE" | "UNLISTEN" => Purpose::Session,
        "INSERT" | "UPDATE" | "DELETE" | "MERGE" | "TRUNCATE" | "COPY" | "GRANT" | "REVOKE" | "VACUUM"
        | "ANALYZE" | "REINDEX" | "CLUSTER" | "LOCK" | "CALL" | "DO" | "DECLARE" | "FETCH" | "MOVE"
        | "LISTEN" | "NOTIFY" | "PREPARE" | "EXECUTE" | "COMMENT" | "REFRESH" => Purpose::Refused,
        _ => Purpose::Query,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_where_statements_end_and_nowhere_else() {
        let sql = "SELECT ';', \";\" -- ; no\n; /* ; /* ; */ ; */ CREATE RULE a ON b WHEN x = 'it''s;' THEN c ;;\nSELECT $q$;$q$, $1, E'\\';' ;  ";
        let parts = split(sql);
        let texts: Vec<_> = parts.iter().map(|part| part.text.as_str()).collect();
        assert_eq!(
            texts,
            [
                "SELECT ';', \";\" -- ; no",
                "CREATE RULE a ON b WHEN x = 'it''s;' THEN c",
                "SELECT $q$;$q$, $1, E'\\';'"
            ]
        );
        for part in &parts {
            let rest: String = sql.chars().skip(part.offset).collect();
            assert!(rest.starts_with(&part.text), "{part:?}");
        }
        assert_eq!(split("  ; -- nothing"), []);
        assert_eq!(split("SELECT 'open; "), [Part { text: "SELECT 'open;".to_owned(), offset: 0 }]);
    }

    #[test]
    fn the_first_word_says_what_it_is_for() {
        for (text, wanted) in [
            ("select 1", Purpose::Query),
            ("(SELECT 1)", Purpose::Query),
            ("WITH a AS (SELECT 1) TABLE a", Purpose::Query),
            ("create rule", Purpose::Definition),
            ("Begin", Purpose::Session),
            ("insert into t values (1)", Purpose::Refused),
        ] {
            assert_eq!(purpose(text), wanted, "{text}");
        }
    }
}
