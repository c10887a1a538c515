//! Payments as a caller writes them, and the numbers that choose them.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

/// A payment of `amount` euros by a card at a merchant, now.
pub fn payment(id: &str, card: &str, merchant: &str, amount: &str) -> Value {
    json!({
        "event_id": id, "occurred_at": now(), "card_id": card, "merchant_id": merchant,
        "amount": amount, "status": "captured",
    })
}

/// Microseconds since 1970.
pub fn micros_now() -> i64 {
    let micros = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is after 1970").as_micros();
    i64::try_from(micros).expect("the clock is before the year 294247")
}

/// The time in the form that the API reads.
fn now() -> String {
    let mut text = String::new();
    types::time::write_rfc3339(&mut text, micros_now()).expect("a string takes all text");
    text
}

/// SplitMix64 (Steele, Lea and Flood): the same numbers for the same seed.
pub struct Random(pub u64);

impl Random {
    /// The next number, below `limit`.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}
