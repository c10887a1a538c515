//! `IS DISTINCT FROM`.

use types::Interval;

use crate::{
    decimals, doubles,
    error::State,
    intervals::span,
    kernels::Text,
    registry::{Category, Entry, Kind, Signature},
    vector::{Arguments, Output},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "is_distinct_from",
    form: "a IS DISTINCT FROM b",
    category: Category::Comparison,
    description: "Whether both differ, where NULL equals NULL; `IS NOT DISTINCT FROM` is its opposite.",
    examples: &[("NULL IS DISTINCT FROM 1", "true")],
    signatures: &[
        Signature::new(&[Kind::BigInt, Kind::BigInt], Kind::Boolean, |arguments, output| {
            let (a, b) = (arguments.operand::<i64>(0), arguments.operand::<i64>(1));
            distinct(arguments, output, |row| a.get(row) != b.get(row));
        }),
        Signature::new(&[Kind::Decimal, Kind::Decimal], Kind::Boolean, |arguments, output| {
            let (left, right) = (arguments.scale(0), arguments.scale(1));
            let (a, b) = (arguments.operand::<i128>(0), arguments.operand::<i128>(1));
            distinct(arguments, output, |row| decimals::compare(a.get(row), left, b.get(row), right).is_ne());
        }),
        Signature::new(&[Kind::Double, Kind::Double], Kind::Boolean, |arguments, output| {
            let (a, b) = (arguments.operand::<f64>(0), arguments.operand::<f64>(1));
            distinct(arguments, output, |row| !doubles::equal(a.get(row), b.get(row)));
        }),
        Signature::new(&[Kind::Text, Kind::Text], Kind::Boolean, |arguments, output| {
            distinct(arguments, output, |row| arguments.get::<Text>(0, row) != arguments.get::<Text>(1, row));
        }),
        Signature::new(&[Kind::Timestamptz, Kind::Timestamptz], Kind::Boolean, |arguments, output| {
            let (a, b) = (arguments.operand::<i64>(0), arguments.operand::<i64>(1));
            distinct(arguments, output, |row| a.get(row) != b.get(row));
        }),
        Signature::new(&[Kind::Date, Kind::Date], Kind::Boolean, |arguments, output| {
            let (a, b) = (arguments.operand::<i32>(0), arguments.operand::<i32>(1));
            distinct(arguments, output, |row| a.get(row) != b.get(row));
        }),
        Signature::new(&[Kind::Boolean, Kind::Boolean], Kind::Boolean, |arguments, output| {
            let (a, b) = (arguments.operand::<bool>(0), arguments.operand::<bool>(1));
            distinct(arguments, output, |row| a.get(row) != b.get(row));
        }),
        Signature::new(&[Kind::Interval, Kind::Interval], Kind::Boolean, |arguments, output| {
            let (a, b) = (arguments.operand::<Interval>(0), arguments.operand::<Interval>(1));
            distinct(arguments, output, |row| span(a.get(row)) != span(b.get(row)));
        }),
    ],
};

fn distinct(arguments: &Arguments<'_>, output: &mut Output<'_>, differ: impl Fn(usize) -> bool) {
    let (left, right) = (arguments.states(0), arguments.states(1));
    let (values, states) = output.native::<bool>(arguments.rows);
    for (row, (value, state)) in values.iter_mut().zip(states).enumerate() {
        let (left, right) = (left.get(row), right.get(row));
        let both = left == State::VALUE && right == State::VALUE;
        *value = if both { differ(row) } else { left != right };
        *state = match (left > State::NULL, right > State::NULL) {
            (true, _) => left,
            (_, true) => right,
            _ => State::VALUE,
        };
    }
}
