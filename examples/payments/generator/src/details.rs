//! What a gateway records of a payment beside who, what and when: 90 columns that follow from the payment's numbers, so
//! that a card keeps its bank, a device its browser, and an account its tongue.

use crate::{
    event::{Address, Behaviour, Payment, Status},
    ndjson::{push_amount, push_flag, push_hash_id, push_number, push_number_id, push_time, push_word},
    random::spread,
    world::SECOND,
};

const STREETS: [&str; 8] = ["Mill", "Station", "Church", "Garden", "River", "Market", "School", "Park"];
const TOWNS: [&str; 8] =
    ["Ashford", "Bergen", "Colmar", "Dunmore", "Elstow", "Freiburg", "Granville", "Hanover"];
const NETWORKS: [&str; 4] = ["visa", "mastercard", "visa", "amex"];
const BANKS: [&str; 8] = [
    "Alder Bank",
    "Union Savings",
    "First Harbour",
    "Northern Trust Bank",
    "City Credit",
    "Post Bank",
    "Meridian",
    "Oak Mutual",
];
const ACQUIRERS: [&str; 4] = ["meridian_acquiring", "atlas", "northpay", "harbour_acquiring"];
const DOMAINS: [&str; 8] = [
    "mail.example",
    "post.example",
    "inbox.example",
    "letters.example",
    "work.example",
    "uni.example",
    "fast.example",
    "home.example",
];
/// Operating system, browser, screen, user agent.
const DEVICES: [[&str; 4]; 6] = [
    [
        "ios",
        "safari",
        "390x844",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1",
    ],
    [
        "android",
        "chrome",
        "412x915",
        "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/138.0.0.0 Mobile Safari/537.36",
    ],
    ["android", "firefox", "360x800", "Mozilla/5.0 (Android 14; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0"],
    [
        "windows",
        "edge",
        "1920x1080",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/138.0.0.0 Safari/537.36 Edg/138.0",
    ],
    [
        "macos",
        "safari",
        "1512x982",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.5 Safari/605.1.15",
    ],
    [
        "linux",
        "firefox",
        "1920x1200",
        "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    ],
];
const CAMPAIGNS: [&str; 4] = ["summer", "newsletter", "welcome", "retarget"];
const REFERRERS: [&str; 4] = [
    "https://search.example/",
    "https://news.example/",
    "https://social.example/",
    "https://prices.example/",
];

/// Numbers from which the columns are taken.
struct Hashes {
    payment: u64,
    merchant: u64,
    customer: u64,
    card: u64,
}

/// How the card is handed over.
pub fn method(payment: &Payment) -> &'static str {
    if payment.card.is_multiple_of(5) { "wallet" } else { "card" }
}

/// Appends the columns, each after a comma.
pub fn write(payment: &Payment, out: &mut Vec<u8>) {
    let hashes = Hashes {
        payment: spread(payment.payment),
        merchant: spread(payment.merchant ^ 0x0a11_ce00),
        customer: spread(payment.customer ^ 0x0b0b_0000),
        card: spread(payment.card),
    };
    write_order(payment, &hashes, out);
    write_money(payment, &hashes, out);
    write_card(payment, &hashes, out);
    write_authorisation(payment, &hashes, out);
    write_acquiring(payment, &hashes, out);
    write_customer(payment, &hashes, out);
    write_addresses(payment, &hashes, out);
    if let Some(device) = payment.device {
        write_device(payment, device, &hashes, out);
    }
    write_basket(payment, &hashes, out);
}

fn write_order(payment: &Payment, hashes: &Hashes, out: &mut Vec<u8>) {
    push_hash_id(out, ",\"order_id\":\"ord_", hashes.payment);
    push_integer(out, ",\"attempt\":", payment.attempt);
    let channel = match payment.device {
        None => "counter",
        Some(device) if device % 3 == 0 => "app",
        Some(_) => "web",
    };
    push_word(out, ",\"channel\":\"", channel);
    push_word(
        out,
        ",\"api_version\":\"",
        pick(["2025-03", "2025-09", "2026-01", "2026-01"], hashes.merchant),
    );
    push_hash_id(out, ",\"request_id\":\"req_", spread(hashes.payment ^ payment.attempt));
    push_hash_id(out, ",\"idempotency_key\":\"", spread(hashes.payment ^ (payment.attempt << 8)));
    if payment.device.is_some() {
        push_hash_id(out, ",\"session_id\":\"ses_", spread(hashes.payment ^ 1));
        push_integer(out, ",\"session_seconds\":", 20 + hashes.payment % 900);
    }
}

fn write_money(payment: &Payment, hashes: &Hashes, out: &mut Vec<u8>) {
    let (cents, abroad) = (payment.cents, payment.shop != payment.issuer);
    push_word(out, ",\"settlement_currency\":\"", payment.shop.currency);
    let hundredths_of_a_percent = 120 + (hashes.merchant % 140) as i64;
    let fee = cents * hundredths_of_a_percent / 10_000;
    push_amount(out, ",\"settlement_amount\":", cents - fee);
    if abroad {
        out.extend_from_slice(b",\"exchange_rate\":");
        push_number(out, 0, 1);
        out.push(b'.');
        push_number(out, 900_000 + hashes.payment % 99_999, 6);
    }
    push_amount(out, ",\"fee_amount\":", fee);
    push_amount(out, ",\"fee_percent\":", hundredths_of_a_percent);
    push_amount(out, ",\"interchange_amount\":", fee / 2);
    push_amount(out, ",\"scheme_fee\":", fee / 9);
    push_amount(out, ",\"tax_amount\":", cents * 19 / 119);
    if payment.category.name == "restaurant" {
        push_amount(out, ",\"tip_amount\":", cents * (hashes.payment % 15) as i64 / 100);
    }
    push_amount(out, ",\"discount_amount\":", payment.discount_cents);
    if payment.shipping.is_some() {
        push_amount(out, ",\"shipping_amount\":", (hashes.payment >> 8) as i64 % 3 * 495);
    }
    if (hashes.payment >> 12).is_multiple_of(50) {
        push_amount(out, ",\"gift_card_amount\":", cents / 4);
    }
    let installments = if cents > 30_000 { [1, 1, 3, 6][(hashes.payment >> 16) as usize % 4] } else { 1 };
    push_integer(out, ",\"installments\":", installments);
}

fn write_card(payment: &Payment, hashes: &Hashes, out: &mut Vec<u8>) {
    let card = hashes.card;
    // The banks of a country have a hundred ranges of numbers, so that a range is shared by many cards.
    let issuer = spread((u64::from(payment.issuer.code.as_bytes()[0]) << 8) ^ (card % 100));
    let network = issuer as usize % 4;
    push_word(out, ",\"card_network\":\"", NETWORKS[network]);
    push_word(out, ",\"card_funding\":\"", pick(["debit", "credit", "credit", "prepaid"], issuer >> 4));
    push_word(out, ",\"card_level\":\"", pick(["classic", "classic", "gold", "platinum"], issuer >> 8));
    push_number_id(out, ",\"card_bin\":\"", [4, 5, 4, 3][network] * 100_000 + (issuer >> 12) % 100_000);
    out.extend_from_slice(b",\"card_last4\":\"");
    push_number(out, (card >> 8) % 10_000, 4);
    out.push(b'"');
    push_integer(out, ",\"card_expiry_month\":", (card >> 24) % 12 + 1);
    push_integer(out, ",\"card_expiry_year\":", 2_027 + (card >> 28) % 4);
    push_word(out, ",\"card_issuer\":\"", pick_8(&BANKS, issuer >> 16));
    push_word(out, ",\"card_issuer_country\":\"", payment.issuer.code);
    push_instant(out, ",\"card_added_at\":\"", payment.card_since);
    if method(payment) == "wallet" {
        push_word(
            out,
            ",\"wallet\":\"",
            pick(["apple_pay", "google_pay", "apple_pay", "paypal"], card >> 32),
        );
    }
    push_flag(out, ",\"network_token\":", (card >> 36).is_multiple_of(3));
    push_word(out, ",\"entry_mode\":\"", payment.checks.entry_mode);
}

fn write_authorisation(payment: &Payment, hashes: &Hashes, out: &mut Vec<u8>) {
    let draw = spread(hashes.payment ^ payment.attempt);
    if payment.status == Status::Failed {
        let which = if payment.checks.cvv == "N" { 3 } else { draw as usize % 3 };
        push_word(out, ",\"response_code\":\"", ["05", "51", "54", "N7"][which]);
        let reasons = ["do_not_honour", "insufficient_funds", "expired_card", "cvv_mismatch"];
        push_word(out, ",\"decline_reason\":\"", reasons[which]);
    } else {
        push_word(out, ",\"response_code\":\"", "00");
        push_number_id(out, ",\"authorisation_code\":\"", 100_000 + draw % 900_000);
    }
    push_integer(out, ",\"authorised_in_ms\":", 90 + (draw >> 20) % 700);
    push_word(out, ",\"cvv_result\":\"", payment.checks.cvv);
    push_word(out, ",\"avs_result\":\"", payment.checks.avs);
    let three_ds = payment.checks.three_ds;
    push_word(out, ",\"three_ds_status\":\"", three_ds);
    if three_ds != "U" {
        push_word(out, ",\"three_ds_version\":\"", pick(["2.2.0", "2.2.0", "2.3.1", "2.1.0"], draw >> 30));
        push_word(out, ",\"three_ds_flow\":\"", if three_ds == "A" { "frictionless" } else { "challenge" });
    }
    push_word(out, ",\"eci\":\"", if three_ds == "Y" { "05" } else { "07" });
    push_flag(out, ",\"liability_shift\":", matches!(three_ds, "Y" | "A"));
    push_hash_id(out, ",\"network_transaction_id\":\"", spread(draw));
}

fn write_acquiring(payment: &Payment, hashes: &Hashes, out: &mut Vec<u8>) {
    let merchant = hashes.merchant;
    push_word(out, ",\"acquirer\":\"", pick(ACQUIRERS, merchant >> 8));
    push_number_id(out, ",\"acquirer_bin\":\"", 400_000 + (merchant >> 12) % 40);
    if payment.device.is_none() {
        push_number_id(out, ",\"terminal_id\":\"t_", merchant % 90_000 * 10 + hashes.payment % 4);
    }
    push_word(out, ",\"mcc\":\"", payment.category.code);
    push_word(out, ",\"descriptor\":\"SP*", payment.category.name);
    push_word(
        out,
        ",\"route\":\"",
        pick(["cheapest", "cheapest", "best_rate", "fallback"], hashes.payment >> 40),
    );
}

fn write_customer(payment: &Payment, hashes: &Hashes, out: &mut Vec<u8>) {
    let customer = hashes.customer;
    push_instant(out, ",\"customer_created_at\":\"", payment.customer_since);
    let domain = pick_8(&DOMAINS, customer >> 4);
    push_number_id(out, ",\"email\":\"c", customer >> 20);
    out.pop();
    out.push(b'@');
    out.extend_from_slice(domain.as_bytes());
    out.push(b'"');
    push_word(out, ",\"email_domain\":\"", domain);
    push_flag(out, ",\"email_verified\":", !(customer >> 8).is_multiple_of(6));
    push_word(out, ",\"phone_country\":\"", payment.billing_country.code);
    push_flag(out, ",\"phone_verified\":", !(customer >> 12).is_multiple_of(4));
    push_word(out, ",\"customer_tier\":\"", pick(["none", "none", "silver", "gold"], customer >> 16));
    push_word(out, ",\"customer_language\":\"", payment.billing_country.language);
    push_flag(out, ",\"marketing_consent\":", (customer >> 24).is_multiple_of(3));
    push_integer(out, ",\"saved_cards\":", (customer >> 28) % 3);
}

fn write_addresses(payment: &Payment, hashes: &Hashes, out: &mut Vec<u8>) {
    push_place(out, ",\"billing_city\":\"", ",\"billing_postcode\":\"", payment.billing);
    push_word(out, ",\"billing_country\":\"", payment.billing_country.code);
    let Some(address) = payment.shipping else { return };
    out.extend_from_slice(b",\"shipping_address\":\"");
    push_address(out, address);
    out.push(b'"');
    push_place(out, ",\"shipping_city\":\"", ",\"shipping_postcode\":\"", address);
    push_word(out, ",\"shipping_country\":\"", payment.billing_country.code);
    let shipping = ["standard", "standard", "express", "pickup"];
    push_word(out, ",\"shipping_method\":\"", pick(shipping, hashes.payment >> 44));
}

fn write_device(payment: &Payment, device: u64, hashes: &Hashes, out: &mut Vec<u8>) {
    let device = spread(device);
    let [os, browser, screen, agent] = DEVICES[device as usize % DEVICES.len()];
    push_word(out, ",\"user_agent\":\"", agent);
    push_word(out, ",\"browser\":\"", browser);
    push_word(out, ",\"os\":\"", os);
    push_word(out, ",\"app_version\":\"", pick(["7.1.0", "7.2.3", "8.0.1", "8.0.2"], device >> 8));
    push_word(out, ",\"screen\":\"", screen);
    push_word(out, ",\"device_language\":\"", payment.billing_country.language);
    push_word(out, ",\"device_timezone\":\"", payment.country.zone);
    let network = u64::from(payment.ip.unwrap_or_default() >> 16);
    push_integer(out, ",\"ip_asn\":", 1_000 + spread(network) % 60_000);
    push_flag(out, ",\"ip_is_proxy\":", (hashes.payment >> 48).is_multiple_of(40));
}

fn write_basket(payment: &Payment, hashes: &Hashes, out: &mut Vec<u8>) {
    let draw = hashes.payment;
    push_integer(out, ",\"items\":", 1 + (draw >> 50) % 4);
    push_number_id(out, ",\"top_sku\":\"sku_", hashes.merchant % 1_000 * 100 + (draw >> 52) % 100);
    if payment.discount_cents > 0 {
        push_word(
            out,
            ",\"coupon_code\":\"",
            pick(["WELCOME", "FRIENDS", "SALE", "THANKS"], hashes.merchant),
        );
    }
    if payment.device.is_some() {
        push_word(out, ",\"campaign\":\"", pick(CAMPAIGNS, draw >> 54));
        push_word(out, ",\"referrer\":\"", pick(REFERRERS, draw >> 56));
    }
    // A vendor's opinion: a little higher for thieves, and mostly noise.
    let hint = if payment.behaviour == Behaviour::Ordinary { 0 } else { 60 };
    out.extend_from_slice(b",\"vendor_score\":0.");
    push_number(out, hint + (draw >> 20) % 900, 3);
}

fn pick(choices: [&'static str; 4], hash: u64) -> &'static str {
    choices[hash as usize % 4]
}

fn pick_8(choices: &[&'static str; 8], hash: u64) -> &'static str {
    choices[hash as usize % 8]
}

fn push_integer(out: &mut Vec<u8>, start: &str, number: u64) {
    out.extend_from_slice(start.as_bytes());
    push_number(out, number, 1);
}

/// A time in whole seconds: an account is not opened on the microsecond.
fn push_instant(out: &mut Vec<u8>, start: &str, micros: i64) {
    out.extend_from_slice(start.as_bytes());
    push_time(out, micros - micros.rem_euclid(SECOND));
    out.push(b'"');
}

fn push_place(out: &mut Vec<u8>, city: &str, postcode: &str, address: Address) {
    let hash = spread(address.place);
    push_word(out, city, pick_8(&TOWNS, hash >> 24));
    push_number_id(out, postcode, (hash >> 32) % 90_000 + 10_000);
}

fn push_address(out: &mut Vec<u8>, address: Address) {
    let hash = spread(address.place);
    let kinds = if address.style.is_multiple_of(2) { ["Street", "Road"] } else { ["St", "Rd."] };
    push_number(out, (hash >> 8) % 180 + 1, 1);
    for part in [" ", pick_8(&STREETS, hash), " ", kinds[(hash >> 16) as usize % 2]] {
        out.extend_from_slice(part.as_bytes());
    }
    out.extend_from_slice(if address.style < 6 { b", " } else { b" " });
    out.extend_from_slice(pick_8(&TOWNS, hash >> 24).as_bytes());
    out.push(b' ');
    push_number(out, (hash >> 32) % 90_000 + 10_000, 5);
}
