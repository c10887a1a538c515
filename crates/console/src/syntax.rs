//! SQL with its keywords, texts and comments told apart, for the eye only.

use maud::{Markup, html};

/// A part of the text and its class; none for what is shown as it is.
type Piece<'a> = (Option<&'static str>, &'a str);

/// The text as markup.
pub fn highlight(sql: &str) -> Markup {
    html! {
        @for (class, text) in pieces(sql) {
            @if let Some(class) = class { span class=(class) { (text) } } @else { (text) }
        }
    }
}

fn pieces(sql: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let (class, length) = if rest.starts_with("--") {
            (Some("comment"), rest.find('\n').unwrap_or(rest.len()))
        } else if first == '\'' {
            (Some("text"), rest[1..].find('\'').map_or(rest.len(), |end| end + 2))
        } else if is_of_word(first) {
            let length = rest.find(|letter| !is_of_word(letter)).unwrap_or(rest.len());
            (is_keyword(&rest[..length]).then_some("keyword"), length)
        } else {
            let starts = |letter: char| letter == '\'' || letter == '-' || is_of_word(letter);
            let after = first.len_utf8();
            (None, rest[after..].find(starts).map_or(rest.len(), |length| after + length))
        };
        let (piece, others) = rest.split_at(length);
        pieces.push((class, piece));
        rest = others;
    }
    pieces
}

fn is_of_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// Keywords are what is written in capitals, as everybody writes them.
fn is_keyword(word: &str) -> bool {
    word.len() > 1 && word.chars().all(|letter| letter.is_ascii_uppercase() || letter == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_and_everything_is_escaped() {
        let sql = "CREATE RULE é ON d -- it's < \nWHEN a-1 > 2 AND b = 'x''<y>' THEN \"Q\" 'open";
        let joined: String = pieces(sql).into_iter().map(|(_, text)| text).collect();
        assert_eq!(joined, sql);
        let markup = highlight(sql).into_string();
        assert!(markup.contains("<span class=\"comment\">-- it's &lt; </span>"), "{markup}");
        assert!(markup.contains("<span class=\"text\">'&lt;y&gt;'</span>"), "{markup}");
        assert!(markup.starts_with("<span class=\"keyword\">CREATE</span> "), "{markup}");
    }
}
