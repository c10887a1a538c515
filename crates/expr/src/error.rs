//! What a row can raise, kept as a value beside the row so that one bad row never stops its neighbours.

/// Why PostgreSQL would have raised. The numbers are stable: they are recorded with decisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum ErrorCode {
    /// A quotient or remainder by zero.
    DivisionByZero = 2,
    /// A result that its type cannot hold.
    OutOfRange = 3,
    /// Text that does not read as the wanted type.
    InvalidText = 4,
    /// A regular expression that does not compile.
    InvalidRegex = 5,
    /// An argument outside a function's domain.
    InvalidArgument = 6,
    /// A text result above [`crate::TEXT_BYTES_MAX`].
    TextTooLong = 7,
    /// A `LIKE` pattern that ends with its escape character.
    InvalidPattern = 8,
}

impl ErrorCode {
    /// Every code, in the order of their numbers.
    pub const ALL: [Self; 7] = [
        Self::DivisionByZero,
        Self::OutOfRange,
        Self::InvalidText,
        Self::InvalidRegex,
        Self::InvalidArgument,
        Self::TextTooLong,
        Self::InvalidPattern,
    ];

    /// What to tell a user.
    pub const fn message(self) -> &'static str {
        match self {
            Self::DivisionByZero => "division by zero",
            Self::OutOfRange => "value out of range",
            Self::InvalidText => "invalid text for the type",
            Self::InvalidRegex => "invalid regular expression",
            Self::InvalidArgument => "argument outside the function's domain",
            Self::TextTooLong => "text result above 256 KiB",
            Self::InvalidPattern => "pattern ends with its escape character",
        }
    }

    /// The code with this number.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|code| *code as u8 == number)
    }
}

/// One row that raised at an output, where it is NULL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raised {
    /// Index of the row in the batch.
    pub row: u32,
    /// Why.
    pub code: ErrorCode,
}

/// The state of one row of a vector: a value, NULL, or the number of an [`ErrorCode`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct State(pub(crate) u8);

impl State {
    /// The row has a value.
    pub(crate) const VALUE: u8 = 0;
    /// The row is NULL.
    pub(crate) const NULL: u8 = 1;
    /// As the outcome of a kernel that returns NULL for arguments that are not.
    pub(crate) const IS_NULL: Self = Self(Self::NULL);
}

impl From<ErrorCode> for State {
    #[inline]
    fn from(code: ErrorCode) -> Self {
        Self(code as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_stable_and_leave_room_for_value_and_null() {
        let numbers: Vec<u8> = ErrorCode::ALL.iter().map(|code| *code as u8).collect();
        assert_eq!(numbers, [2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(ErrorCode::from_number(4), Some(ErrorCode::InvalidText));
        assert_eq!(ErrorCode::from_number(State::NULL), None);
    }
}
