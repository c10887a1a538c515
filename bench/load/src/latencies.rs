//! How long requests took, and the quantiles of that.

use std::time::Duration;

/// Latencies in microseconds.
#[derive(Clone, Debug, Default)]
pub struct Latencies(Vec<u32>);

impl Latencies {
    /// Takes one.
    pub fn push(&mut self, latency: Duration) {
        self.0.push(u32::try_from(latency.as_micros()).unwrap_or(u32::MAX));
    }

    /// Takes those of another connection.
    pub fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The smallest latency, in milliseconds, that a share of the requests did not exceed; 0 without any.
    pub fn quantiles_ms<const N: usize>(&mut self, shares: [f64; N]) -> [f64; N] {
        self.0.sort_unstable();
        let count = self.0.len();
        shares.map(|share| {
            let rank = ((share * count as f64).ceil() as usize).clamp(1, count.max(1));
            self.0.get(rank - 1).map_or(0.0, |micros| f64::from(*micros) / 1e3)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_of_all_latencies() {
        let mut latencies = Latencies::default();
        (1..=1_000).rev().for_each(|micros| latencies.push(Duration::from_micros(micros)));
        assert_eq!(latencies.quantiles_ms([0.5, 0.99, 0.999, 1.0]), [0.5, 0.99, 0.999, 1.0]);
        assert_eq!(Latencies::default().quantiles_ms([0.5]), [0.0]);
    }
}
