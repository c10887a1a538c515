//! `concat`.

use crate::{
    error::State,
    kernels::{Outcome, Text, rows::append},
    registry::{Category, Entry, Kind, Signature},
    vector::{Arguments, Output},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "concat",
    form: "concat(a, ...)",
    category: Category::Text,
    description: "All arguments as text, one after the other; NULLs are passed over.",
    examples: &[("concat('a', 1, NULL, true)", "a1t")],
    signatures: &[Signature::new(&[Kind::Text], Kind::Text, kernel).variadic()],
};

fn kernel(arguments: &Arguments<'_>, output: &mut Output<'_>) {
    join(arguments, output, 0, |_| Ok(""));
}

/// Appends the arguments from `first` on, separated by the row's separator; an error is the first one's.
pub(super) fn join<'a>(
    arguments: &Arguments<'a>,
    output: &mut Output<'_>,
    first: usize,
    separator: impl Fn(usize) -> Outcome<&'a str>,
) {
    let (text, states, _) = output.text(arguments.rows);
    for (row, state) in states.iter_mut().enumerate() {
        *state = match append(text, |out| join_row(arguments, out, first, row, &separator)) {
            Ok(()) => State::VALUE,
            Err(State(state)) => state,
        };
        text.finish_value();
    }
}

fn join_row<'a>(
    arguments: &Arguments<'a>,
    out: &mut String,
    first: usize,
    row: usize,
    separator: impl Fn(usize) -> Outcome<&'a str>,
) -> Outcome<()> {
    let separator = separator(row);
    if let Err(State(code)) = separator
        && code > State::NULL
    {
        return Err(State(code));
    }
    let mut any = false;
    for index in first..arguments.len() {
        match arguments.states(index).get(row) {
            State::VALUE => {
                if any {
                    out.push_str(separator.unwrap_or_default());
                }
                any = true;
                out.push_str(arguments.get::<Text>(index, row));
            }
            State::NULL => {}
            code => return Err(State(code)),
        }
    }
    separator.map(|_| ())
}
