//! A file's tokens, cut into statements, bounded, and rewritten where `sqlparser` lacks standard syntax.

use std::collections::BTreeSet;

use sqlparser::{
    keywords::Keyword,
    tokenizer::{Location, Span, Token, TokenWithSpan, Tokenizer, Word},
};

use crate::{dialect::Mitra, error::Fault, statement::Reference};

/// Bytes of one statement.
pub const STATEMENT_BYTES_MAX: usize = 1 << 20;
/// Parentheses within each other.
pub const NESTING_MAX: usize = 64;
/// Operators in one expression outside of parentheses and commas.
pub const OPERATORS_MAX: usize = 1_000;

/// Stands in a window's `ORDER BY` for `EXCLUDE CURRENT ROW`, which the parser does not know. No identifier of a
/// statement can be equal: unquoted ones have no spaces and this one counts as unquoted.
pub(crate) const EXCLUDE_CURRENT_ROW: &str = "exclude current row";

/// The tokens of each statement, without white space and comments, and the error that ended them early.
/// The text's first line is line `first_line` of its file.
pub(crate) fn statements(text: &str, first_line: u32) -> (Vec<Vec<TokenWithSpan>>, Option<Fault>) {
    let shift = u64::from(first_line.saturating_sub(1));
    let moved = |at: Location| Location::new(at.line + shift, at.column);
    let mut tokens = Vec::new();
    let error = Tokenizer::new(&Mitra, text).tokenize_with_location_into_buf(&mut tokens).err();
    let mut statements = vec![Vec::new()];
    for mut token in tokens {
        token.span = Span::new(moved(token.span.start), moved(token.span.end));
        match token.token {
            Token::Whitespace(_) => {}
            Token::SemiColon => statements.push(Vec::new()),
            _ => statements.last_mut().expect("there is always a last statement").push(token),
        }
    }
    let fault = error.map(|error| {
        // What stands before the error in its statement is not a statement of its own.
        statements.pop();
        let at = Span::new(moved(error.location), moved(error.location));
        if error.message.contains("comment") {
            return Fault::new(at, "a comment is not closed").help("write */ at its end; comments nest");
        }
        let message = error.message.trim_end_matches('.').to_lowercase();
        Fault::new(at, message).help("close the quote that starts here; a quote inside text is written twice")
    });
    statements.retain(|statement| !statement.is_empty());
    (statements, fault)
}

/// The tokens of a text that stands within a statement, from a location on, without a semicolon at its end.
pub(crate) fn within(text: &str, start: Location) -> Result<Vec<TokenWithSpan>, Fault> {
    let moved = |at: Location| {
        let column = if at.line == 1 { at.column + start.column - 1 } else { at.column };
        Location::new(at.line + start.line - 1, column)
    };
    let mut tokens = Vec::new();
    if let Err(error) = Tokenizer::new(&Mitra, text).tokenize_with_location_into_buf(&mut tokens) {
        let at = moved(error.location);
        return Err(Fault::new(Span::new(at, at), error.message.trim_end_matches('.').to_lowercase()));
    }
    tokens.retain(|token| !matches!(token.token, Token::Whitespace(_)));
    for token in &mut tokens {
        token.span = Span::new(moved(token.span.start), moved(token.span.end));
    }
    if tokens.last().is_some_and(|token| token.token == Token::SemiColon) {
        tokens.pop();
    }
    Ok(tokens)
}

/// Words that stand before a parenthesis and are no function's name.
const WORDS: &[&str] = &[
    "all",
    "and",
    "any",
    "as",
    "between",
    "by",
    "case",
    "distinct",
    "else",
    "except",
    "exists",
    "filter",
    "from",
    "group",
    "having",
    "ilike",
    "in",
    "intersect",
    "is",
    "join",
    "like",
    "limit",
    "not",
    "offset",
    "on",
    "or",
    "over",
    "overlaps",
    "returns",
    "select",
    "some",
    "then",
    "union",
    "using",
    "values",
    "when",
    "where",
    "window",
    "with",
    "within",
];

/// Whether a call of a function with this name would be read as something else.
pub(crate) fn is_word(name: &str) -> bool {
    WORDS.contains(&name)
}

/// The names that stand before a parenthesis: functions that a project may have.
pub(crate) fn calls(tokens: &[TokenWithSpan]) -> BTreeSet<Reference> {
    let called = tokens.windows(2).filter(|pair| pair[1].token == Token::LParen);
    let name = |token: &TokenWithSpan| match &token.token {
        Token::Word(word) if word.quote_style.is_some() => Some(word.value.clone()),
        Token::Word(word) => Some(word.value.to_ascii_lowercase()),
        _ => None,
    };
    let names = called.filter_map(|pair| name(&pair[0]));
    names.filter(|name| !is_word(name)).map(Reference::Function).collect()
}

/// What stands behind the header `CREATE [OR REPLACE] FUNCTION name(...)`, when it is one.
pub(crate) fn behind_header(tokens: &[TokenWithSpan]) -> &[TokenWithSpan] {
    let kind = if tokens.get(1).is_some_and(|token| word(token, "or")) { 3 } else { 1 };
    if !tokens.get(kind).is_some_and(|token| word(token, "function")) {
        return tokens;
    }
    let mut depth = 0_usize;
    let end = tokens.iter().position(|token| {
        depth += usize::from(token.token == Token::LParen);
        token.token == Token::RParen && {
            depth = depth.saturating_sub(1);
            depth == 0
        }
    });
    end.map_or(&[], |end| &tokens[end + 1..])
}

/// The place of a whole statement.
pub(crate) fn span(tokens: &[TokenWithSpan]) -> Span {
    match (tokens.first(), tokens.last()) {
        (Some(first), Some(last)) => Span::new(first.span.start, last.span.end),
        _ => Span::empty(),
    }
}

/// Refuses what would make parsing or binding recurse without bound.
pub(crate) fn check_bounds(tokens: &[TokenWithSpan]) -> Result<(), Fault> {
    let mut operators = vec![0_usize];
    for token in tokens {
        match &token.token {
            Token::LParen | Token::LBracket | Token::LBrace => {
                operators.push(0);
                if operators.len() > NESTING_MAX {
                    return Err(Fault::new(
                        token.span,
                        format!("parentheses are nested more than {NESTING_MAX} deep"),
                    )
                    .help("compute the inner parts in a view below and read its columns"));
                }
            }
            Token::RParen | Token::RBracket | Token::RBrace => {
                if operators.len() > 1 {
                    operators.pop();
                }
            }
            Token::Comma => *operators.last_mut().expect("the outermost level stays") = 0,
            _ if is_operand(&token.token) => {}
            _ => {
                let count = operators.last_mut().expect("the outermost level stays");
                *count += 1;
                if *count > OPERATORS_MAX {
                    return Err(Fault::new(
                        token.span,
                        format!("an expression has more than {OPERATORS_MAX} operators"),
                    )
                    .help("write IN (...) for many values, or group parts of it in parentheses"));
                }
            }
        }
    }
    Ok(())
}

fn is_operand(token: &Token) -> bool {
    match token {
        Token::Word(word) => !matches!(
            word.keyword,
            Keyword::AND
                | Keyword::OR
                | Keyword::NOT
                | Keyword::IS
                | Keyword::LIKE
                | Keyword::ILIKE
                | Keyword::IN
                | Keyword::BETWEEN
                | Keyword::CASE
                | Keyword::COLLATE
                | Keyword::INTERVAL
                | Keyword::UNION
                | Keyword::INTERSECT
                | Keyword::EXCEPT
                | Keyword::AT
        ),
        Token::Number(..) | Token::SingleQuotedString(_) | Token::Period => true,
        _ => false,
    }
}

/// What a window's frame excludes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exclusion {
    CurrentRow,
    NoOthers,
    Other,
}

/// The exclusion that starts here and ends its window, and the number of its tokens.
fn exclusion(tokens: &[TokenWithSpan]) -> Option<(Exclusion, usize)> {
    const FORMS: [(&[&str], Exclusion); 4] = [
        (&["exclude", "current", "row"], Exclusion::CurrentRow),
        (&["exclude", "no", "others"], Exclusion::NoOthers),
        (&["exclude", "ties"], Exclusion::Other),
        (&["exclude", "group"], Exclusion::Other),
    ];
    FORMS.into_iter().find_map(|(words, exclusion)| {
        let (first, rest) = tokens.split_at_checked(words.len())?;
        let is_form = first.iter().zip(words).all(|(token, text)| word(token, text));
        let ends = rest.first().is_some_and(|next| next.token == Token::RParen);
        (is_form && ends).then_some((exclusion, words.len()))
    })
}

/// Refuses what the parser would not call by its name, where `before` has been read.
fn refuse_form(before: &[TokenWithSpan], tokens: &[TokenWithSpan]) -> Result<(), Fault> {
    let is = |at: usize, text: &str| tokens.get(at).is_some_and(|token| word(token, text));
    let token = |at: usize| tokens.get(at).map_or(&Token::EOF, |token| &token.token);
    let (what, instead) = match token(0) {
        Token::Word(_) if is(0, "match_recognize") && *token(1) == Token::LParen => {
            ("MATCH_RECOGNIZE", "count with window expressions")
        }
        Token::Word(_) if is(0, "between") && (is(1, "symmetric") || is(1, "asymmetric")) => {
            ("BETWEEN SYMMETRIC", "write BETWEEN least(a, b) AND greatest(a, b)")
        }
        Token::Word(_)
            if is(0, "trim")
                && ["leading", "trailing", "both"].iter().any(|side| is(2, side))
                && is(3, "from") =>
        {
            ("TRIM without characters", "write ltrim(x), rtrim(x) or trim(x)")
        }
        Token::Word(_)
            if is(0, "u")
                && *token(1) == Token::Ampersand
                && matches!(token(2), Token::SingleQuotedString(_)) =>
        {
            ("U&'...'", "write the character itself, or E'\\u0041'")
        }
        Token::Mul
            if is_wildcard(before)
                && ["except", "exclude", "replace", "rename"].iter().any(|option| is(1, option))
                && *token(2) == Token::LParen
                && !is(3, "select") =>
        {
            ("an option after *", "list the columns that are wanted")
        }
        _ => return Ok(()),
    };
    Err(Fault::unsupported(tokens[0].span, what, instead))
}

/// Whether a `*` after these tokens stands for columns and does not multiply.
fn is_wildcard(before: &[TokenWithSpan]) -> bool {
    before.last().is_some_and(|last| {
        matches!(last.token, Token::Comma | Token::Period) || word(last, "select") || word(last, "distinct")
    })
}

/// The identifiers among the first `count` tokens, as names compare.
pub(crate) fn first_words(tokens: &[TokenWithSpan], count: usize) -> Vec<String> {
    let text = |token: &TokenWithSpan| match &token.token {
        Token::Word(word) if word.quote_style.is_some() => Some(word.value.clone()),
        Token::Word(word) => Some(word.value.to_ascii_lowercase()),
        _ => None,
    };
    tokens.iter().take(count).filter_map(text).collect()
}

/// Turns `EXCLUDE CURRENT ROW` into a mark that the parser carries.
pub(crate) fn rewrite(tokens: &[TokenWithSpan]) -> Result<Vec<TokenWithSpan>, Fault> {
    let mut out: Vec<TokenWithSpan> = Vec::with_capacity(tokens.len());
    // For each open parenthesis: whether ORDER BY was seen in it, and where its frame starts in `out`.
    let mut open: Vec<(bool, Option<usize>)> = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        refuse_form(&tokens[..at], &tokens[at..])?;
        if let Some((ordered, Some(frame))) = open.last().copied()
            && let Some((exclusion, len)) = exclusion(&tokens[at..])
        {
            if let Some(marks) = marks(exclusion, ordered, token.span)? {
                out.splice(frame..frame, marks);
            }
            at += len;
            continue;
        }
        match &token.token {
            Token::LParen => open.push((false, None)),
            Token::RParen => drop(open.pop()),
            _ => {
                if let Some((ordered, frame)) = open.last_mut() {
                    let is_unit = ["range", "rows", "groups"].iter().any(|unit| word(token, unit));
                    if word(token, "order") {
                        *ordered = true;
                    } else if is_unit {
                        // A key may have such a name: the last one starts the frame.
                        *frame = Some(out.len());
                    }
                }
            }
        }
        out.push(token.clone());
        at += 1;
    }
    Ok(out)
}

/// The tokens that stand before the frame for what it excludes.
fn marks(exclusion: Exclusion, ordered: bool, span: Span) -> Result<Option<[TokenWithSpan; 2]>, Fault> {
    match exclusion {
        Exclusion::NoOthers => Ok(None),
        Exclusion::Other => Err(Fault::unsupported(
            span,
            "EXCLUDE other than CURRENT ROW",
            "write EXCLUDE CURRENT ROW, or end the frame before the current row's time",
        )),
        Exclusion::CurrentRow if !ordered => {
            Err(Fault::new(span, "EXCLUDE CURRENT ROW stands in a window without ORDER BY")
                .help("write PARTITION BY ... ORDER BY ... RANGE ... EXCLUDE CURRENT ROW in one window"))
        }
        Exclusion::CurrentRow => {
            let value = EXCLUDE_CURRENT_ROW.to_owned();
            let mark = Token::Word(Word { value, quote_style: None, keyword: Keyword::NoKeyword });
            Ok(Some([Token::Comma, mark].map(|mark| TokenWithSpan::new(mark, span))))
        }
    }
}

/// Whether the token is the unquoted word `text`, in any case.
pub(crate) fn word(token: &TokenWithSpan, text: &str) -> bool {
    matches!(&token.token, Token::Word(word) if word.quote_style.is_none() && word.value.eq_ignore_ascii_case(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(text: &str) -> String {
        let (mut statements, fault) = statements(text, 1);
        assert_eq!(fault, None);
        let tokens = rewrite(&statements.remove(0)).expect("the text is valid");
        tokens.iter().map(|token| token.token.to_string()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn exclude_current_row_becomes_a_mark() {
        assert_eq!(
            rewritten("a OVER (PARTITION BY f(b) ORDER BY t ROWS 3 PRECEDING EXCLUDE CURRENT ROW) x"),
            "a OVER ( PARTITION BY f ( b ) ORDER BY t , exclude current row ROWS 3 PRECEDING ) x"
        );
        assert_eq!(
            rewritten("(ORDER BY t ROWS 3 PRECEDING EXCLUDE NO OTHERS)"),
            "( ORDER BY t ROWS 3 PRECEDING )"
        );
        assert_eq!(rewritten("SELECT exclude FROM rows"), "SELECT exclude FROM rows");
        assert_eq!(rewritten("(range TEXT, exclude TEXT)"), "( range TEXT , exclude TEXT )");
    }

    #[test]
    fn an_open_quote_ends_the_file_but_not_the_statements_before() {
        let (statements, fault) = statements("a; b 'c", 1);
        assert_eq!(statements.len(), 1);
        assert_eq!(fault.expect("the quote is open").span.start.column, 6);
    }
}
