//! `greatest` and `least`: NULLs are passed over, errors are not.

use crate::{
    error::State,
    kernels::rows::Text,
    vector::{Arguments, Native, Output},
};

/// Folds the arguments of fixed size with `better`, which says whether the first replaces the second.
pub(crate) fn extreme<T: Native>(
    arguments: &Arguments<'_>,
    output: &mut Output<'_>,
    better: impl Fn(T, T) -> bool,
) {
    let (values, states) = output.native::<T>(arguments.rows);
    states.fill(State::NULL);
    for index in 0..arguments.len() {
        let (from, from_states) = (arguments.operand::<T>(index), arguments.states(index));
        for (row, (value, state)) in values.iter_mut().zip(&mut *states).enumerate() {
            let (new, new_state) = (from.get(row), from_states.get(row));
            let is_better = *state == State::NULL || better(new, *value);
            if *state <= State::NULL && (new_state > State::NULL || (new_state == State::VALUE && is_better))
            {
                (*value, *state) = (new, new_state);
            }
        }
    }
}

/// As [`extreme`], for text.
pub(crate) fn extreme_text(
    arguments: &Arguments<'_>,
    output: &mut Output<'_>,
    better: impl Fn(&str, &str) -> bool,
) {
    let (text, states, _) = output.text(arguments.rows);
    for (row, state) in states.iter_mut().enumerate() {
        let mut best: Option<&str> = None;
        let mut raised = State::VALUE;
        for index in 0..arguments.len() {
            match arguments.states(index).get(row) {
                State::VALUE => {
                    let new = arguments.get::<Text>(index, row);
                    if best.is_none_or(|best| better(new, best)) {
                        best = Some(new);
                    }
                }
                State::NULL => {}
                code => {
                    raised = code;
                    break;
                }
            }
        }
        *state = match best {
            _ if raised != State::VALUE => raised,
            None => State::NULL,
            Some(best) => {
                text.buffer().push_str(best);
                State::VALUE
            }
        };
        text.finish_value();
    }
}
