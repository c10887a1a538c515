//! `IN`.

use crate::{
    Expr,
    error::State,
    membership::{Item, Set},
    prepared::Prepared,
    registry::{Category, Entry, Kind, Signature},
    vector::{Arguments, Native as _, Output, resize},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "in",
    form: "a IN (b, ...)",
    category: Category::Comparison,
    description: "Whether it equals one of the list; NULL when it equals none and one is NULL.",
    examples: &[("2 IN (1, 2)", "true"), ("2 IN (1, NULL)", "NULL")],
    signatures: &[
        Signature::new(&[Kind::BigInt, Kind::BigInt], Kind::Boolean, kernel).variadic().prepare(prepare),
        Signature::new(&[Kind::Decimal, Kind::Decimal], Kind::Boolean, kernel).variadic().prepare(prepare),
        Signature::new(&[Kind::Double, Kind::Double], Kind::Boolean, kernel).variadic().prepare(prepare),
        Signature::new(&[Kind::Text, Kind::Text], Kind::Boolean, kernel).variadic().prepare(prepare),
        Signature::new(&[Kind::Timestamptz, Kind::Timestamptz], Kind::Boolean, kernel)
            .variadic()
            .prepare(prepare),
        Signature::new(&[Kind::Date, Kind::Date], Kind::Boolean, kernel).variadic().prepare(prepare),
        Signature::new(&[Kind::Boolean, Kind::Boolean], Kind::Boolean, kernel).variadic().prepare(prepare),
        Signature::new(&[Kind::Interval, Kind::Interval], Kind::Boolean, kernel).variadic().prepare(prepare),
    ],
};

fn prepare(arguments: &[Expr]) -> Result<Prepared, String> {
    Ok(Prepared::Set(Set::new(&arguments[1..])))
}

fn kernel(arguments: &Arguments<'_>, output: &mut Output<'_>) {
    let given = arguments.states(0);
    let Prepared::Set(set) = &*output.prepared else { unreachable!("the signature prepares a set") };
    let values = resize(bool::vector(&mut output.register.column.values), arguments.rows, false);
    let states = resize(&mut output.register.states, arguments.rows, State::VALUE);
    let (items, constant) = arguments.values(0);
    for (row, (value, state)) in values.iter_mut().zip(states).enumerate() {
        *state = given.get(row);
        if *state == State::VALUE {
            *value = set.contains(Item::at(items, if constant { 0 } else { row }));
            *state = if !*value && set.has_null() { State::NULL } else { State::VALUE };
        }
    }
}
