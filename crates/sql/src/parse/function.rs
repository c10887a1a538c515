//! `CREATE [OR REPLACE] FUNCTION name(parameter type, ...) RETURNS type RETURN expression`, and the same with the expression
//! after `AS` between dollar quotes, where it may follow a `SELECT`.

use std::collections::BTreeSet;

use sqlparser::{
    ast::{DataType, Expr},
    tokenizer::{Span, Token, TokenWithSpan},
};

use crate::{
    error::Fault,
    statement::{Label, Reference},
    tokens,
};

use super::reader::Reader;

#[derive(Clone, Debug)]
pub(crate) struct CreateFunction {
    pub name: Label,
    pub parameters: Vec<ParameterDef>,
    pub result: DataType,
    pub result_span: Span,
    /// `STRICT`: NULL when an argument is.
    pub strict: bool,
    pub body: Expr,
    pub body_span: Span,
    /// What it calls.
    pub references: BTreeSet<Reference>,
}

/// One parameter as written.
#[derive(Clone, Debug)]
pub(crate) struct ParameterDef {
    pub name: Label,
    pub data_type: DataType,
    pub type_span: Span,
}

const EXAMPLE: &str = "CREATE FUNCTION fee(amount DECIMAL(18,2)) RETURNS DECIMAL(18,2) RETURN amount * 0.02";

pub(super) fn parse(reader: &mut Reader, calls: BTreeSet<Reference>) -> Result<CreateFunction, Fault> {
    let name = reader.name("the function's name")?;
    reader.expect_token(&Token::LParen, EXAMPLE)?;
    let parameters = if reader.token(&Token::RParen) { Vec::new() } else { reader.list(parameter)? };
    reader.expect_word("returns", EXAMPLE)?;
    for (word, instead) in [
        ("table", "a function gives one value; write a view"),
        ("setof", "a function gives one value; write a view"),
        ("trigger", "write a RULE or a SINK"),
        ("void", "a function gives one value"),
    ] {
        if reader.is_at_word(word) {
            return Err(Fault::unsupported(
                reader.span(),
                &format!("RETURNS {}", word.to_uppercase()),
                instead,
            ));
        }
    }
    let result_span = reader.span();
    let result = reader.data_type()?;
    let result_span = result_span.union(&reader.last_span());
    let mut strict = false;
    let mut body = None;
    while !reader.is_at_end() {
        if body.is_none() && (reader.is_at_word("return") || reader.is_at_word("as")) {
            body = Some(read_body(reader)?);
        } else {
            attribute(reader, &mut strict)?;
        }
    }
    let (body, body_span, inner) =
        body.ok_or_else(|| reader.expected("RETURN expression").help(format!("write {EXAMPLE}")))?;
    // The name itself stands before a parenthesis too; in an expression of its own it is a call of itself.
    let references = match inner {
        Some(inner) => tokens::calls(&inner),
        None => calls,
    };
    Ok(CreateFunction { name, parameters, result, result_span, strict, body, body_span, references })
}

fn parameter(reader: &mut Reader) -> Result<ParameterDef, Fault> {
    for (word, instead) in [
        ("out", "a function gives one value by RETURNS"),
        ("inout", "a function gives one value by RETURNS"),
        ("variadic", "write a parameter for each value"),
    ] {
        if reader.is_at_word(word) {
            return Err(Fault::unsupported(reader.span(), &word.to_uppercase(), instead));
        }
    }
    let name = reader.name("a parameter's name")?;
    if reader.is_at(&Token::Comma) || reader.is_at(&Token::RParen) {
        return Err(reader
            .expected("the parameter's type")
            .help(format!("write {} and its type", name.text)));
    }
    let type_span = reader.span();
    let data_type = reader.data_type()?;
    let type_span = type_span.union(&reader.last_span());
    if reader.is_at_word("default") || reader.is_at(&Token::Eq) {
        let instead = "write the value in each call, or coalesce(parameter, value) in the body";
        return Err(Fault::unsupported(reader.span(), "DEFAULT", instead));
    }
    Ok(ParameterDef { name, data_type, type_span })
}

/// What PostgreSQL lets stand around the body: every function here is an immutable expression.
fn attribute(reader: &mut Reader, strict: &mut bool) -> Result<(), Fault> {
    let at = reader.span();
    if reader.word("language") {
        let language = reader.name("the language")?;
        if !language.text.eq_ignore_ascii_case("sql") {
            return Err(Fault::unsupported(
                language.span,
                &format!("LANGUAGE {}", language.text),
                "write an SQL expression",
            ));
        }
        return Ok(());
    }
    if reader.word("volatile") {
        return Err(Fault::unsupported(
            at,
            "VOLATILE",
            "a function is a value of its arguments: leave it out",
        ));
    }
    if reader.word("strict") || reader.words(&["returns", "null", "on", "null", "input"]) {
        *strict = true;
        return Ok(());
    }
    let harmless: [&[&str]; 4] =
        [&["immutable"], &["stable"], &["parallel", "safe"], &["called", "on", "null", "input"]];
    if harmless.iter().any(|words| reader.words(words)) {
        return Ok(());
    }
    Err(reader.expected("RETURN expression").help(format!("write {EXAMPLE}")))
}

type BodyParts = (Expr, Span, Option<Vec<TokenWithSpan>>);

fn read_body(reader: &mut Reader) -> Result<BodyParts, Fault> {
    if reader.word("return") {
        let start = reader.span();
        let body = reader.expr()?;
        return Ok((body, Span::new(start.start, reader.last_span().end), None));
    }
    reader.expect_word("as", EXAMPLE)?;
    let (text, start) = reader.dollar_quoted("AS $$ expression $$")?;
    let inner = tokens::within(&text, start)?;
    let span = tokens::span(&inner);
    tokens::check_bounds(&inner)?;
    let mut body = Reader::new(tokens::rewrite(&inner)?, reader.strictness());
    if body.is_at_end() {
        return Err(
            Fault::new(reader.last_span(), "the function has no body").help(format!("write {EXAMPLE}"))
        );
    }
    body.word("select");
    let expr = body.expr()?;
    if !body.is_at_end() {
        let help = "a body is one expression, or SELECT and one expression: data comes by parameters";
        return Err(body.expected("the end of the body").help(help));
    }
    Ok((expr, span, Some(inner)))
}
