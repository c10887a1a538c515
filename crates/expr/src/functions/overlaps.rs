//! `overlaps`.

use crate::{
    error::State,
    registry::{Category, Entry, Kind, Signature},
    vector::{Arguments, Output},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "overlaps",
    form: "overlaps(a, b, c, d), (a, b) OVERLAPS (c, d)",
    category: Category::Time,
    description: "Whether the times from `a` to `b` and from `c` to `d` have one in common; the later end of each does not belong to it.",
    examples: &[(
        "overlaps(DATE '2026-01-01', DATE '2026-02-01', DATE '2026-01-31', DATE '2026-03-01')",
        "true",
    )],
    signatures: &[Signature::new(
        &[Kind::Timestamptz, Kind::Timestamptz, Kind::Timestamptz, Kind::Timestamptz],
        Kind::Boolean,
        kernel,
    )],
};

/// Not strict: one end alone may decide. An error of an argument is that of the first one.
fn kernel(arguments: &Arguments<'_>, output: &mut Output<'_>) {
    let (values, states) = output.native::<bool>(arguments.rows);
    for (row, (value, state)) in values.iter_mut().zip(states).enumerate() {
        let given: [u8; 4] = std::array::from_fn(|index| arguments.states(index).get(row));
        if let Some(raised) = given.into_iter().find(|state| *state > State::NULL) {
            *state = raised;
            continue;
        }
        let time = |index: usize| (given[index] == State::VALUE).then(|| arguments.get::<i64>(index, row));
        let found = decide(ends(time(0), time(1)), ends(time(2), time(3)));
        *value = found.unwrap_or_default();
        *state = if found.is_some() { State::VALUE } else { State::NULL };
    }
}

/// The earlier and the later end; an end alone is the earlier one.
fn ends(one: Option<i64>, other: Option<i64>) -> Option<(i64, Option<i64>)> {
    match (one, other) {
        (Some(one), Some(other)) => Some((one.min(other), Some(one.max(other)))),
        (Some(only), None) | (None, Some(only)) => Some((only, None)),
        (None, None) => None,
    }
}

fn decide(one: Option<(i64, Option<i64>)>, other: Option<(i64, Option<i64>)>) -> Option<bool> {
    let (one, other) = one.zip(other)?;
    if one.0 == other.0 {
        // Both begin at once, so they have that time in common, once it is known that they are two periods.
        return one.1.and(other.1).map(|_| true);
    }
    let (first, second) = if one.0 < other.0 { (one, other) } else { (other, one) };
    match first.1 {
        Some(end) if second.0 < end => Some(true),
        Some(_) => second.1.map(|_| false),
        None => None,
    }
}
