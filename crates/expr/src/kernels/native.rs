//! Loops over fixed-size values: branch-free where the function is total, so that they vectorise.

use crate::{
    error::State,
    vector::{Arguments, Native, Operand, Output, States},
};

/// Writes the states of a strict function: the first error, else NULL when any argument is.
#[inline]
pub(crate) fn strict_states(arguments: &Arguments<'_>, states: &mut [u8]) {
    match arguments.states(0) {
        States::Column(from) => states.copy_from_slice(from),
        States::Constant(state) => states.fill(state),
    }
    for index in 1..arguments.len() {
        merge_states(states, arguments.states(index));
    }
}

/// Merges the states of a further argument, which is evaluated after those already merged.
#[inline]
pub(crate) fn merge_states(states: &mut [u8], others: States<'_>) {
    match others {
        States::Constant(State::VALUE) => {}
        States::Constant(other) => states.iter_mut().for_each(|state| *state = merged(*state, other)),
        States::Column(others) => {
            for (state, other) in states.iter_mut().zip(others) {
                *state = merged(*state, *other);
            }
        }
    }
}

#[inline]
fn merged(state: u8, other: u8) -> u8 {
    if state > State::NULL { state } else { state.max(other) }
}

/// A strict function that never raises; it must also take the unspecified values of NULL rows.
#[inline]
pub(crate) fn unary<A: Native, R: Native>(
    arguments: &Arguments<'_>,
    output: &mut Output<'_>,
    function: impl Fn(A) -> R,
) {
    let (values, states) = output.native::<R>(arguments.rows);
    strict_states(arguments, states);
    match arguments.operand::<A>(0) {
        Operand::Constant(a) => values.fill(function(a)),
        Operand::Column(a) => {
            for (value, a) in values.iter_mut().zip(a) {
                *value = function(*a);
            }
        }
    }
}

/// A strict function of two arguments that never raises.
#[inline]
pub(crate) fn binary<A: Native, B: Native, R: Native>(
    arguments: &Arguments<'_>,
    output: &mut Output<'_>,
    function: impl Fn(A, B) -> R,
) {
    let (values, states) = output.native::<R>(arguments.rows);
    strict_states(arguments, states);
    match (arguments.operand::<A>(0), arguments.operand::<B>(1)) {
        (Operand::Column(a), Operand::Column(b)) => {
            for ((value, a), b) in values.iter_mut().zip(a).zip(b) {
                *value = function(*a, *b);
            }
        }
        (Operand::Column(a), Operand::Constant(b)) => {
            for (value, a) in values.iter_mut().zip(a) {
                *value = function(*a, b);
            }
        }
        (Operand::Constant(a), Operand::Column(b)) => {
            for (value, b) in values.iter_mut().zip(b) {
                *value = function(a, *b);
            }
        }
        (Operand::Constant(a), Operand::Constant(b)) => values.fill(function(a, b)),
    }
}

/// A strict function that returns a value and the state that the row gets when its arguments have values.
#[inline]
pub(crate) fn unary_raising<A: Native, R: Native>(
    arguments: &Arguments<'_>,
    output: &mut Output<'_>,
    function: impl Fn(A) -> (R, u8),
) {
    let (values, states) = output.native::<R>(arguments.rows);
    strict_states(arguments, states);
    match arguments.operand::<A>(0) {
        Operand::Constant(a) => {
            let (result, raised) = function(a);
            values.fill(result);
            for state in states {
                *state = if *state == State::VALUE { raised } else { *state };
            }
        }
        Operand::Column(a) => {
            for ((value, state), a) in values.iter_mut().zip(states).zip(a) {
                let (result, raised) = function(*a);
                *value = result;
                *state = if *state == State::VALUE { raised } else { *state };
            }
        }
    }
}

/// A strict function of two arguments that returns a value and the row's state.
#[inline]
pub(crate) fn binary_raising<A: Native, B: Native, R: Native>(
    arguments: &Arguments<'_>,
    output: &mut Output<'_>,
    function: impl Fn(A, B) -> (R, u8),
) {
    let (values, states) = output.native::<R>(arguments.rows);
    strict_states(arguments, states);
    let store = |value: &mut R, state: &mut u8, (result, raised): (R, u8)| {
        *value = result;
        *state = if *state == State::VALUE { raised } else { *state };
    };
    match (arguments.operand::<A>(0), arguments.operand::<B>(1)) {
        (Operand::Column(a), Operand::Column(b)) => {
            for (((value, state), a), b) in values.iter_mut().zip(states).zip(a).zip(b) {
                store(value, state, function(*a, *b));
            }
        }
        (Operand::Column(a), Operand::Constant(b)) => {
            for ((value, state), a) in values.iter_mut().zip(states).zip(a) {
                store(value, state, function(*a, b));
            }
        }
        (Operand::Constant(a), Operand::Column(b)) => {
            for ((value, state), b) in values.iter_mut().zip(states).zip(b) {
                store(value, state, function(a, *b));
            }
        }
        (Operand::Constant(a), Operand::Constant(b)) => {
            for (value, state) in values.iter_mut().zip(states) {
                store(value, state, function(a, b));
            }
        }
    }
}
