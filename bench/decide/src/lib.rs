//! What other benchmarks make their events and look at their children with.

pub mod process;
pub mod random;
