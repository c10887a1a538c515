//! Reads our own statements token by token and hands expressions to `sqlparser`.

use sqlparser::{
    ast::{DataType, Expr, Ident, Query},
    parser::{Parser, ParserError},
    tokenizer::{Location, Span, Token, TokenWithSpan},
};

use crate::{dialect::Mitra, error::Fault, statement::Label, strictness::Strictness, tokens};

/// Bytes of a name.
pub const NAME_BYTES_MAX: usize = 128;
/// How deep the parser may recurse: above what [`tokens::NESTING_MAX`] parentheses need.
const RECURSION_MAX: usize = 400;

pub(crate) struct Reader {
    parser: Parser<'static>,
    end: Span,
    strictness: Strictness,
}

impl Reader {
    pub fn new(tokens: Vec<TokenWithSpan>, strictness: Strictness) -> Self {
        let last = tokens.last().map_or(Span::empty(), |token| token.span);
        let parser =
            Parser::new(&Mitra).with_recursion_limit(RECURSION_MAX).with_tokens_with_locations(tokens);
        Self { parser, end: Span::new(last.end, last.end), strictness }
    }

    /// The place of the next token, or the end of the statement.
    pub fn span(&self) -> Span {
        let token = self.parser.peek_token_ref();
        if token.token == Token::EOF { self.end } else { token.span }
    }

    /// The place of the token just read.
    pub fn last_span(&self) -> Span {
        self.parser.get_current_token().span
    }

    pub fn is_at(&self, token: &Token) -> bool {
        self.parser.peek_token_ref().token == *token
    }

    pub fn is_at_word(&self, text: &str) -> bool {
        tokens::word(self.parser.peek_token_ref(), text)
    }

    pub fn is_at_end(&self) -> bool {
        self.is_at(&Token::EOF)
    }

    /// Reads the word if it is next.
    pub fn word(&mut self, text: &str) -> bool {
        self.words(&[text])
    }

    /// Reads all these words if they are next.
    pub fn words(&mut self, texts: &[&str]) -> bool {
        let next =
            texts.iter().enumerate().all(|(at, text)| tokens::word(self.parser.peek_nth_token_ref(at), text));
        if next {
            texts.iter().for_each(|_| self.parser.advance_token());
        }
        next
    }

    pub fn expect_word(&mut self, text: &str, example: &str) -> Result<(), Fault> {
        if self.word(text) {
            return Ok(());
        }
        Err(self.expected(&text.to_uppercase()).help(format!("write {example}")))
    }

    /// Reads the token if it is next.
    pub fn token(&mut self, token: &Token) -> bool {
        self.parser.consume_token(token)
    }

    pub fn expect_token(&mut self, token: &Token, example: &str) -> Result<(), Fault> {
        if self.token(token) {
            return Ok(());
        }
        Err(self.expected(&token.to_string()).help(format!("write {example}")))
    }

    /// An identifier.
    pub fn name(&mut self, what: &str) -> Result<Label, Fault> {
        let TokenWithSpan { token: Token::Word(word), span } = self.parser.peek_token() else {
            return Err(self.expected(what));
        };
        self.parser.advance_token();
        let text = fold_word(&word.value, word.quote_style);
        self.strictness.check(|| check_name(&text, span))?;
        if self.is_at(&Token::Period) {
            let fault = Fault::unsupported(self.span(), "a schema-qualified name", "write the name alone");
            return Err(fault);
        }
        Ok(Label { text, span })
    }

    /// A text literal.
    pub fn string(&mut self, what: &str) -> Result<Label, Fault> {
        let TokenWithSpan { token, span } = self.parser.peek_token();
        let (Token::SingleQuotedString(text) | Token::EscapedStringLiteral(text)) = token else {
            return Err(self.expected(what));
        };
        self.parser.advance_token();
        Ok(Label { text, span })
    }

    /// A text between dollar quotes, and where it starts.
    pub fn dollar_quoted(&mut self, what: &str) -> Result<(String, Location), Fault> {
        let TokenWithSpan { token, span } = self.parser.peek_token();
        let Token::DollarQuotedString(quoted) = token else { return Err(self.expected(what)) };
        self.parser.advance_token();
        let quote = 2 + quoted.tag.map_or(0, |tag| tag.chars().count() as u64);
        Ok((quoted.value, Location::new(span.start.line, span.start.column + quote)))
    }

    /// Whose statement it is.
    pub fn strictness(&self) -> Strictness {
        self.strictness
    }

    /// `a, b, ...` up to the closing parenthesis, which is read too.
    pub fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Result<T, Fault>) -> Result<Vec<T>, Fault> {
        let mut items = Vec::new();
        loop {
            items.push(item(self)?);
            if self.token(&Token::RParen) {
                return Ok(items);
            }
            if !self.token(&Token::Comma) {
                return Err(self.expected(", or )"));
            }
        }
    }

    pub fn expr(&mut self) -> Result<Expr, Fault> {
        let at = self.span();
        self.parser.parse_expr().map_err(|error| fault(error, at, self.end))
    }

    pub fn query(&mut self) -> Result<Query, Fault> {
        let at = self.span();
        self.parser.parse_query().map(|query| *query).map_err(|error| fault(error, at, self.end))
    }

    pub fn data_type(&mut self) -> Result<DataType, Fault> {
        let at = self.span();
        self.parser.parse_data_type().map_err(|error| fault(error, at, self.end))
    }

    /// Refuses anything that is left.
    pub fn finish(&mut self) -> Result<(), Fault> {
        if self.is_at_end() { Ok(()) } else { Err(self.expected("the end of the statement")) }
    }

    /// What was expected instead of the next token.
    pub fn expected(&self, what: &str) -> Fault {
        let found = match self.parser.peek_token_ref() {
            TokenWithSpan { token: Token::EOF, .. } => "the end of the statement".to_owned(),
            token => token.token.to_string(),
        };
        Fault::new(self.span(), format!("expected {what}, found {found}"))
    }
}

/// Refuses names that nobody could write or read back.
pub(crate) fn check_name(text: &str, span: Span) -> Result<(), Fault> {
    if text.is_empty() || text.len() > NAME_BYTES_MAX {
        let message = format!("a name has {} bytes, allowed are 1 to {NAME_BYTES_MAX}", text.len());
        return Err(Fault::new(span, message));
    }
    if text.chars().any(char::is_control) {
        return Err(Fault::new(span, "a name holds a line break or another control character")
            .help("write it on one line"));
    }
    Ok(())
}

/// An identifier as names compare: lower case unless it was quoted.
pub(crate) fn fold(ident: &Ident) -> String {
    fold_word(&ident.value, ident.quote_style)
}

fn fold_word(value: &str, quote: Option<char>) -> String {
    if quote.is_some() { value.to_owned() } else { value.to_ascii_lowercase() }
}

/// `sqlparser`'s error with its place taken out of the text.
fn fault(error: ParserError, start: Span, end: Span) -> Fault {
    let text = match error {
        ParserError::ParserError(text) | ParserError::TokenizerError(text) => text,
        ParserError::RecursionLimitExceeded => {
            return Fault::new(start, "the statement nests too deep")
                .help("compute the inner parts in a view below and read its columns");
        }
    };
    let (message, span) = match text.rsplit_once(" at Line: ") {
        Some((message, place)) => (message, location(place).unwrap_or(end)),
        None if text.ends_with("EOF") => (text.as_str(), end),
        None => (text.as_str(), start),
    };
    let message = message
        .replace("Expected: ", "expected ")
        .replace(", found: EOF", ", found the end of the statement")
        .replace(", found: ", ", found ");
    let mut chars = message.chars();
    let message = chars.next().map(|c| c.to_ascii_lowercase()).into_iter().chain(chars).collect::<String>();
    Fault::new(span, message.trim_end_matches('.'))
}

fn location(place: &str) -> Option<Span> {
    let (line, column) = place.split_once(", Column: ")?;
    let start = Location::new(line.parse().ok()?, column.trim_end().parse().ok()?);
    (start.line > 0).then(|| Span::new(start, start))
}
