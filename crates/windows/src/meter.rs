//! Counts the rows and summaries that are looked at, so that a test can hold the cost of an event to a bound.

#[cfg(test)]
thread_local! {
    static VISITS: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// Notes that `count` rows, links or summaries were looked at.
#[inline]
pub fn visit(count: usize) {
    #[cfg(test)]
    VISITS.with(|visits| visits.set(visits.get() + count as u64));
    let _ = count;
}

/// How many there were on this thread.
#[cfg(test)]
pub fn visits() -> u64 {
    VISITS.with(std::cell::Cell::get)
}
