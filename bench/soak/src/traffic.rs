//! What the gateway's world does from the first event on: its past is simulated and thrown away, so that refunds, disputes and
//! labels of earlier payments come from the start and the load is the same all along.

use std::{
    iter::Peekable,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use payments_generator::{Config, Event, Generator};
use types::Micros;

use crate::scale::{DAY, Scale};

/// What comes latest, a label, comes so many days after its payment.
const PAST_DAYS: i64 = 40;

/// The last days of the past, in which events are counted.
const COUNTED_DAYS: i64 = 10;

/// Payments among all events, roughly: the count of the past says exactly.
const PAYMENTS_SHARE: f64 = 0.82;

/// From now to the first event: the past is simulated and the programs start meanwhile.
const LEAD: Duration = Duration::from_secs(45);

/// Events of all streams, by the time at which the gateway hears of them.
pub struct Traffic {
    events: Peekable<Generator>,
}

impl Traffic {
    /// Simulates the past, and finds the clock's speed at which `rate` events come in a second.
    pub fn prepare(minutes: u32, rate: u32, single: u32) -> (Scale, Self) {
        let length = Duration::from_secs(60 * u64::from(minutes));
        let from = now() + LEAD.as_micros() as Micros;
        let wanted = Scale::speed(length);
        let payments = f64::from(rate) / wanted * PAYMENTS_SHARE;
        let start = from - PAST_DAYS * DAY;
        let mut events = Generator::new(Config { start, ..Config::at_rate(payments) }).peekable();
        let mut counted = 0_u64;
        while let Some(event) = events.next_if(|event| event.received_at() < from) {
            counted += u64::from(event.received_at() >= from - COUNTED_DAYS * DAY);
        }
        let a_second = counted as f64 / (COUNTED_DAYS * DAY) as f64 * 1e6;
        // The nearest whole number is right to a thousandth, and less than the count's own chance.
        let speed = (f64::from(rate) / a_second).round() as u32;
        (Scale { length, rate, single, from, speed }, Self { events })
    }

    /// The next event that arrives by `time`.
    pub fn next_until(&mut self, time: Micros) -> Option<Event> {
        self.events.next_if(|event| event.received_at() <= time)
    }
}

/// The machine's clock.
pub fn now() -> Micros {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is after 1970");
    i64::try_from(since.as_micros()).expect("the clock is before the year 294247")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_what_was_asked_for() {
        let (scale, mut traffic) = Traffic::prepare(30, 500, 100);
        let wanted = Scale::speed(Duration::from_secs(1_800));
        assert!(
            (f64::from(scale.speed) / wanted - 1.0).abs() < 0.05,
            "{scale} is not as long as it should be"
        );
        let second = Duration::from_secs(20);
        let mut count = 0;
        while traffic.next_until(scale.from + scale.simulated(second)).is_some() {
            count += 1;
        }
        assert!(
            (9_000..11_000).contains(&count),
            "{count} events in 20 s at 500 a second, speed {}",
            scale.speed
        );
    }
}
