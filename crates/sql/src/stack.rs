//! Room for recursion: parsing and binding recurse as deep as their bounds allow, whatever thread calls them.

/// What [`crate::parse`] and binding may use, a multiple of what the bounds need without optimisation.
const STACK_BYTES: usize = 16 << 20;

/// Runs `work` with enough stack; a server's thread may have as little as 2 MiB.
pub(crate) fn deep<T>(work: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(STACK_BYTES, STACK_BYTES, work)
}
