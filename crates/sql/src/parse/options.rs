//! `WITH (name = 'value', ...)`.

use sqlparser::tokenizer::Token;

use crate::{error::Fault, statement::Label};

use super::reader::Reader;

/// One option as written.
#[derive(Clone, Debug)]
pub(crate) struct OptionDef {
    pub name: Label,
    pub value: Label,
}

/// The options, or none when `WITH` is not next.
pub(super) fn parse(reader: &mut Reader) -> Result<Vec<OptionDef>, Fault> {
    if !reader.word("with") {
        return Ok(Vec::new());
    }
    reader.expect_token(&Token::LParen, "WITH (name = 'value', ...)")?;
    let options: Vec<OptionDef> = reader.list(|reader| {
        let name = reader.name("an option's name")?;
        reader.expect_token(&Token::Eq, &format!("{} = '...'", name.text))?;
        let value = reader.string(&format!("a quoted value: {} = '...'", name.text))?;
        Ok(OptionDef { name, value })
    })?;
    for (at, option) in options.iter().enumerate() {
        if options[..at].iter().any(|before| before.name.text == option.name.text) {
            let message = format!("option {} is given twice", option.name.text);
            return Err(Fault::new(option.name.span, message).help("keep one of them"));
        }
    }
    Ok(options)
}
