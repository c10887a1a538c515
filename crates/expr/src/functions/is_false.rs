//! `IS FALSE`.

use crate::{
    error::State,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "is_false",
    form: "a IS FALSE",
    category: Category::Comparison,
    description: "Whether it is false; false for NULL.",
    examples: &[("false IS FALSE", "true")],
    signatures: &[Signature::new(&[Kind::Boolean], Kind::Boolean, |arguments, output| {
        let (given, given_states) = (arguments.operand::<bool>(0), arguments.states(0));
        let (values, states) = output.native::<bool>(arguments.rows);
        for (row, (value, state)) in values.iter_mut().zip(states).enumerate() {
            let given_state = given_states.get(row);
            *value = !given.get(row) & (given_state == State::VALUE);
            *state = if given_state > State::NULL { given_state } else { State::VALUE };
        }
    })],
};
