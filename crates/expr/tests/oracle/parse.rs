//! A small reader of SQL expressions, so that cases and examples are written as users write them.

use expr::{Array, Expr, Quantifier, TypeError};
use types::{DataType, Value};

use crate::examples::data_type;

/// Makes a leaf of a literal.
pub type Leaf<'a> = &'a mut dyn FnMut(Option<Value>) -> Expr;

/// The typed tree of an expression.
///
/// # Panics
/// When the text is not of the subset that is read here.
pub fn parse(text: &str, leaf: Leaf<'_>) -> Result<Expr, TypeError> {
    let tokens = tokens(text);
    let mut parser = Parser { text, tokens, at: 0, leaf };
    let expr = parser.or()?;
    assert_eq!(parser.at, parser.tokens.len(), "{text} was not read to its end");
    Ok(expr)
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Number(String),
    Quoted(String),
    Symbol(&'static str),
}

const SYMBOLS: &[&str] = &[
    "!~*", "!~", "~*", "<>", "<=", ">=", "@>", "<@", "&&", "[", "]", "<<", ">>", "->>", "->", "||", "::",
    "=", "<", ">", "~", "+", "-", "*", "/", "%", "(", ")", ",", "^", "&", "|", "#",
];

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let len = if first == '\'' {
            let mut end = 1;
            while let Some(at) = rest[end..].find('\'') {
                end += at + 1;
                if !rest[end..].starts_with('\'') {
                    break;
                }
                end += 1;
            }
            tokens.push(Token::Quoted(rest[1..end - 1].replace("''", "'")));
            end
        } else if first.is_ascii_digit() {
            let end = rest
                .find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '.'))
                .unwrap_or(rest.len());
            tokens.push(Token::Number(rest[..end].to_owned()));
            end
        } else if first.is_ascii_alphabetic() {
            let end = rest
                .find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'))
                .unwrap_or(rest.len());
            tokens.push(Token::Word(rest[..end].to_lowercase()));
            end
        } else {
            let symbol = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol));
            let symbol = symbol.unwrap_or_else(|| panic!("no symbol at {rest}"));
            tokens.push(Token::Symbol(symbol));
            symbol.len()
        };
        rest = rest[len..].trim_start();
    }
    tokens
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    at: usize,
    leaf: Leaf<'a>,
}

impl Parser<'_> {
    fn symbol(&mut self, symbols: &[&'static str]) -> Option<&'static str> {
        match self.tokens.get(self.at) {
            Some(Token::Symbol(symbol)) if symbols.contains(symbol) => {
                self.at += 1;
                Some(symbol)
            }
            _ => None,
        }
    }

    fn word(&mut self, words: &[&str]) -> bool {
        let found = words.iter().enumerate().all(|(index, word)| {
            matches!(self.tokens.get(self.at + index), Some(Token::Word(found)) if found == word)
        });
        if found {
            self.at += words.len();
        }
        found
    }

    fn expect(&mut self, symbol: &'static str) {
        assert!(
            self.symbol(&[symbol]).is_some(),
            "{symbol} is missing in {} at {:?}",
            self.text,
            self.tokens.get(self.at)
        );
    }

    fn or(&mut self) -> Result<Expr, TypeError> {
        let mut left = self.and()?;
        while self.word(&["or"]) {
            left = expr::or(left, self.and()?)?;
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Expr, TypeError> {
        let mut left = self.not()?;
        while self.word(&["and"]) {
            left = expr::and(left, self.not()?)?;
        }
        Ok(left)
    }

    fn not(&mut self) -> Result<Expr, TypeError> {
        if self.word(&["not"]) {
            return expr::not(self.not()?);
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Result<Expr, TypeError> {
        let mut left = self.concatenation()?;
        loop {
            if let Some(symbol) = self.symbol(&["=", "<>", "<", "<=", ">", ">=", "~", "~*", "!~", "!~*"]) {
                if let Some(quantifier) = self.quantifier() {
                    left = expr::quantified(symbol, left, quantifier, self.within()?)?;
                    continue;
                }
                left = expr::call(symbol, vec![left, self.concatenation()?])?;
            } else if self.word(&["is"]) {
                let negated = self.word(&["not"]);
                left = self.is(left, negated)?;
            } else {
                let negated = self.word(&["not"]);
                if self.word(&["like", "any"]) {
                    let operator = if negated { "not like" } else { "like" };
                    left = expr::quantified(operator, left, Quantifier::Any, self.within()?)?;
                    continue;
                }
                if self.word(&["ilike", "any"]) {
                    let operator = if negated { "not ilike" } else { "ilike" };
                    left = expr::quantified(operator, left, Quantifier::Any, self.within()?)?;
                    continue;
                }
                if self.word(&["like"]) {
                    left = expr::call("like", vec![left, self.concatenation()?])?;
                } else if self.word(&["ilike"]) {
                    left = expr::call("ilike", vec![left, self.concatenation()?])?;
                } else if self.word(&["in"]) {
                    self.expect("(");
                    left = expr::in_list(left, self.list()?, false)?;
                } else if self.word(&["between"]) {
                    let low = self.concatenation()?;
                    assert!(self.word(&["and"]), "BETWEEN without AND in {}", self.text);
                    left = expr::between(left, low, self.concatenation()?, negated)?;
                    continue;
                } else {
                    return Ok(left);
                }
                if negated {
                    left = expr::not(left)?;
                }
            }
        }
    }

    fn is(&mut self, left: Expr, negated: bool) -> Result<Expr, TypeError> {
        if self.word(&["null"]) {
            return expr::call(if negated { "is_not_null" } else { "is_null" }, vec![left]);
        }
        if self.word(&["distinct", "from"]) {
            return expr::is_distinct_from(left, self.concatenation()?, negated);
        }
        let name = if self.word(&["true"]) { "is_true" } else { "is_false" };
        assert!(name == "is_true" || self.word(&["false"]), "IS what? {}", self.text);
        let test = expr::call(name, vec![left])?;
        if negated { expr::not(test) } else { Ok(test) }
    }

    fn concatenation(&mut self) -> Result<Expr, TypeError> {
        let mut left = self.sum()?;
        while let Some(symbol) = self.symbol(&["||", "->>", "->", "<<", ">>", "&", "|", "#"]) {
            left = expr::call(symbol, vec![left, self.sum()?])?;
        }
        Ok(left)
    }

    fn sum(&mut self) -> Result<Expr, TypeError> {
        let mut left = self.product()?;
        while let Some(symbol) = self.symbol(&["+", "-"]) {
            left = expr::call(symbol, vec![left, self.product()?])?;
        }
        Ok(left)
    }

    fn product(&mut self) -> Result<Expr, TypeError> {
        let mut left = self.sign()?;
        while let Some(symbol) = self.symbol(&["*", "/", "%"]) {
            left = expr::call(symbol, vec![left, self.sign()?])?;
        }
        Ok(left)
    }

    fn sign(&mut self) -> Result<Expr, TypeError> {
        if self.symbol(&["~"]).is_some() {
            let operand = self.sign()?;
            return expr::call("bit_not", vec![operand]);
        }
        if self.symbol(&["-"]).is_none() {
            return self.casted();
        }
        if let Some(Token::Number(number)) = self.tokens.get(self.at).cloned() {
            self.at += 1;
            return Ok((self.leaf)(Some(self::number(&format!("-{number}")))));
        }
        let operand = self.sign()?;
        expr::call("neg", vec![operand])
    }

    fn casted(&mut self) -> Result<Expr, TypeError> {
        let mut value = self.primary()?;
        while self.symbol(&["::"]).is_some() {
            let to = self.type_name();
            value = expr::cast(value, to)?;
        }
        Ok(value)
    }

    /// A type's name, with the parameters of a decimal.
    fn type_name(&mut self) -> DataType {
        let Some(Token::Word(name)) = self.tokens.get(self.at).cloned() else {
            panic!("no type in {}", self.text)
        };
        self.at += 1;
        if name != "decimal" {
            return data_type(&name).unwrap_or_else(|| panic!("no type {name}"));
        }
        self.expect("(");
        let mut parameter = |end| {
            let Some(Token::Number(number)) = self.tokens.get(self.at).cloned() else { panic!("DECIMAL(?)") };
            self.at += 1;
            self.expect(end);
            number.parse().expect("a parameter is a small number")
        };
        DataType::Decimal { precision: parameter(","), scale: parameter(")") }
    }

    /// `a PLACING b FROM start FOR length`.
    fn overlay(&mut self) -> Result<Expr, TypeError> {
        self.expect("(");
        let mut arguments = vec![self.or()?];
        for words in ["placing", "from", "for"] {
            if self.word(&[words]) || self.symbol(&[","]).is_some() {
                arguments.push(self.or()?);
            }
        }
        self.expect(")");
        expr::call("overlay", arguments)
    }

    fn list(&mut self) -> Result<Vec<Expr>, TypeError> {
        let mut items = Vec::new();
        if self.symbol(&[")"]).is_some() {
            return Ok(items);
        }
        loop {
            items.push(self.or()?);
            if self.symbol(&[")"]).is_some() {
                return Ok(items);
            }
            self.expect(",");
        }
    }

    fn quantifier(&mut self) -> Option<Quantifier> {
        match () {
            () if self.word(&["any"]) => Some(Quantifier::Any),
            () if self.word(&["all"]) => Some(Quantifier::All),
            () => None,
        }
    }

    /// Whether an array stands at this token or within the parentheses that do.
    fn is_array(&self) -> bool {
        let mut at = self.at;
        while self.tokens.get(at) == Some(&Token::Symbol("(")) {
            at += 1;
        }
        let is_cast = || {
            let next = self.tokens.get(at + 1..at + 4);
            next.is_some_and(|next| next[0] == Token::Symbol("::") && next[2] == Token::Symbol("["))
        };
        match self.tokens.get(at) {
            Some(Token::Word(word)) => word == "array" || word == "string_to_array",
            Some(Token::Quoted(_)) => is_cast(),
            _ => false,
        }
    }

    /// An array in parentheses.
    fn within(&mut self) -> Result<Array, TypeError> {
        self.expect("(");
        let array = self.array()?;
        self.expect(")");
        Ok(array)
    }

    fn array(&mut self) -> Result<Array, TypeError> {
        if self.tokens.get(self.at) == Some(&Token::Symbol("(")) {
            return self.within();
        }
        let array = if let Some(Token::Quoted(text)) = self.tokens.get(self.at).cloned() {
            self.at += 1;
            Array::read(&text)?
        } else if self.word(&["string_to_array"]) {
            self.expect("(");
            let text = self.or()?;
            self.expect(",");
            let Some(Token::Quoted(separator)) = self.tokens.get(self.at).cloned() else {
                panic!("no separator")
            };
            self.at += 1;
            self.expect(")");
            Array::parts(text, expr::literal(Value::Text(separator)))?
        } else {
            assert!(self.word(&["array"]), "no array in {}", self.text);
            self.expect("[");
            let mut elements = vec![self.or()?];
            while self.symbol(&[","]).is_some() {
                elements.push(self.or()?);
            }
            self.expect("]");
            Array::list(elements)?
        };
        if self.symbol(&["::"]).is_none() {
            return Ok(array);
        }
        let to = self.type_name();
        self.expect("[");
        self.expect("]");
        array.cast(to)
    }

    /// What is asked of the array that stands here.
    fn asked(&mut self) -> Result<Expr, TypeError> {
        let array = self.array()?;
        match self.symbol(&["[", "@>", "<@", "&&"]) {
            Some("[") => {
                let place = self.or()?;
                self.expect("]");
                expr::element(array, place)
            }
            Some("@>") => expr::contains(array, self.array()?),
            Some("<@") => {
                let whole = self.array()?;
                expr::contains(whole, array)
            }
            Some(_) => expr::overlap(array, self.array()?),
            None => panic!("an array is asked nothing in {}", self.text),
        }
    }

    /// The rest of a call whose first argument is an array.
    fn array_call(&mut self, name: &str) -> Result<Expr, TypeError> {
        self.expect("(");
        let array = self.array()?;
        let mut rest = if self.symbol(&[","]).is_some() {
            self.list()?
        } else {
            self.expect(")");
            Vec::new()
        };
        match name {
            "cardinality" => expr::cardinality(array),
            "array_length" => expr::array_length(array, rest.remove(0)),
            "array_position" => expr::array_position(array, rest.remove(0)),
            _ => {
                let null = (rest.len() == 2).then(|| rest.remove(1));
                expr::array_to_string(array, rest.remove(0), null)
            }
        }
    }

    fn primary(&mut self) -> Result<Expr, TypeError> {
        if self.is_array() {
            return self.asked();
        }
        let token = self.tokens.get(self.at).cloned().unwrap_or_else(|| panic!("{} ends early", self.text));
        self.at += 1;
        match token {
            Token::Number(text) => Ok((self.leaf)(Some(number(&text)))),
            Token::Quoted(text) => Ok((self.leaf)(Some(Value::Text(text)))),
            Token::Symbol("(") => {
                let inner = self.or()?;
                self.expect(")");
                Ok(inner)
            }
            Token::Word(word) => self.named(&word),
            Token::Symbol(symbol) => panic!("{symbol} begins nothing in {}", self.text),
        }
    }

    fn named(&mut self, word: &str) -> Result<Expr, TypeError> {
        match word {
            "null" => return Ok(expr::null()),
            "true" | "false" => return Ok((self.leaf)(Some(Value::Boolean(word == "true")))),
            "case" => return self.case(),
            "cardinality" | "array_length" | "array_position" | "array_to_string" => {
                return self.array_call(word);
            }
            "overlay" => return self.overlay(),
            "cast" => {
                self.expect("(");
                let value = self.or()?;
                assert!(self.word(&["as"]), "CAST without AS in {}", self.text);
                let to = self.type_name();
                self.expect(")");
                return expr::cast(value, to);
            }
            "extract" => {
                self.expect("(");
                let Some(Token::Word(field)) = self.tokens.get(self.at).cloned() else { panic!("no field") };
                self.at += 1;
                assert!(self.word(&["from"]), "EXTRACT without FROM in {}", self.text);
                let mut arguments = vec![expr::literal(Value::Text(field))];
                arguments.extend(self.list()?);
                return expr::call("extract", arguments);
            }
            _ => {}
        }
        if let (Some(to), Some(Token::Quoted(text))) = (data_type(word), self.tokens.get(self.at).cloned()) {
            self.at += 1;
            let Expr::Literal { value, .. } = expr::cast(expr::literal(Value::Text(text)), to)? else {
                panic!("a literal of {} does not read", self.text)
            };
            return Ok((self.leaf)(value));
        }
        self.expect("(");
        let arguments = self.list()?;
        expr::call(word, arguments)
    }

    fn case(&mut self) -> Result<Expr, TypeError> {
        let mut branches = Vec::new();
        while self.word(&["when"]) {
            let condition = self.or()?;
            assert!(self.word(&["then"]), "WHEN without THEN in {}", self.text);
            branches.push((condition, self.or()?));
        }
        let otherwise = if self.word(&["else"]) { Some(self.or()?) } else { None };
        assert!(self.word(&["end"]), "CASE without END in {}", self.text);
        expr::case(branches, otherwise)
    }
}

fn number(text: &str) -> Value {
    match text.parse() {
        Ok(integer) => Value::BigInt(integer),
        Err(_) => {
            let scale = text.split_once('.').map_or(0, |(_, fraction)| fraction.len() as u8);
            let unscaled = types::decimal::parse(text, types::decimal::DIGITS_MAX, scale);
            Value::Decimal { unscaled: unscaled.unwrap_or_else(|error| panic!("{text}: {error}")), scale }
        }
    }
}
