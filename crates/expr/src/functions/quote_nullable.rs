//! `quote_nullable`.

use super::quote_literal::quote;
use crate::{
    error::State,
    kernels::{Text, rows::append},
    registry::{Category, Entry, Kind, Signature},
    vector::{Arguments, Output},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "quote_nullable",
    form: "quote_nullable(a)",
    category: Category::Text,
    description: "As `quote_literal`; NULL becomes the word.",
    examples: &[("quote_nullable(NULL)", "NULL")],
    signatures: &[Signature::new(&[Kind::Text], Kind::Text, kernel)],
};

fn kernel(arguments: &Arguments<'_>, output: &mut Output<'_>) {
    let given = arguments.states(0);
    let (text, states, _) = output.text(arguments.rows);
    for (row, state) in states.iter_mut().enumerate() {
        let written = append(text, |out| match given.get(row) {
            State::VALUE => {
                quote(arguments.get::<Text>(0, row), out);
                Ok(())
            }
            State::NULL => {
                out.push_str("NULL");
                Ok(())
            }
            code => Err(State(code)),
        });
        *state = written.err().map_or(State::VALUE, |State(state)| state);
        text.finish_value();
    }
}
