//! The stream is the same for everybody, in order, and has every behaviour that it promises.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::event::{Behaviour, Chargeback, Label, Payment, Refund, Status};

fn bytes(config: Config, count: usize) -> Vec<u8> {
    let mut out = Vec::new();
    for event in Generator::new(config).take(count) {
        event.write_json(&mut out);
    }
    out
}

fn events(count: usize) -> Vec<Event> {
    Generator::new(Config::default()).take(count).collect()
}

fn payments(events: &[Event]) -> impl Iterator<Item = &Payment> {
    events.iter().filter_map(|event| if let Event::Payment(payment) = event { Some(payment) } else { None })
}

/// FNV-1a: short, and enough to notice a change.
fn digest(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let first = bytes(Config::default(), 20_000);
    assert_eq!(first, bytes(Config::default(), 20_000));
    assert_ne!(first, bytes(Config { seed: 2, ..Config::default() }, 20_000));
    // On every machine: a change here changes everybody's files, models and figures.
    assert_eq!(digest(&first), 2_885_192_865_495_397_141);
}

#[test]
fn events_arrive_in_order_and_are_numbered() {
    let events = events(200_000);
    assert!(events.windows(2).all(|pair| pair[0].received_at() <= pair[1].received_at()));
    assert!(events.iter().all(|event| event.occurred_at() < event.received_at()));
    let numbers: Vec<u64> = payments(&events).map(|payment| payment.event).collect();
    assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]));
    let streams: BTreeSet<&str> = events.iter().map(Event::stream).collect();
    assert_eq!(
        streams.into_iter().collect::<Vec<_>>(),
        ["chargebacks", "labels", "logins", "payments", "refunds"]
    );
}

#[test]
fn one_in_a_hundred_is_minutes_late_and_one_in_a_hundred_ties() {
    let events = events(200_000);
    let late = events.iter().filter(|event| event.received_at() - event.occurred_at() >= MINUTE).count();
    let share = late as f64 / events.len() as f64;
    assert!((0.008..0.012).contains(&share), "{share}");
    assert!(events.iter().all(|event| event.received_at() - event.occurred_at() < HOUR));
    let mut by_card: BTreeMap<(u64, Micros), usize> = BTreeMap::new();
    for payment in payments(&events) {
        *by_card.entry((payment.card, payment.occurred_at)).or_default() += 1;
    }
    let tied: usize = by_card.values().filter(|count| **count > 1).sum();
    let share = tied as f64 / payments(&events).count() as f64;
    assert!((0.01..0.04).contains(&share), "{share}");
}

#[test]
fn every_behaviour_has_its_share() {
    let events = events(1_000_000);
    let mut counts: BTreeMap<Behaviour, f64> = BTreeMap::new();
    for payment in payments(&events) {
        *counts.entry(payment.behaviour).or_default() += 1.0;
    }
    let all: f64 = counts.values().sum();
    for (story, share, _) in STORIES {
        let Story::Fraud(behaviour) = story else { continue };
        let (found, expected) = (counts.remove(&behaviour).unwrap_or(0.0) / all, 0.01 * share);
        // Some kinds are a dozen campaigns of many payments in all that time.
        assert!((expected * 0.5..expected * 1.7).contains(&found), "{behaviour:?}: {found} of {expected}");
    }
    assert_eq!(counts.into_keys().collect::<Vec<_>>(), [Behaviour::Ordinary]);
    let [ordinary, fraud] = [false, true].map(|wanted| {
        let shares = STORIES.iter().filter(|(story, ..)| matches!(story, Story::Fraud(_)) == wanted);
        shares.map(|(_, share, _)| share).sum::<f64>()
    });
    assert!((ordinary - 1.0).abs() < 1e-9 && (fraud - 1.0).abs() < 1e-9, "{ordinary} {fraud}");
    let failed = payments(&events).filter(|payment| payment.status == Status::Failed).count() as f64;
    assert!((0.03..0.08).contains(&(failed / all)), "{failed}");
    let honest =
        Generator::new(Config { fraud_rate: 0.0, ..Config::default() }).take(100_000).collect::<Vec<_>>();
    assert!(payments(&honest).all(|payment| payment.behaviour == Behaviour::Ordinary));
}

#[test]
fn what_comes_back_comes_weeks_after_its_payment() {
    let events = events(1_000_000);
    let paid: BTreeMap<u64, &Payment> = payments(&events)
        .filter(|payment| payment.status == Status::Captured)
        .map(|payment| (payment.payment, payment))
        .collect();
    let mut disputed = BTreeMap::new();
    let (mut refunds, mut labels) = (0, BTreeMap::new());
    for event in &events {
        match event {
            Event::Chargeback(Chargeback { occurred_at, payment, merchant, card, cents, .. }) => {
                let of = paid[payment];
                assert!((5 * DAY..=30 * DAY).contains(&(occurred_at - of.occurred_at)));
                assert_eq!((*card, *merchant, *cents), (of.card, of.merchant, of.cents));
                disputed.insert(*payment, *occurred_at);
            }
            Event::Refund(Refund { occurred_at, payment, cents, .. }) => {
                let of = paid[payment];
                assert!((HOUR..=20 * DAY).contains(&(occurred_at - of.occurred_at)) && *cents <= of.cents);
                refunds += 1;
            }
            Event::Label(Label { occurred_at, payment, kind, source, .. }) => {
                let of = paid[payment];
                assert_eq!(*kind, of.behaviour);
                assert!((6 * DAY..=35 * DAY).contains(&(occurred_at - of.occurred_at)));
                if *source == "chargeback" {
                    assert!(disputed[payment] < *occurred_at, "a case is closed after it was opened");
                }
                *labels.entry(*kind).or_insert(0) += 1;
            }
            Event::Payment(_) | Event::Login(_) => {}
        }
    }
    assert!(refunds > 10_000 && disputed.len() > 2_000, "{refunds} refunds, {} disputes", disputed.len());
    for behaviour in Behaviour::FRAUDS {
        assert!(labels[&behaviour] > 30, "{behaviour:?}: {labels:?}");
    }
    assert!(labels[&Behaviour::Ordinary] > 100, "some disputes have no reason: {labels:?}");
}

/// A rule of thumb on one column must not do: each kind of fraud has honest people who do the same.
#[test]
fn every_fraud_has_its_honest_double() {
    let events = events(1_000_000);
    let mut cards_of_device: BTreeMap<u64, BTreeSet<u64>> = BTreeMap::new();
    let mut accounts_of_device: BTreeMap<u64, BTreeSet<u64>> = BTreeMap::new();
    let mut swiped = 0;
    for payment in payments(&events).filter(|payment| payment.behaviour == Behaviour::Ordinary) {
        swiped += usize::from(payment.checks.entry_mode == "magstripe");
        let Some(device) = payment.device else { continue };
        cards_of_device.entry(device).or_default().insert(payment.card);
        if payment.occurred_at - payment.customer_since < HOUR {
            accounts_of_device.entry(device).or_default().insert(payment.customer);
        }
    }
    let many = |sets: &BTreeMap<u64, BTreeSet<u64>>| sets.values().filter(|set| set.len() >= 4).count();
    assert!(many(&cards_of_device) > 500, "stands, clubs, tablets: {}", many(&cards_of_device));
    assert!(many(&accounts_of_device) > 50, "readers of libraries: {}", many(&accounts_of_device));
    assert!(swiped > 500, "worn chips: {swiped}");
    let mut failed = BTreeMap::new();
    for event in &events {
        let Event::Login(login) = event else { continue };
        *failed.entry(login.customer).or_insert(0) += usize::from(!login.ok);
    }
    assert!(failed.values().filter(|count| **count >= 3).count() > 500, "forgotten passwords");
}

#[test]
fn nights_are_quiet_and_the_rate_is_as_asked() {
    let config = Config { events_per_second: 2.0, customers: 60_000, ..Config::default() };
    let day: Vec<Event> =
        Generator::new(config.clone()).take_while(|event| event.received_at() < config.start + DAY).collect();
    let in_hour = |hour: i64| {
        payments(&day).filter(|payment| (payment.occurred_at - config.start) / HOUR == hour).count() as f64
    };
    assert!(in_hour(19) > 5.0 * in_hour(3), "{} {}", in_hour(19), in_hour(3));
    let average = RHYTHM.iter().sum::<f64>() / 24.0;
    assert!((0.99..1.01).contains(&average), "{average}");
    assert_eq!(RHYTHM.iter().copied().fold(0.0, f64::max), RHYTHM_MAX);
    let all = payments(&day).count() as f64;
    assert!((0.9..1.1).contains(&(all / 172_800.0)), "{all}");
}

#[test]
fn the_rate_can_change_on_the_way() {
    let config = Config { daily_rhythm: false, events_per_second: 1.0, ..Config::default() };
    let mut generator = Generator::new(config.clone());
    while generator.next().expect("endless").received_at() < config.start + HOUR {}
    generator.set_events_per_second(100.0);
    // Customers who log in first pay within two minutes: the third one has them all. One payment in twenty belongs to a
    // story that goes on for hours, and most of those are still to come.
    let minute: Vec<Event> = generator
        .skip_while(|event| event.received_at() < config.start + HOUR + 3 * MINUTE)
        .take_while(|event| event.received_at() < config.start + HOUR + 4 * MINUTE)
        .collect();
    let count = payments(&minute).count();
    assert!((5_400..6_200).contains(&count), "{count}");
}

#[test]
fn every_merchant_has_a_row() {
    let config = Config { merchants: 40, ..Config::default() };
    let csv = crate::merchants_csv(&config);
    let rows: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows.len(), 41);
    assert!(rows.iter().all(|row| row.len() == 6));
    assert_eq!(rows[0], ["id", "name", "category", "country", "onboarded_on", "risk"]);
    let ids: BTreeSet<String> = rows[1..].iter().map(|row| row[0].to_owned()).collect();
    for payment in payments(&Generator::new(config).take(5_000).collect::<Vec<_>>()) {
        assert!(ids.contains(&format!("m_{}", payment.merchant)));
    }
}

#[test]
fn the_project_beside_it_fits() {
    assert_eq!(include_str!("../../../merchants.csv"), crate::merchants_csv(&Config::default()));
    let schema = include_str!("../../../schema.sql");
    let mut columns: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for stream in crate::STREAMS {
        let (_, declared) = schema.split_once(&format!("CREATE STREAM {stream} (\n")).expect("declared");
        let (declared, _) = declared.split_once("\n) WITH").expect("options follow the columns");
        let names = declared.lines().filter_map(|line| line.trim().split_once(' '));
        columns.insert(stream, names.map(|(name, _)| name).filter(|name| *name != "--").collect());
    }
    assert_eq!(columns["payments"].len(), 100);
    let mut unused = columns.clone();
    let mut out = Vec::new();
    for event in Generator::new(Config::default()).take(200_000) {
        out.clear();
        event.write_json(&mut out);
        let line = str::from_utf8(&out).expect("JSON is UTF-8");
        for key in line.split(",\"").filter_map(|member| member.trim_start_matches("{\"").split('"').next()) {
            assert!(columns[event.stream()].contains(key), "{key} of {}", event.stream());
            unused.get_mut(event.stream()).expect("declared").remove(key);
        }
    }
    assert!(unused.values().all(BTreeSet::is_empty), "nothing fills {unused:?}");
}
