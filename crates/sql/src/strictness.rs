//! How much the binder refuses: what somebody writes now may be held to more than what the control log has taken.

use crate::error::Fault;

/// Who wrote a statement, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strictness {
    /// Somebody, now: what can run and can never be meant is refused, as long as they are there to mend it.
    Written,
    /// It is in the control log: events were decided under it, so it means what it meant, whatever is refused since.
    Recorded,
}

impl Strictness {
    /// Refuses what could run.
    pub fn refuse(self, fault: Fault) -> Result<(), Fault> {
        match self {
            Self::Written => Err(fault),
            Self::Recorded => Ok(()),
        }
    }

    /// Refuses, where it is somebody's to mend, what a check finds.
    pub fn check(self, check: impl FnOnce() -> Result<(), Fault>) -> Result<(), Fault> {
        match self {
            Self::Written => check(),
            Self::Recorded => Ok(()),
        }
    }
}
