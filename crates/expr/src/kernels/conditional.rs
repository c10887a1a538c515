//! Conditions and choices, which are not strict: an argument that is not taken neither raises nor nullifies.

use types::{Interval, Values};

use crate::{
    error::State,
    kernels::rows::Text,
    vector::{Arguments, Native, Operand, Output, States},
};

/// `AND` and `OR`: `DECIDING` is the value that decides alone, false for `AND` and true for `OR`.
pub(crate) fn connective<const DECIDING: bool>(arguments: &Arguments<'_>, output: &mut Output<'_>) {
    let (values, states) = output.native::<bool>(arguments.rows);
    let (left, right) = (arguments.operand::<bool>(0), arguments.operand::<bool>(1));
    let (left_states, right_states) = (arguments.states(0), arguments.states(1));
    match (left, left_states, right, right_states) {
        (
            Operand::Column(left),
            States::Column(left_states),
            Operand::Column(right),
            States::Column(right_states),
        ) => {
            let left = left.iter().zip(left_states);
            let right = right.iter().zip(right_states);
            for ((value, state), (left, right)) in values.iter_mut().zip(states).zip(left.zip(right)) {
                (*value, *state) = connect::<DECIDING>((*left.0, *left.1), (*right.0, *right.1));
            }
        }
        _ => {
            for (row, (value, state)) in values.iter_mut().zip(states).enumerate() {
                (*value, *state) = connect::<DECIDING>(
                    (left.get(row), left_states.get(row)),
                    (right.get(row), right_states.get(row)),
                );
            }
        }
    }
}

#[inline]
fn connect<const DECIDING: bool>(left: (bool, u8), right: (bool, u8)) -> (bool, u8) {
    let decides = |(value, state): (bool, u8)| (value == DECIDING) & (state == State::VALUE);
    if decides(left) {
        return (DECIDING, State::VALUE);
    }
    let state = if left.1 > State::NULL {
        left.1
    } else if decides(right) {
        return (DECIDING, State::VALUE);
    } else {
        left.1.max(right.1)
    };
    (!DECIDING, state)
}

/// `CASE`: conditions and values in turn, then the value otherwise if there is one.
pub(crate) fn case(arguments: &Arguments<'_>, output: &mut Output<'_>) {
    match output.register.column.values {
        Values::Text(_) => case_text(arguments, output),
        Values::BigInt(_) | Values::Timestamptz(_) => case_native::<i64>(arguments, output),
        Values::Decimal(_) => case_native::<i128>(arguments, output),
        Values::Double(_) => case_native::<f64>(arguments, output),
        Values::Boolean(_) => case_native::<bool>(arguments, output),
        Values::Date(_) => case_native::<i32>(arguments, output),
        Values::Interval(_) => case_native::<Interval>(arguments, output),
    }
}

/// Blends the branches from the last to the first, so that an earlier one overwrites.
fn case_native<T: Native>(arguments: &Arguments<'_>, output: &mut Output<'_>) {
    let (values, states) = output.native::<T>(arguments.rows);
    let branches = arguments.len() / 2;
    if arguments.len() % 2 == 1 {
        let otherwise = arguments.len() - 1;
        blend(arguments, otherwise, values, states, |_| true);
    } else {
        states.fill(State::NULL);
    }
    for branch in (0..branches).rev() {
        let (condition, condition_states) =
            (arguments.operand::<bool>(2 * branch), arguments.states(2 * branch));
        blend(arguments, 2 * branch + 1, values, states, |row| {
            condition.get(row) & (condition_states.get(row) == State::VALUE)
        });
        for (row, state) in states.iter_mut().enumerate() {
            let condition_state = condition_states.get(row);
            *state = if condition_state > State::NULL { condition_state } else { *state };
        }
    }
}

#[inline]
fn blend<T: Native>(
    arguments: &Arguments<'_>,
    index: usize,
    values: &mut [T],
    states: &mut [u8],
    taken: impl Fn(usize) -> bool,
) {
    let (from, from_states) = (arguments.operand::<T>(index), arguments.states(index));
    for (row, (value, state)) in values.iter_mut().zip(states).enumerate() {
        if taken(row) {
            *value = from.get(row);
            *state = from_states.get(row);
        }
    }
}

fn case_text(arguments: &Arguments<'_>, output: &mut Output<'_>) {
    let branches = arguments.len() / 2;
    let otherwise = (arguments.len() % 2 == 1).then(|| arguments.len() - 1);
    choose_text(arguments, output, |row| {
        for branch in 0..branches {
            let state = arguments.states(2 * branch).get(row);
            if state > State::NULL {
                return Err(State(state));
            }
            if state == State::VALUE && arguments.operand::<bool>(2 * branch).get(row) {
                return Ok(2 * branch + 1);
            }
        }
        otherwise.ok_or(State::IS_NULL)
    });
}

fn choose_text(
    arguments: &Arguments<'_>,
    output: &mut Output<'_>,
    choose: impl Fn(usize) -> Result<usize, State>,
) {
    let (text, states, _) = output.text(arguments.rows);
    for (row, state) in states.iter_mut().enumerate() {
        *state = match choose(row) {
            Ok(index) => {
                let taken = arguments.states(index).get(row);
                if taken == State::VALUE {
                    text.buffer().push_str(arguments.get::<Text>(index, row));
                }
                taken
            }
            Err(State(state)) => state,
        };
        text.finish_value();
    }
}

/// `COALESCE`: the first argument that is not NULL.
pub(crate) fn coalesce(arguments: &Arguments<'_>, output: &mut Output<'_>) {
    match output.register.column.values {
        Values::Text(_) => choose_text(arguments, output, |row| {
            (0..arguments.len())
                .find(|index| arguments.states(*index).get(row) != State::NULL)
                .ok_or(State::IS_NULL)
        }),
        Values::BigInt(_) | Values::Timestamptz(_) => coalesce_native::<i64>(arguments, output),
        Values::Decimal(_) => coalesce_native::<i128>(arguments, output),
        Values::Double(_) => coalesce_native::<f64>(arguments, output),
        Values::Boolean(_) => coalesce_native::<bool>(arguments, output),
        Values::Date(_) => coalesce_native::<i32>(arguments, output),
        Values::Interval(_) => coalesce_native::<Interval>(arguments, output),
    }
}

fn coalesce_native<T: Native>(arguments: &Arguments<'_>, output: &mut Output<'_>) {
    let (values, states) = output.native::<T>(arguments.rows);
    states.fill(State::NULL);
    for index in (0..arguments.len()).rev() {
        let from_states = arguments.states(index);
        blend(arguments, index, values, states, |row| from_states.get(row) != State::NULL);
    }
}

/// The argument itself: an output that is a plain column, a literal, or computed for another output too.
pub(crate) fn copy(arguments: &Arguments<'_>, output: &mut Output<'_>) {
    match arguments.values(0) {
        (Values::Text(from), false) if from.len() == arguments.rows => {
            let (text, states, _) = output.text(arguments.rows);
            super::native::strict_states(arguments, states);
            text.clone_from(from);
        }
        (Values::Text(_), _) => choose_text(arguments, output, |_| Ok(0)),
        (Values::BigInt(_) | Values::Timestamptz(_), _) => super::unary(arguments, output, |a: i64| a),
        (Values::Decimal(_), _) => super::unary(arguments, output, |a: i128| a),
        (Values::Double(_), _) => super::unary(arguments, output, |a: f64| a),
        (Values::Boolean(_), _) => super::unary(arguments, output, |a: bool| a),
        (Values::Date(_), _) => super::unary(arguments, output, |a: i32| a),
        (Values::Interval(_), _) => super::unary(arguments, output, |a: Interval| a),
    }
}
