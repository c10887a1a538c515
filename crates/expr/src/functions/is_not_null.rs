//! `IS NOT NULL`.

use crate::{
    error::State,
    registry::{Category, Entry, Kind, Signature},
    vector::{Arguments, Output},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "is_not_null",
    form: "a IS NOT NULL",
    category: Category::Comparison,
    description: "Whether it is not NULL.",
    examples: &[("1 IS NOT NULL", "true")],
    signatures: &[
        Signature::new(&[Kind::BigInt], Kind::Boolean, kernel),
        Signature::new(&[Kind::Decimal], Kind::Boolean, kernel),
        Signature::new(&[Kind::Double], Kind::Boolean, kernel),
        Signature::new(&[Kind::Text], Kind::Boolean, kernel),
        Signature::new(&[Kind::Timestamptz], Kind::Boolean, kernel),
        Signature::new(&[Kind::Date], Kind::Boolean, kernel),
        Signature::new(&[Kind::Boolean], Kind::Boolean, kernel),
        Signature::new(&[Kind::Interval], Kind::Boolean, kernel),
    ],
};

fn kernel(arguments: &Arguments<'_>, output: &mut Output<'_>) {
    let given = arguments.states(0);
    let (values, states) = output.native::<bool>(arguments.rows);
    for (row, (value, state)) in values.iter_mut().zip(states).enumerate() {
        let given = given.get(row);
        *value = given != State::NULL;
        *state = if given > State::NULL { given } else { State::VALUE };
    }
}
