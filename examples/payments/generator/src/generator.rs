//! Delivers what everybody plans in the order in which a gateway hears of it.

use std::{cmp::Ordering, collections::BinaryHeap, mem};

use crate::{
    behaviour::{Aftermath, Plan, STORIES, Scene, Story},
    event::{Event, Micros},
    random::Random,
    world::{DAY, HOUR, MINUTE, SECOND, World},
};

/// What to simulate.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The same seed gives the same bytes.
    pub seed: u64,
    /// The first event's time: microseconds since 1970 in UTC.
    pub start: Micros,
    /// Simulated rate of payments, averaged over a day. Logins come on top: about a quarter as many.
    pub events_per_second: f64,
    /// How many customers there are; with about three payments a day each they behave like people.
    pub customers: u64,
    /// How many merchants there are.
    pub merchants: u64,
    /// Share of payments that are fraud.
    pub fraud_rate: f64,
    /// Share of events that arrive minutes late.
    pub late_rate: f64,
    /// Whether nights are quiet and evenings busy.
    pub daily_rhythm: bool,
    /// The first event's number, and the first payment's: a later run of the same seed makes events of its own.
    pub first_number: u64,
}

impl Default for Config {
    /// A small gateway that starts on 2026-01-01: 5,000 customers, one payment every six seconds.
    fn default() -> Self {
        Self {
            seed: 1,
            start: 1_767_225_600 * SECOND,
            events_per_second: 1.0 / 6.0,
            customers: 5_000,
            merchants: 500,
            fraud_rate: 0.01,
            late_rate: 0.01,
            daily_rhythm: true,
            first_number: 1,
        }
    }
}

impl Config {
    /// A gateway with so many payments a second, day and night, and customers enough to make them.
    pub fn at_rate(events_per_second: f64) -> Self {
        let customers = ((events_per_second * 28_800.0) as u64).max(5_000);
        Self { events_per_second, customers, daily_rhythm: false, ..Self::default() }
    }
}

/// An endless stream of events in the order of `received_at`.
#[derive(Clone, Debug)]
pub struct Generator {
    config: Config,
    world: World,
    random: Random,
    sources: [Source; STORIES.len()],
    /// Planned events that have not arrived.
    pending: BinaryHeap<Pending>,
    plan_number: u64,
    /// Empty between starts; kept for its buffers.
    plan: Plan,
    event_number: u64,
    payment_number: u64,
}

/// Something that starts again and again.
#[derive(Clone, Debug)]
struct Source {
    story: Story,
    /// Starts for each simulated payment.
    share: f64,
    next: Micros,
}

/// Ordered so that the heap's greatest is the earliest, in order of planning among equals.
#[derive(Clone, Debug)]
struct Pending {
    number: u64,
    event: Event,
}

/// Relative rate in each hour, averaging 1.
const RHYTHM: [f64; 24] = [
    0.42, 0.30, 0.24, 0.22, 0.24, 0.34, 0.56, 0.84, 1.08, 1.20, 1.26, 1.34, 1.44, 1.38, 1.28, 1.24, 1.28,
    1.40, 1.58, 1.66, 1.54, 1.30, 1.02, 0.84,
];

const RHYTHM_MAX: f64 = 1.66;

impl Ord for Pending {
    fn cmp(&self, other: &Self) -> Ordering {
        (other.event.received_at(), other.number).cmp(&(self.event.received_at(), self.number))
    }
}

impl PartialEq for Pending {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Pending {}

impl PartialOrd for Pending {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Generator {
    /// A generator at its first event.
    pub fn new(config: Config) -> Self {
        let fraud = config.fraud_rate.clamp(0.0, 1.0);
        let sources = STORIES.map(|(story, share, payments)| {
            let rate = if matches!(story, Story::Fraud(_)) { fraud } else { 1.0 - fraud };
            Source { story, share: rate * share / payments, next: config.start }
        });
        let mut generator = Self {
            world: World::new(&config),
            random: Random::new(config.seed),
            sources,
            pending: BinaryHeap::new(),
            plan_number: 0,
            plan: Plan::default(),
            event_number: config.first_number.saturating_sub(1),
            payment_number: config.first_number.saturating_sub(1),
            config,
        };
        for index in 0..generator.sources.len() {
            generator.sources[index].next = generator.after(generator.config.start, index);
        }
        generator
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Changes the simulated rate from here on: a quiet history, then a busy present.
    pub fn set_events_per_second(&mut self, events_per_second: f64) {
        let now = self.sources[0].next;
        self.config.events_per_second = events_per_second;
        for index in 0..self.sources.len() {
            self.sources[index].next = self.after(now, index);
        }
    }

    /// When source `index` starts again after `time`; the end of time when it never does. Starts are drawn at the
    /// busiest hour's rate, and each is kept with the share that its own hour has of it.
    fn after(&mut self, time: Micros, index: usize) -> Micros {
        let rate = self.config.events_per_second * self.sources[index].share;
        if rate <= 0.0 {
            return Micros::MAX;
        }
        if !self.config.daily_rhythm {
            return time.saturating_add(self.random.exponential(SECOND as f64 / rate) as Micros);
        }
        let mean = SECOND as f64 / (rate * RHYTHM_MAX);
        let mut time = time;
        loop {
            time = time.saturating_add(self.random.exponential(mean) as Micros);
            let hour = (time.rem_euclid(DAY) / HOUR) as usize;
            if self.random.chance(RHYTHM[hour] / RHYTHM_MAX) {
                return time;
            }
        }
    }

    /// Lets source `index` plan what starts at its time.
    fn start(&mut self, index: usize) {
        let Source { story, next: at, .. } = self.sources[index];
        let mut plan = mem::take(&mut self.plan);
        self.scene().tell(story, at, &mut plan);
        for login in plan.logins.drain(..) {
            self.push(Event::Login(login), at);
        }
        for payment in plan.payments.drain(..) {
            let Aftermath { refund, chargeback, label } = self.scene().aftermath(&payment);
            self.push(Event::Payment(payment), at);
            let later =
                [refund.map(Event::Refund), chargeback.map(Event::Chargeback), label.map(Event::Label)];
            for event in later.into_iter().flatten() {
                self.push(event, at);
            }
        }
        self.plan = plan;
        self.sources[index].next = self.after(at, index);
    }

    fn scene(&mut self) -> Scene<'_> {
        Scene { world: &self.world, random: &mut self.random, payment_number: &mut self.payment_number }
    }

    /// Mostly a fraction of a second later, at times minutes, never an hour.
    fn arrival(&mut self, occurred_at: Micros) -> Micros {
        let usual = self.random.exponential((80 * 1_000) as f64) as Micros + 5_000;
        if !self.random.chance(self.config.late_rate) {
            return occurred_at + usual;
        }
        let late = self.random.exponential((5 * MINUTE) as f64) as Micros + MINUTE;
        occurred_at + late.min(50 * MINUTE)
    }

    /// Has `event` arrive after it happened, and not before `now`.
    fn push(&mut self, mut event: Event, now: Micros) {
        event.set_received_at(self.arrival(event.occurred_at()).max(now));
        self.plan_number += 1;
        self.pending.push(Pending { number: self.plan_number, event });
    }
}

impl Iterator for Generator {
    type Item = Event;

    /// Never ends. Nothing that is planned later can arrive before the next start.
    fn next(&mut self) -> Option<Event> {
        loop {
            let (index, start) = (0..self.sources.len())
                .map(|index| (index, self.sources[index].next))
                .min_by_key(|(_, next)| *next)
                .expect("there are stories");
            if self.pending.peek().is_some_and(|first| first.event.received_at() <= start) {
                let mut event = self.pending.pop().expect("peeked").event;
                self.event_number += 1;
                event.set_number(self.event_number);
                return Some(event);
            }
            if start == Micros::MAX {
                return None;
            }
            self.start(index);
        }
    }
}

#[cfg(test)]
mod tests;
