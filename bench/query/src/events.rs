//! One payment by its number: the history's files and the live client make them alike.

use std::fmt::Write as _;

use bench_load::random::{Random, Zipf};

/// Cards, and devices.
const CARDS: u64 = 500_000;
const DEVICES: u64 = 300_000;

const COUNTRIES: &[&str] = &["IN", "US", "GB", "AE", "SG", "DE", "FR", "MY", "AU", "JP", "BR", "ZA"];
const CURRENCIES: &[&str] = &["INR", "USD", "EUR", "GBP", "AED", "SGD"];
const METHODS: &[&str] = &["card", "upi", "netbanking", "wallet", "emi", "paylater"];
const CHANNELS: &[&str] = &["app", "web", "link", "terminal"];

/// All payments of a seed.
#[derive(Clone, Debug)]
pub struct Events {
    seed: u64,
    merchants: Zipf,
}

/// One of them.
#[derive(Clone, Debug)]
pub struct Event {
    /// Names it.
    pub number: u64,
    /// When it happened: microseconds.
    pub occurred_at: i64,
    /// The card's name.
    pub card: u64,
    /// The device's name.
    pub device: u64,
    /// The merchant's number.
    pub merchant: u64,
    /// The amount times 100.
    pub cents: i64,
    /// Short texts, few of them different.
    pub currency: &'static str,
    pub country: &'static str,
    pub method: &'static str,
    pub status: &'static str,
    pub channel: &'static str,
    /// Things in the basket.
    pub items: i64,
    /// Whether it repeats by itself.
    pub is_recurring: bool,
    /// What is thought of the address that it comes from: 0 to 1.
    pub address_risk: f64,
}

/// The name of a card, which says nothing of how often it is used.
pub fn card_name(seed: u64, number: u64) -> u64 {
    Random::new(seed, 100, number).bits() >> 16
}

impl Events {
    /// The payments of a seed, with so many merchants.
    pub fn new(seed: u64, merchants: u64) -> Self {
        Self { seed, merchants: Zipf::new(merchants) }
    }

    /// The payment `number`, which happens at `occurred_at`.
    pub fn event(&self, number: u64, occurred_at: i64) -> Event {
        let random = |column| Random::new(self.seed, column, number);
        let word = |column, words: &[&'static str]| {
            let (mut random, count) = (random(column), words.len() as u64);
            // The first ones are the most frequent.
            words[random.below(count).min(random.below(count)) as usize]
        };
        // The square of a uniform number: some are used often, and none by a great part of all.
        let entity = |column, count: u64| {
            let at = random(column).unit();
            (at * at * count as f64) as u64
        };
        let risk = random(12).unit();
        Event {
            number,
            occurred_at,
            card: card_name(self.seed, entity(1, CARDS)),
            device: Random::new(self.seed, 101, entity(2, DEVICES)).bits() >> 16,
            merchant: self.merchants.draw(&mut random(3)) - 1,
            cents: random(4).skewed(2_000_000.0) as i64,
            currency: word(5, CURRENCIES),
            country: word(6, COUNTRIES),
            method: word(7, METHODS),
            status: if random(8).below(100) < 12 { "failed" } else { "captured" },
            channel: word(9, CHANNELS),
            items: 1 + random(10).below(20) as i64,
            is_recurring: random(11).below(100) < 15,
            address_risk: (risk * risk * risk * 1e6).round() / 1e6,
        }
    }
}

impl Event {
    /// Its primary key.
    pub fn id(&self) -> String {
        format!("evt_{:012}", self.number)
    }

    /// Its texts of many values: the card, the device, the merchant and the order.
    pub fn names(&self) -> [String; 4] {
        [
            card_text(self.card),
            format!("dev_{:012x}", self.device),
            merchant_text(self.merchant),
            format!("order_{:016x}", Random::new(1, 102, self.number).bits()),
        ]
    }

    /// Replaces `out` by its JSON.
    pub fn write_json(&self, out: &mut String) {
        out.clear();
        let [card, device, merchant, order] = self.names();
        let mut time = String::new();
        types::time::write_rfc3339(&mut time, self.occurred_at).expect("a string takes all");
        write!(
            out,
            "{{\"event_id\":\"{}\",\"occurred_at\":\"{time}\",\"card_id\":\"{card}\",\"device_id\":\"{device}\",\
             \"merchant_id\":\"{merchant}\",\"order_id\":\"{order}\",\"amount\":{}.{:02},\"currency\":\"{}\",\
             \"country\":\"{}\",\"method\":\"{}\",\"status\":\"{}\",\"channel\":\"{}\",\"items\":{},\
             \"is_recurring\":{},\"address_risk\":{:.6}}}",
            self.id(),
            self.cents / 100,
            self.cents % 100,
            self.currency,
            self.country,
            self.method,
            self.status,
            self.channel,
            self.items,
            self.is_recurring,
            self.address_risk
        )
        .expect("a string takes all");
    }
}

/// A card in SQL.
pub fn card_text(card: u64) -> String {
    format!("card_{card:012x}")
}

/// A merchant in SQL.
pub fn merchant_text(number: u64) -> String {
    format!("m_{number:05}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_writes_the_payment_that_the_file_holds() {
        let event = Events::new(1, 100).event(7, 1_767_323_045_678_000);
        let mut text = String::new();
        event.write_json(&mut text);
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(json["event_id"], "evt_000000000007");
        assert_eq!(json["occurred_at"], "2026-01-02T03:04:05.678000Z");
        assert_eq!(json["card_id"], event.names()[0].as_str());
        assert_eq!(json["amount"].as_f64().unwrap() * 100.0, event.cents as f64);
        assert_eq!(json["address_risk"].as_f64().unwrap(), event.address_risk);
        assert_eq!(json.as_object().unwrap().len(), crate::project::COLUMNS.len());
    }

    #[test]
    fn no_card_has_a_great_part_of_all() {
        let events = Events::new(1, 100);
        let mut cards: Vec<u64> = (0..100_000).map(|number| events.event(number, 0).card).collect();
        cards.sort_unstable();
        let most = cards.chunk_by(|one, other| one == other).map(<[u64]>::len).max().unwrap();
        assert!((50..500).contains(&most), "{most}");
    }
}
