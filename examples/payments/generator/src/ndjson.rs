//! Events as NDJSON, written digit by digit: a generator that is slower than what it feeds measures itself.

use crate::{
    details,
    event::{Behaviour, Chargeback, Event, Label, Login, Micros, Payment, Refund, Status},
    world::{DAY, SECOND},
};

impl Event {
    /// Appends one line of JSON, its end included.
    pub fn write_json(&self, out: &mut Vec<u8>) {
        match self {
            Self::Payment(payment) => write_payment(payment, out),
            Self::Login(login) => write_login(login, out),
            Self::Refund(refund) => write_refund(refund, out),
            Self::Chargeback(chargeback) => write_chargeback(chargeback, out),
            Self::Label(label) => write_label(label, out),
        }
        out.extend_from_slice(b"}\n");
    }

    /// Appends `event_id,payment_id,behaviour` and a line end when it is a payment that was no ordinary one.
    pub fn write_truth(&self, out: &mut Vec<u8>) {
        let Self::Payment(payment) = self else { return };
        if payment.behaviour == Behaviour::Ordinary {
            return;
        }
        out.extend_from_slice(b"evt_");
        push_number(out, payment.event, 9);
        out.extend_from_slice(b",pay_");
        push_number(out, payment.payment, 9);
        out.push(b',');
        out.extend_from_slice(payment.behaviour.name().as_bytes());
        out.push(b'\n');
    }
}

fn write_payment(payment: &Payment, out: &mut Vec<u8>) {
    push_event(out, payment.event, payment.occurred_at, payment.received_at);
    push_payment_id(out, payment.payment);
    push_number_id(out, ",\"merchant_id\":\"m_", payment.merchant);
    push_hash_id(out, ",\"card_id\":\"card_", payment.card);
    push_amount(out, ",\"amount\":", payment.cents);
    push_word(out, ",\"currency\":\"", payment.shop.currency);
    push_word(out, ",\"method\":\"", details::method(payment));
    push_word(out, ",\"gateway\":\"", payment.gateway);
    let status = match payment.status {
        Status::Captured => "captured",
        Status::Failed => "failed",
    };
    push_word(out, ",\"status\":\"", status);
    if payment.thin {
        return;
    }
    push_number_id(out, ",\"customer_id\":\"cust_", payment.customer);
    if let (Some(device), Some(ip)) = (payment.device, payment.ip) {
        push_hash_id(out, ",\"device_id\":\"dev_", device);
        push_ip(out, ip);
    }
    push_word(out, ",\"country\":\"", payment.country.code);
    details::write(payment, out);
}

fn write_login(login: &Login, out: &mut Vec<u8>) {
    push_event(out, login.event, login.occurred_at, login.received_at);
    push_number_id(out, ",\"customer_id\":\"cust_", login.customer);
    push_hash_id(out, ",\"device_id\":\"dev_", login.device);
    push_ip(out, login.ip);
    push_word(out, ",\"action\":\"", login.action);
    push_flag(out, ",\"ok\":", login.ok);
}

fn write_refund(refund: &Refund, out: &mut Vec<u8>) {
    push_event(out, refund.event, refund.occurred_at, refund.received_at);
    push_payment_id(out, refund.payment);
    push_number_id(out, ",\"merchant_id\":\"m_", refund.merchant);
    push_hash_id(out, ",\"card_id\":\"card_", refund.card);
    push_number_id(out, ",\"customer_id\":\"cust_", refund.customer);
    push_amount(out, ",\"amount\":", refund.cents);
    push_word(out, ",\"reason\":\"", refund.reason);
}

fn write_chargeback(chargeback: &Chargeback, out: &mut Vec<u8>) {
    push_event(out, chargeback.event, chargeback.occurred_at, chargeback.received_at);
    push_payment_id(out, chargeback.payment);
    push_number_id(out, ",\"merchant_id\":\"m_", chargeback.merchant);
    push_hash_id(out, ",\"card_id\":\"card_", chargeback.card);
    push_number_id(out, ",\"customer_id\":\"cust_", chargeback.customer);
    push_amount(out, ",\"amount\":", chargeback.cents);
    push_word(out, ",\"reason\":\"", chargeback.reason);
}

fn write_label(label: &Label, out: &mut Vec<u8>) {
    push_event(out, label.event, label.occurred_at, label.received_at);
    push_payment_id(out, label.payment);
    push_number_id(out, ",\"customer_id\":\"cust_", label.customer);
    push_word(out, ",\"kind\":\"", label.kind.name());
    push_word(out, ",\"source\":\"", label.source);
}

fn push_event(out: &mut Vec<u8>, event: u64, occurred_at: Micros, received_at: Micros) {
    out.extend_from_slice(b"{\"event_id\":\"evt_");
    push_number(out, event, 9);
    out.extend_from_slice(b"\",\"occurred_at\":\"");
    push_time(out, occurred_at);
    out.extend_from_slice(b"\",\"received_at\":\"");
    push_time(out, received_at);
    out.push(b'"');
}

fn push_payment_id(out: &mut Vec<u8>, payment: u64) {
    out.extend_from_slice(b",\"payment_id\":\"pay_");
    push_number(out, payment, 9);
    out.push(b'"');
}

/// A text that ends in a number.
pub fn push_number_id(out: &mut Vec<u8>, start: &str, number: u64) {
    out.extend_from_slice(start.as_bytes());
    push_number(out, number, 1);
    out.push(b'"');
}

/// 16 hexadecimal digits.
pub fn push_hash_id(out: &mut Vec<u8>, start: &str, hash: u64) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.extend_from_slice(start.as_bytes());
    for shift in (0..16).rev() {
        out.push(DIGITS[(hash >> (4 * shift)) as usize & 15]);
    }
    out.push(b'"');
}

/// A static word that needs no escapes.
pub fn push_word(out: &mut Vec<u8>, start: &str, word: &str) {
    out.extend_from_slice(start.as_bytes());
    out.extend_from_slice(word.as_bytes());
    out.push(b'"');
}

fn push_ip(out: &mut Vec<u8>, ip: u32) {
    out.extend_from_slice(b",\"ip\":\"");
    for (index, byte) in ip.to_be_bytes().into_iter().enumerate() {
        if index > 0 {
            out.push(b'.');
        }
        push_number(out, u64::from(byte), 1);
    }
    out.push(b'"');
}

/// Hundredths as a number with two digits after the point.
pub fn push_amount(out: &mut Vec<u8>, start: &str, cents: i64) {
    out.extend_from_slice(start.as_bytes());
    let cents = cents.unsigned_abs();
    push_number(out, cents / 100, 1);
    out.push(b'.');
    push_number(out, cents % 100, 2);
}

/// `true` or `false`.
pub fn push_flag(out: &mut Vec<u8>, start: &str, flag: bool) {
    out.extend_from_slice(start.as_bytes());
    out.extend_from_slice(if flag { b"true" } else { b"false" });
}

/// Decimal digits, at least `width`.
pub fn push_number(out: &mut Vec<u8>, number: u64, width: usize) {
    let mut digits = [b'0'; 20];
    let mut at = digits.len();
    let mut rest = number;
    while rest > 0 {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    out.extend_from_slice(&digits[at.min(digits.len() - width)..]);
}

/// RFC 3339 in UTC with microseconds.
pub fn push_time(out: &mut Vec<u8>, micros: Micros) {
    push_date(out, micros.div_euclid(DAY));
    let time = micros.rem_euclid(DAY) as u64;
    let seconds = time / SECOND as u64;
    for (mark, part) in [(b'T', seconds / 3_600), (b':', seconds / 60 % 60), (b':', seconds % 60)] {
        out.push(mark);
        push_number(out, part, 2);
    }
    out.push(b'.');
    push_number(out, time % SECOND as u64, 6);
    out.push(b'Z');
}

/// `YYYY-MM-DD` of a day counted from 1970-01-01, for years 0 to 9999. By Howard Hinnant's `civil_from_days`: eras of
/// 400 years, and years that start in March so that the leap day comes last.
pub fn push_date(out: &mut Vec<u8>, days: i64) {
    let from_march_0 = days + 719_468;
    let era = from_march_0.div_euclid(146_097);
    let day_of_era = from_march_0.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    push_number(out, year as u64, 4);
    out.push(b'-');
    push_number(out, month as u64, 2);
    out.push(b'-');
    push_number(out, day as u64, 2);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_rfc_3339() {
        for (micros, expected) in [
            (0, "1970-01-01T00:00:00.000000Z"),
            (951_782_400_000_001, "2000-02-29T00:00:00.000001Z"),
            (1_767_323_045_678_000, "2026-01-02T03:04:05.678000Z"),
            (4_107_542_399_999_999, "2100-02-28T23:59:59.999999Z"),
            (4_107_542_400_000_000, "2100-03-01T00:00:00.000000Z"),
        ] {
            let mut out = Vec::new();
            push_time(&mut out, micros);
            assert_eq!(String::from_utf8(out).expect("ASCII"), expected);
        }
    }

    #[test]
    fn numbers_keep_their_width() {
        let mut out = Vec::new();
        push_number(&mut out, 0, 1);
        push_number(&mut out, 7, 3);
        push_number(&mut out, u64::MAX, 2);
        push_amount(&mut out, ",\"amount\":", 105);
        assert_eq!(out, b"000718446744073709551615,\"amount\":1.05");
    }
}
