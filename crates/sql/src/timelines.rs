//! Which timeline needs another one's values before its rows can join it, and the circles that no order of computation
//! serves.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    definition::{Slot, Source, WindowRows},
    identity::{hash, identities},
};

/// The timelines of some views, each with those that feed it.
#[derive(Clone, Debug, Default)]
pub struct Timelines {
    /// By stream, key and which rows.
    numbers: BTreeMap<u64, usize>,
    /// Of each timeline: the ones whose values its key, its arguments or its conditions read.
    feeds: Vec<BTreeSet<usize>>,
}

impl Timelines {
    /// Adds the windows of a view over `stream`. The slot of the first one that closes a circle, if one does.
    ///
    /// # Errors
    /// The slot of a window that needs the values of its own timeline, directly or through others.
    pub fn add(&mut self, slots: &[Slot], stream: &str) -> Result<(), usize> {
        self.side(slots, stream).map(drop)
    }

    /// The timelines that each slot reads without another one in between.
    fn side(&mut self, slots: &[Slot], stream: &str) -> Result<Vec<BTreeSet<usize>>, usize> {
        let own = identities(slots, stream);
        let mut read: Vec<BTreeSet<usize>> = Vec::with_capacity(slots.len());
        for (index, slot) in slots.iter().enumerate() {
            let mut found = BTreeSet::new();
            match &slot.source {
                Source::Window(window) => {
                    let timeline = match &window.rows {
                        WindowRows::Own(feed) => {
                            let timeline = self.number(stream, &own, feed.key.as_slice(), feed.admit);
                            let fed = feed.slots().flat_map(|slot| &read[slot]).copied().collect();
                            self.feed(timeline, fed)
                        }
                        WindowRows::Other { stream, slots, feed, probe } => {
                            // A circle within the rows of the other side shows at the value that reads them.
                            let inner = self.side(slots, stream).map_err(|_| index)?;
                            let identities = identities(slots, stream);
                            let timeline = self.number(stream, &identities, &feed.key, feed.admit);
                            let fed = feed.slots().flat_map(|slot| &inner[slot]);
                            let fed =
                                fed.chain(probe.iter().flat_map(|slot| &read[*slot])).copied().collect();
                            self.feed(timeline, fed)
                        }
                    };
                    found.insert(timeline.ok_or(index)?);
                }
                source => source.reads(&mut |slot| found.extend(&read[slot])),
            }
            read.push(found);
        }
        Ok(read)
    }

    fn number(&mut self, stream: &str, identities: &[u64], key: &[usize], admit: Option<usize>) -> usize {
        let key: Vec<u64> = key.iter().map(|slot| identities[*slot]).collect();
        let identity = hash(&(stream, key, admit.map(|slot| identities[slot])));
        let next = self.feeds.len();
        let number = *self.numbers.entry(identity).or_insert(next);
        if number == next {
            self.feeds.push(BTreeSet::new());
        }
        number
    }

    /// Notes what feeds a timeline; `None` when it feeds itself by that.
    fn feed(&mut self, timeline: usize, fed: BTreeSet<usize>) -> Option<usize> {
        let known = self.feeds[timeline].len();
        self.feeds[timeline].extend(&fed);
        if self.feeds[timeline].len() == known {
            return Some(timeline);
        }
        let mut seen = BTreeSet::new();
        let mut open: Vec<usize> = fed.into_iter().collect();
        while let Some(next) = open.pop() {
            if next == timeline {
                return None;
            }
            if seen.insert(next) {
                open.extend(&self.feeds[next]);
            }
        }
        Some(timeline)
    }
}
