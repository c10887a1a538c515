//! Loops that call a function only on rows whose arguments all have values: for text, and for work that is
//! too dear or too partial to do on the unspecified values of NULL rows.

use types::{TextColumn, Values};

use crate::{
    error::{ErrorCode, State},
    kernels::native::strict_states,
    prepared::Prepared,
    vector::{Arguments, Native, Output},
};

/// The most bytes that a computed text has; longer ones raise, so that a batch's text stays bounded.
pub const TEXT_BYTES_MAX: usize = 256 << 10;

/// What a row's function gives: a value, or NULL or an error.
pub(crate) type Outcome<R> = Result<R, State>;

/// Something that a kernel reads row by row.
pub(crate) trait Readable {
    /// One value.
    type Item<'a>: Copy;
    /// The value at a row.
    fn get(values: &Values, row: usize) -> Self::Item<'_>;
}

impl<T: Native> Readable for T {
    type Item<'a> = T;

    #[inline]
    fn get(values: &Values, row: usize) -> T {
        T::slice(values)[row]
    }
}

/// Text, read as `&str`.
pub(crate) struct Text;

impl Readable for Text {
    type Item<'a> = &'a str;

    #[inline]
    fn get(values: &Values, row: usize) -> &str {
        let Values::Text(values) = values else {
            panic!("the compiler gives a kernel the types of its signature")
        };
        values.get(row)
    }
}

/// One argument of a row loop; the stride is 0 for a constant.
struct Cursor<'a> {
    values: &'a Values,
    stride: usize,
}

impl<'a> Cursor<'a> {
    #[inline]
    fn new(arguments: &Arguments<'a>, index: usize) -> Self {
        let (values, constant) = arguments.values(index);
        Self { values, stride: usize::from(!constant) }
    }

    #[inline]
    fn get<A: Readable>(&self, row: usize) -> A::Item<'a> {
        A::get(self.values, row * self.stride)
    }
}

#[inline]
fn fill<R: Native>(
    arguments: &Arguments<'_>,
    output: &mut Output<'_>,
    mut function: impl FnMut(usize, &mut Prepared) -> Outcome<R>,
) {
    let prepared = &mut *output.prepared;
    let values =
        crate::vector::resize(R::vector(&mut output.register.column.values), arguments.rows, R::default());
    let states = crate::vector::resize(&mut output.register.states, arguments.rows, State::VALUE);
    strict_states(arguments, states);
    for (row, (value, state)) in values.iter_mut().zip(states).enumerate() {
        if *state == State::VALUE {
            match function(row, prepared) {
                Ok(result) => *value = result,
                Err(raised) => *state = raised.0,
            }
        }
    }
}

#[inline]
fn fill_text(
    arguments: &Arguments<'_>,
    output: &mut Output<'_>,
    mut function: impl FnMut(usize, &mut String, &mut Prepared) -> Outcome<()>,
) {
    let (text, states, prepared) = output.text(arguments.rows);
    strict_states(arguments, states);
    for (row, state) in states.iter_mut().enumerate() {
        if *state == State::VALUE
            && let Err(raised) = append(text, |buffer| function(row, buffer, prepared))
        {
            *state = raised.0;
        }
        text.finish_value();
    }
}

/// Lets `function` append one value and takes it back when it raises or is too long.
#[inline]
pub(crate) fn append(
    text: &mut TextColumn,
    function: impl FnOnce(&mut String) -> Outcome<()>,
) -> Outcome<()> {
    let buffer = text.buffer();
    let start = buffer.len();
    let outcome = match function(buffer) {
        Ok(()) if buffer.len() - start > TEXT_BYTES_MAX => Err(ErrorCode::TextTooLong.into()),
        outcome => outcome,
    };
    if outcome.is_err() {
        buffer.truncate(start);
    }
    outcome
}

/// A function of one argument.
#[inline]
pub(crate) fn rows1<A: Readable, R: Native>(
    arguments: &Arguments<'_>,
    output: &mut Output<'_>,
    function: impl Fn(A::Item<'_>) -> Outcome<R>,
) {
    let a = Cursor::new(arguments, 0);
    fill(arguments, output, |row, _| function(a.get::<A>(row)));
}

/// A function of two arguments.
#[inline]
pub(crate) fn rows2<A: Readable, B: Readable, R: Native>(
    arguments: &Arguments<'_>,
    output: &mut Output<'_>,
    function: impl Fn(A::Item<'_>, B::Item<'_>) -> Outcome<R>,
) {
    let (a, b) = (Cursor::new(arguments, 0), Cursor::new(arguments, 1));
    fill(arguments, output, |row, _| function(a.get::<A>(row), b.get::<B>(row)));
}

/// A function of three arguments.
#[inline]
pub(crate) fn rows3<A: Readable, B: Readable, C: Readable, R: Native>(
    arguments: &Arguments<'_>,
    output: &mut Output<'_>,
    function: impl Fn(A::Item<'_>, B::Item<'_>, C::Item<'_>) -> Outcome<R>,
) {
    let (a, b, c) = (Cursor::new(arguments, 0), Cursor::new(arguments, 1), Cursor::new(arguments, 2));
    fill(arguments, output, |row, _| function(a.get::<A>(row), b.get::<B>(row), c.get::<C>(row)));
}

/// A function of one argument that appends its text.
#[inline]
pub(crate) fn text1<A: Readable>(
    arguments: &Arguments<'_>,
    output: &mut Output<'_>,
    function: impl Fn(A::Item<'_>, &mut String) -> Outcome<()>,
) {
    let a = Cursor::new(arguments, 0);
    fill_text(arguments, output, |row, buffer, _| function(a.get::<A>(row), buffer));
}

/// A function of two arguments that appends its text.
#[inline]
pub(crate) fn text2<A: Readable, B: Readable>(
    arguments: &Arguments<'_>,
    output: &mut Output<'_>,
    function: impl Fn(A::Item<'_>, B::Item<'_>, &mut String) -> Outcome<()>,
) {
    let (a, b) = (Cursor::new(arguments, 0), Cursor::new(arguments, 1));
    fill_text(arguments, output, |row, buffer, _| function(a.get::<A>(row), b.get::<B>(row), buffer));
}

/// A function of three arguments that appends its text.
#[inline]
pub(crate) fn text3<A: Readable, B: Readable, C: Readable>(
    arguments: &Arguments<'_>,
    output: &mut Output<'_>,
    function: impl Fn(A::Item<'_>, B::Item<'_>, C::Item<'_>, &mut String) -> Outcome<()>,
) {
    let (a, b, c) = (Cursor::new(arguments, 0), Cursor::new(arguments, 1), Cursor::new(arguments, 2));
    fill_text(arguments, output, |row, buffer, _| {
        function(a.get::<A>(row), b.get::<B>(row), c.get::<C>(row), buffer)
    });
}

/// A function of text rows with what was prepared for its pattern: the arguments come as a row reader.
#[inline]
pub(crate) fn prepared<R: Native>(
    arguments: &Arguments<'_>,
    output: &mut Output<'_>,
    function: impl Fn(TextRow<'_, '_>, &mut Prepared) -> Outcome<R>,
) {
    fill(arguments, output, |row, prepared| function(TextRow { arguments, row }, prepared));
}

/// As [`prepared`], for a text result.
#[inline]
pub(crate) fn prepared_text(
    arguments: &Arguments<'_>,
    output: &mut Output<'_>,
    function: impl Fn(TextRow<'_, '_>, &mut String, &mut Prepared) -> Outcome<()>,
) {
    fill_text(arguments, output, |row, buffer, prepared| {
        function(TextRow { arguments, row }, buffer, prepared)
    });
}

/// One row of a kernel whose arguments differ in number.
#[derive(Clone, Copy)]
pub(crate) struct TextRow<'a, 'b> {
    arguments: &'a Arguments<'b>,
    row: usize,
}

impl<'b> TextRow<'_, 'b> {
    /// The argument at `index`, of a type that the signature says.
    #[inline]
    pub(crate) fn get<A: Readable>(&self, index: usize) -> A::Item<'b> {
        self.arguments.get::<A>(index, self.row)
    }

    /// The text at `index`.
    #[inline]
    pub(crate) fn text(&self, index: usize) -> &'b str {
        self.get::<Text>(index)
    }
}
