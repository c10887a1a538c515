//! A file's tokens, cut into statements, bounded, and rewritten where `sqlparser` lacks standard syntax.

use sqlparser::{
    keywords::Keyword,
    tokenizer::{Location, Span, Token, TokenWithSpan, Tokenizer, Word},
};

use crate::{dialect::Mitra, error::Fault};

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

/// Refuses `MATCH_RECOGNIZE` by name and turns `EXCLUDE CURRENT ROW` into a mark that the parser carries.
pub(crate) fn rewrite(tokens: Vec<TokenWithSpan>) -> Result<Vec<TokenWithSpan>, Fault> {
    let mut out: Vec<TokenWithSpan> = Vec::with_capacity(tokens.len());
    // For each open parenthesis: whether ORDER BY was seen in it, and where its frame starts in `out`.
    let mut open: Vec<(bool, Option<usize>)> = Vec::new();
    let mut rest = tokens.into_iter().peekable();
    while let Some(token) = rest.next() {
        if word(&token, "match_recognize") && rest.peek().is_some_and(|next| next.token == Token::LParen) {
            return Err(Fault::unsupported(token.span, "MATCH_RECOGNIZE", "count with window expressions"));
        }
        if word(&token, "exclude") && open.last().is_some_and(|(_, frame)| frame.is_some()) {
            let (first, second) = (rest.next(), rest.next());
            let is = |token: &Option<TokenWithSpan>, text| token.as_ref().is_some_and(|t| word(t, text));
            let (ordered, frame) = open.last().copied().expect("a frame stands in parentheses");
            let frame = frame.expect("checked above");
            if is(&first, "no") && is(&second, "others") {
                continue;
            }
            if !is(&first, "current") || !is(&second, "row") {
                return Err(Fault::unsupported(
                    token.span,
                    "EXCLUDE other than CURRENT ROW",
                    "write EXCLUDE CURRENT ROW, or end the frame before the current row's time",
                ));
            }
            if !ordered {
                return Err(Fault::new(
                    token.span,
                    "EXCLUDE CURRENT ROW stands in a window without ORDER BY",
                )
                .help("write PARTITION BY ... ORDER BY ... RANGE ... EXCLUDE CURRENT ROW in one window"));
            }
            let mark = Word {
                value: EXCLUDE_CURRENT_ROW.to_owned(),
                quote_style: None,
                keyword: Keyword::NoKeyword,
            };
            let marks = [Token::Comma, Token::Word(mark)].map(|mark| TokenWithSpan::new(mark, token.span));
            out.splice(frame..frame, marks);
            continue;
        }
        match &token.token {
            Token::LParen => open.push((false, None)),
            Token::RParen => {
                open.pop();
            }
            _ => {
                if let Some((ordered, frame)) = open.last_mut() {
                    let is_frame = ["range", "rows", "groups"].iter().any(|unit| word(&token, unit));
                    if word(&token, "order") {
                        *ordered = true;
                    } else if is_frame && frame.is_none() {
                        *frame = Some(out.len());
                    }
                }
            }
        }
        out.push(token);
    }
    Ok(out)
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
        let tokens = rewrite(statements.remove(0)).expect("the text is valid");
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
    }

    #[test]
    fn an_open_quote_ends_the_file_but_not_the_statements_before() {
        let (statements, fault) = statements("a; b 'c", 1);
        assert_eq!(statements.len(), 1);
        assert_eq!(fault.expect("the quote is open").span.start.column, 6);
    }
}
