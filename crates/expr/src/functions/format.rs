//! `format`.

use super::quote_literal::quote;
use crate::{
    error::{ErrorCode, State},
    kernels::{
        Outcome, Text,
        rows::{TEXT_BYTES_MAX, append},
    },
    registry::{Category, Entry, Kind, Signature},
    vector::{Arguments, Output},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "format",
    form: "format(form, a, ...)",
    category: Category::Text,
    description: "The form with each `%s` replaced by an argument as text and each `%L` by it as a literal of SQL; `%2$s` takes the second argument, `%-10s` and `%10s` fill to 10 characters, `%%` is a percent sign.",
    examples: &[("format('%s paid %10s', 'Ada', 12.50)", "Ada paid      12.50")],
    signatures: &[
        Signature::new(&[Kind::Text], Kind::Text, kernel),
        Signature::new(&[Kind::Text, Kind::Text], Kind::Text, kernel).variadic(),
    ],
};

fn kernel(arguments: &Arguments<'_>, output: &mut Output<'_>) {
    let (text, states, _) = output.text(arguments.rows);
    for (row, state) in states.iter_mut().enumerate() {
        let written = append(text, |out| write(arguments, row, out));
        *state = written.err().map_or(State::VALUE, |State(state)| state);
        text.finish_value();
    }
}

fn write(arguments: &Arguments<'_>, row: usize, out: &mut String) -> Outcome<()> {
    for index in 0..arguments.len() {
        let state = arguments.states(index).get(row);
        if state > State::NULL || (state == State::NULL && index == 0) {
            return Err(State(state));
        }
    }
    let mut rest = arguments.get::<Text>(0, row);
    let mut next = 1;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            out.push('%');
            rest = after;
            continue;
        }
        let specifier = Specifier::read(&mut rest)?;
        let index = specifier.place.unwrap_or(next);
        next = index + 1;
        if index == 0 || index >= arguments.len() {
            return Err(ErrorCode::InvalidArgument.into());
        }
        let value =
            (arguments.states(index).get(row) == State::VALUE).then(|| arguments.get::<Text>(index, row));
        specifier.write(value, out)?;
    }
    out.push_str(rest);
    Ok(())
}

/// What stands behind a percent sign.
struct Specifier {
    place: Option<usize>,
    left: bool,
    width: usize,
    literal: bool,
}

impl Specifier {
    fn read(rest: &mut &str) -> Result<Self, ErrorCode> {
        let mut place = None;
        let mut width = 0;
        let mut left = false;
        let first = number(rest)?;
        match (first, rest.strip_prefix('$')) {
            (Some(index), Some(after)) => {
                place = Some(index);
                *rest = after;
            }
            (Some(_), None) => {
                width = first.unwrap_or(0);
            }
            (None, _) => {}
        }
        if width == 0 {
            while let Some(after) = rest.strip_prefix('-') {
                left = true;
                *rest = after;
            }
            width = number(rest)?.unwrap_or(0);
        }
        let literal = match rest.chars().next() {
            Some('s') => false,
            Some('L') => true,
            _ => return Err(ErrorCode::InvalidArgument),
        };
        *rest = &rest[1..];
        Ok(Self { place, left, width, literal })
    }

    fn write(&self, value: Option<&str>, out: &mut String) -> Result<(), ErrorCode> {
        let start = out.len();
        match value {
            Some(value) if self.literal => quote(value, out),
            None if self.literal => out.push_str("NULL"),
            value => out.push_str(value.unwrap_or_default()),
        }
        if self.width > TEXT_BYTES_MAX {
            return Err(ErrorCode::TextTooLong);
        }
        let missing = self.width.saturating_sub(out[start..].chars().count());
        if self.left {
            out.extend(std::iter::repeat_n(' ', missing));
        } else {
            for _ in 0..missing {
                out.insert(start, ' ');
            }
        }
        Ok(())
    }
}

fn number(rest: &mut &str) -> Result<Option<usize>, ErrorCode> {
    let len = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, after) = rest.split_at(len);
    *rest = after;
    if digits.is_empty() {
        return Ok(None);
    }
    let value: i32 = digits.parse().map_err(|_| ErrorCode::OutOfRange)?;
    Ok(Some(value as usize))
}
