//! `concat_ws`.

use super::concat::join;
use crate::{
    error::State,
    kernels::Text,
    registry::{Category, Entry, Kind, Signature},
    vector::{Arguments, Output},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "concat_ws",
    form: "concat_ws(separator, a, ...)",
    category: Category::Text,
    description: "As `concat`, with a separator between the arguments that are not NULL.",
    examples: &[("concat_ws('-', 'a', NULL, 'b')", "a-b")],
    signatures: &[Signature::new(&[Kind::Text, Kind::Text], Kind::Text, kernel).variadic()],
};

fn kernel(arguments: &Arguments<'_>, output: &mut Output<'_>) {
    let states = arguments.states(0);
    join(arguments, output, 1, |row| match states.get(row) {
        State::VALUE => Ok(arguments.get::<Text>(0, row)),
        state => Err(State(state)),
    });
}
