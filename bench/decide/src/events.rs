//! One payment as values, any of them by its number: files and the client make the same ones.

use bench_load::random::{Random, Zipf};
use types::time::{DAY, SECOND};

use crate::columns::{COLUMNS, Kind};

/// How late the late ones are at most.
const LATENESS: i64 = 3_500 * SECOND;
/// One event in so many is late.
const LATE_ONE_IN: u64 = 100;
/// What every other event needs to arrive at most.
const DELAY: u64 = 400_000;

/// A prime above the number of merchants: multiples of it are spread over the table, and no two fall on one row.
const SPREAD: u64 = 2_147_483_647;

/// All payments that there are.
#[derive(Clone, Debug)]
pub struct Events {
    seed: u64,
    /// Rows of the reference table.
    merchants: u64,
    zipf: Vec<Option<Zipf>>,
}

/// A value; a text is in the caller's buffer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Field {
    /// NULL.
    Null,
    /// A text.
    Text,
    /// BIGINT.
    Integer(i64),
    /// A decimal of two digits, times 100.
    Cents(i64),
    /// DOUBLE.
    Double(f64),
    /// BOOLEAN.
    Boolean(bool),
    /// Microseconds since 1970.
    Time(i64),
    /// Days since 1970.
    Date(i32),
}

impl Events {
    /// The payments of a seed, with so many merchants.
    pub fn new(seed: u64, merchants: u64) -> Self {
        let zipf = |kind| match kind {
            Kind::Key(count) => Some(Zipf::new(count)),
            Kind::Merchant(count) => Some(Zipf::new(count.min(merchants))),
            _ => None,
        };
        Self { seed, merchants, zipf: COLUMNS.iter().map(|column| zipf(column.kind)).collect() }
    }

    /// The value of a column in the event that arrives at `received`; a text is appended to `text`.
    pub fn field(&self, column: usize, event: u64, received: i64, text: &mut String) -> Field {
        let definition = &COLUMNS[column];
        let mut random = Random::new(self.seed, column as u64, event);
        if definition.nulls > 0.0 && random.unit() < definition.nulls {
            return Field::Null;
        }
        match definition.kind {
            Kind::Id => write(text, format_args!("evt_{event:012}")),
            Kind::Received => Field::Time(received),
            Kind::Occurred if random.below(LATE_ONE_IN) == 0 => {
                Field::Time(received - random.below(LATENESS as u64) as i64)
            }
            Kind::Occurred => Field::Time(received - random.below(DELAY) as i64),
            Kind::Key(_) => {
                // An entity's name says nothing about how frequent it is, nor do neighbours lie side by side.
                let number = self.zipf[column].expect("a key has its law").draw(&mut random);
                let name = Random::new(self.seed, column as u64, u64::MAX - number).bits() >> 16;
                write(text, format_args!("{}_{name:012x}", &definition.name[..2]))
            }
            Kind::Merchant(_) => {
                let number = self.zipf[column].expect("a key has its law").draw(&mut random);
                write_merchant(number % self.merchants * SPREAD % self.merchants, text)
            }
            Kind::Money => Field::Cents(random.skewed(10_000_000.0) as i64),
            Kind::Word(words) => {
                let low = random.below(words.len() as u64).min(random.below(words.len() as u64));
                text.push_str(words[low as usize]);
                Field::Text
            }
            Kind::Code(count) => write(text, format_args!("{:05}", random.below(count))),
            Kind::Unique => write(text, format_args!("{}_{:016x}", &definition.name[..3], random.bits())),
            Kind::Integer(count) => Field::Integer(random.below(count) as i64),
            Kind::Share => Field::Double(random.below(1_000_000) as f64 / 1e6),
            Kind::Flag(share) => Field::Boolean(random.unit() < share),
            Kind::Day => Field::Date((received.div_euclid(DAY) - random.below(1_500) as i64) as i32),
            Kind::Past => Field::Time(received - random.below(30 * DAY as u64) as i64),
        }
    }
}

fn write(text: &mut String, what: std::fmt::Arguments<'_>) -> Field {
    std::fmt::Write::write_fmt(text, what).expect("a string takes all");
    Field::Text
}

/// Appends the primary key of a merchant.
pub fn write_merchant(number: u64, text: &mut String) -> Field {
    write(text, format_args!("m_{number:07}"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_merchant_is_in_the_table_and_the_frequent_ones_are_apart() {
        for rows in [1_000, 50_000, 5_000_000] {
            let events = Events::new(1, rows);
            let column = COLUMNS.iter().position(|column| column.name == "merchant_id").unwrap();
            let mut seen = BTreeSet::new();
            for event in 0..2_000 {
                let mut text = String::new();
                events.field(column, event, 0, &mut text);
                assert!(text.strip_prefix("m_").unwrap().parse::<u64>().unwrap() < rows);
                seen.insert(text);
            }
            assert!(seen.len() > 100, "{} of {rows}", seen.len());
        }
    }

    #[test]
    fn some_events_are_late_and_none_is_too_late() {
        let events = Events::new(1, 10);
        let delay = |event| match events.field(1, event, 0, &mut String::new()) {
            Field::Time(time) => -time,
            other => panic!("{other:?} is no time"),
        };
        let delays: Vec<i64> = (0..20_000).map(delay).collect();
        assert!(delays.iter().all(|delay| (0..3_600 * SECOND).contains(delay)));
        let late = delays.iter().filter(|delay| **delay > SECOND).count();
        assert!((120..280).contains(&late), "{late} of 20,000");
    }

    #[test]
    fn names_are_all_different() {
        assert_eq!(COLUMNS.iter().map(|column| column.name).collect::<BTreeSet<_>>().len(), 100);
    }
}
