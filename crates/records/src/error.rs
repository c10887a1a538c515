//! Why bytes are no payload of this build.

/// A payload that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It was written by another build.
    #[error(
        "{payload}: format version {found}; this build reads version {known}; use the build that wrote it"
    )]
    Version {
        /// What it should have been.
        payload: &'static str,
        /// Its first byte.
        found: u8,
        /// The version of this build.
        known: u8,
    },
    /// Its bytes contradict themselves: a bug, or bytes that were altered after their checksum was checked.
    #[error("{payload}: damaged at byte {offset}: {fault}; restore the log from its archive")]
    Damaged {
        /// What it should have been.
        payload: &'static str,
        /// Where in the payload.
        offset: usize,
        /// What is wrong there.
        fault: Fault,
    },
    /// A control record whose text is not one.
    #[error("control record: {0}; restore the log from its archive")]
    Control(#[from] serde_json::Error),
}

/// What is wrong with the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The bytes end too early.
    #[error("{needed} bytes are needed and {left} are left")]
    Truncated {
        /// Bytes that should follow.
        needed: usize,
        /// Bytes that do.
        left: usize,
    },
    /// The bytes go on after the end.
    #[error("{bytes} bytes follow the end")]
    Trailing {
        /// How many.
        bytes: usize,
    },
    /// A number that is too large.
    #[error("{what} is {found}, the limit is {limit}")]
    Limit {
        /// What it counts.
        what: &'static str,
        /// The number.
        found: u64,
        /// The largest allowed.
        limit: u64,
    },
    /// A number of more bits than its type has.
    #[error("a number does not fit its type")]
    Range,
    /// An encoding, type or flag that does not exist.
    #[error("{found} names no {what}")]
    Tag {
        /// What it should name.
        what: &'static str,
        /// What is there.
        found: u8,
    },
    /// Text that is not UTF-8, or whose lengths cut a character.
    #[error("text is not UTF-8")]
    Text,
    /// Numbers that should ascend.
    #[error("{what} do not ascend")]
    Order {
        /// Which.
        what: &'static str,
    },
}
