//! The answer check: each event that was acknowledged is on disk once, and nothing else is.

use std::ops::Range;

use anyhow::{Context as _, Result, bail};

use crate::events::{ID_DIGITS, ID_PREFIX};

/// Events that were acknowledged, and how often each was found.
#[derive(Debug)]
pub struct Ids {
    acknowledged: Vec<(Range<u64>, Vec<u8>)>,
}

impl Ids {
    /// The events of these numbers were acknowledged.
    pub fn new(acknowledged: impl IntoIterator<Item = Range<u64>>) -> Self {
        let none = |range: Range<u64>| {
            let count = range.end - range.start;
            (range, vec![0; count as usize])
        };
        Self { acknowledged: acknowledged.into_iter().map(none).collect() }
    }

    /// How many were acknowledged.
    pub fn count(&self) -> u64 {
        self.acknowledged.iter().map(|(range, _)| range.end - range.start).sum()
    }

    /// Takes an id that was found.
    ///
    /// # Errors
    /// When no event of that id was acknowledged.
    pub fn found(&mut self, id: &str) -> Result<()> {
        let number = id.strip_prefix(ID_PREFIX).and_then(|number| number.parse::<u64>().ok());
        let number = number.with_context(|| format!("`{id}` is on disk and is no event's id"))?;
        for (range, counts) in &mut self.acknowledged {
            if range.contains(&number) {
                let count = &mut counts[(number - range.start) as usize];
                *count = count.saturating_add(1);
                return Ok(());
            }
        }
        bail!("`{id}` is on disk and was not acknowledged")
    }

    /// Takes the id that a line of JSON holds somewhere.
    ///
    /// # Errors
    /// When there is none, and as [`Ids::found`].
    pub fn found_in_line(&mut self, line: &str) -> Result<()> {
        let start = line.find(ID_PREFIX).with_context(|| format!("no id in `{line}`"))?;
        let end = start + ID_PREFIX.len() + ID_DIGITS;
        self.found(line.get(start..end).with_context(|| format!("no whole id in `{line}`"))?)
    }

    /// Whether each was found once.
    ///
    /// # Errors
    /// How many are missing or there more than once, and one of them.
    pub fn check(&self) -> Result<()> {
        let wrong = |test: fn(u8) -> bool| {
            let all = self.acknowledged.iter().flat_map(|(range, counts)| range.clone().zip(counts));
            let mut wrong = all.filter(|(_, count)| test(**count)).map(|(number, _)| number);
            let first = wrong.next()?;
            Some((1 + wrong.count(), first))
        };
        let count = self.count();
        if let Some((missing, first)) = wrong(|count| count == 0) {
            bail!("{missing} of {count} acknowledged events are not on disk, such as number {first}");
        }
        if let Some((repeated, first)) = wrong(|count| count > 1) {
            bail!("{repeated} of {count} events are on disk more than once, such as number {first}");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_a_repeated_and_a_foreign_event_are_told() {
        let mut ids = Ids::new([0..2, 100..101]);
        assert_eq!(ids.count(), 3);
        ids.found("evt_000000000000").unwrap();
        ids.found_in_line(r#"{"event_id":"evt_000000000100","x":1}"#).unwrap();
        let missing = ids.check().unwrap_err().to_string();
        assert_eq!(missing, "1 of 3 acknowledged events are not on disk, such as number 1");
        ids.found("evt_000000000001").unwrap();
        ids.check().unwrap();
        ids.found("evt_000000000001").unwrap();
        let repeated = ids.check().unwrap_err().to_string();
        assert_eq!(repeated, "1 of 3 events are on disk more than once, such as number 1");
        assert!(ids.found("evt_000000000002").is_err() && ids.found_in_line("{}").is_err());
    }
}
