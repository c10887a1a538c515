//! What the gateway emits: numbers and static words only, so that an event is made and moved without allocation.

use crate::world::{Category, Country};

/// Microseconds since 1970-01-01 00:00:00 UTC.
pub type Micros = i64;

/// One event of one stream.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "most events are payments, and none is allocated")]
pub enum Event {
    /// Of the stream `payments`.
    Payment(Payment),
    /// Of the stream `logins`.
    Login(Login),
    /// Of the stream `refunds`.
    Refund(Refund),
    /// Of the stream `chargebacks`.
    Chargeback(Chargeback),
    /// Of the stream `labels`.
    Label(Label),
}

/// Who is behind a payment. The gateway does not know it when the payment comes; analysts tell some of it weeks later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Behaviour {
    /// A customer with an own card.
    Ordinary,
    /// A machine that tries stolen card numbers with small amounts, then spends with those that work.
    CardTesting,
    /// A thief with a stolen card and an account of their own.
    StolenCard,
    /// A thief in somebody else's account, with the card that is stored there.
    AccountTakeover,
    /// A customer who never means to pay: first trust, then the whole limit.
    BustOut,
    /// A merchant who takes the money of many customers and sends nothing.
    MerchantBustOut,
    /// A customer who keeps the goods and gets the money back.
    RefundAbuse,
    /// A customer who disputes what they bought.
    FriendlyFraud,
    /// A merchant and a few cardholders who move money through made-up sales.
    CollusionRing,
    /// One machine that plays many new customers, each with a welcome coupon.
    DeviceFarm,
    /// The copy of a card's magnetic stripe, used far away from the card.
    ClonedCard,
}

impl Behaviour {
    /// All kinds of fraud.
    pub const FRAUDS: [Self; 10] = [
        Self::CardTesting,
        Self::StolenCard,
        Self::AccountTakeover,
        Self::BustOut,
        Self::MerchantBustOut,
        Self::RefundAbuse,
        Self::FriendlyFraud,
        Self::CollusionRing,
        Self::DeviceFarm,
        Self::ClonedCard,
    ];

    /// As the stream `labels` calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ordinary => "none",
            Self::CardTesting => "card_testing",
            Self::StolenCard => "stolen_card",
            Self::AccountTakeover => "account_takeover",
            Self::BustOut => "bust_out",
            Self::MerchantBustOut => "merchant_bust_out",
            Self::RefundAbuse => "refund_abuse",
            Self::FriendlyFraud => "friendly_fraud",
            Self::CollusionRing => "collusion_ring",
            Self::DeviceFarm => "device_farm",
            Self::ClonedCard => "cloned_card",
        }
    }
}

/// What became of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The money moves.
    Captured,
    /// The issuer refused.
    Failed,
}

/// An attempt to pay.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Payment {
    /// Counts events of all streams in order of arrival.
    pub event: u64,
    /// The same for an attempt and its retry.
    pub payment: u64,
    /// 1, or 2 for a retry.
    pub attempt: u64,
    /// When the customer paid.
    pub occurred_at: Micros,
    /// When the gateway heard of it; never decreases from event to event.
    pub received_at: Micros,
    /// Merchant by number.
    pub merchant: u64,
    /// What the merchant sells.
    pub category: &'static Category,
    /// Where the merchant is; its currency is the payment's.
    pub shop: &'static Country,
    /// Whether the merchant sends the few columns that it must, and no more.
    pub thin: bool,
    /// Card by number.
    pub card: u64,
    /// Where the card's bank is.
    pub issuer: &'static Country,
    /// When the account first used the card.
    pub card_since: Micros,
    /// Customer by number.
    pub customer: u64,
    /// When the account was opened.
    pub customer_since: Micros,
    /// Device by number; none at a counter.
    pub device: Option<u64>,
    /// IPv4 address; none at a counter.
    pub ip: Option<u32>,
    /// Hundredths of the currency's unit.
    pub cents: i64,
    /// Hundredths that a coupon took off.
    pub discount_cents: i64,
    /// Who connects the merchant.
    pub gateway: &'static str,
    /// What became of it.
    pub status: Status,
    /// Where the payer is.
    pub country: &'static Country,
    /// The address that the payer gives as their own.
    pub billing: Address,
    /// Its country.
    pub billing_country: &'static Country,
    /// Where goods go.
    pub shipping: Option<Address>,
    /// What the issuer's checks said.
    pub checks: Checks,
    /// The truth.
    pub behaviour: Behaviour,
}

/// What the issuer's checks said of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checks {
    /// How the card was read: `ecommerce`, `chip`, `contactless` or `magstripe`.
    pub entry_mode: &'static str,
    /// Code on the card: `M` match, `N` mismatch, `U` not checked.
    pub cvv: &'static str,
    /// Address: `Y` match, `Z` code only, `N` mismatch, `U` not checked.
    pub avs: &'static str,
    /// 3-D Secure: `Y` authenticated, `A` attempted, `N` refused, `U` not asked for.
    pub three_ds: &'static str,
}

/// An address as a customer typed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    /// Decides street, number, town and code.
    pub place: u64,
    /// Decides how it is typed.
    pub style: u8,
}

/// Something that somebody did to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Login {
    /// Counts events of all streams in order of arrival.
    pub event: u64,
    /// When it was tried.
    pub occurred_at: Micros,
    /// When the gateway heard of it.
    pub received_at: Micros,
    /// Customer by number.
    pub customer: u64,
    /// Device by number.
    pub device: u64,
    /// IPv4 address.
    pub ip: u32,
    /// `login`, `password_reset` or `address_change`.
    pub action: &'static str,
    /// Whether it succeeded.
    pub ok: bool,
}

/// A merchant gives money back, days later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refund {
    /// Counts events of all streams in order of arrival.
    pub event: u64,
    /// When it was given.
    pub occurred_at: Micros,
    /// When the gateway heard of it.
    pub received_at: Micros,
    /// The payment.
    pub payment: u64,
    /// Its merchant.
    pub merchant: u64,
    /// Its card.
    pub card: u64,
    /// Its customer.
    pub customer: u64,
    /// Hundredths of the currency's unit.
    pub cents: i64,
    /// `returned`, `damaged` or `not_received`.
    pub reason: &'static str,
}

/// A cardholder disputes a payment, weeks later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chargeback {
    /// Counts events of all streams in order of arrival.
    pub event: u64,
    /// When the issuer opened it.
    pub occurred_at: Micros,
    /// When the gateway heard of it.
    pub received_at: Micros,
    /// The disputed payment.
    pub payment: u64,
    /// Its merchant.
    pub merchant: u64,
    /// Its card.
    pub card: u64,
    /// Its customer.
    pub customer: u64,
    /// Hundredths of the currency's unit.
    pub cents: i64,
    /// `fraud`, `not_received` or `service`: what the cardholder says.
    pub reason: &'static str,
}

/// What an analyst found out about a payment, weeks later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label {
    /// Counts events of all streams in order of arrival.
    pub event: u64,
    /// When the case was closed.
    pub occurred_at: Micros,
    /// When the gateway heard of it.
    pub received_at: Micros,
    /// The payment.
    pub payment: u64,
    /// Its customer.
    pub customer: u64,
    /// The kind of fraud; `Ordinary` when the dispute had no reason.
    pub kind: Behaviour,
    /// What made the analyst look: `chargeback` or `audit`.
    pub source: &'static str,
}

/// The same work for the events of all streams.
macro_rules! of_any {
    ($event:expr, $inner:ident => $work:expr) => {
        match $event {
            Event::Payment($inner) => $work,
            Event::Login($inner) => $work,
            Event::Refund($inner) => $work,
            Event::Chargeback($inner) => $work,
            Event::Label($inner) => $work,
        }
    };
}

impl Event {
    /// The stream that it belongs to.
    pub fn stream(&self) -> &'static str {
        match self {
            Self::Payment(_) => "payments",
            Self::Login(_) => "logins",
            Self::Refund(_) => "refunds",
            Self::Chargeback(_) => "chargebacks",
            Self::Label(_) => "labels",
        }
    }

    /// Its number among the events of all streams, in order of arrival.
    pub fn number(&self) -> u64 {
        of_any!(self, event => event.event)
    }

    /// When it happened.
    pub fn occurred_at(&self) -> Micros {
        of_any!(self, event => event.occurred_at)
    }

    /// When the gateway heard of it.
    pub fn received_at(&self) -> Micros {
        of_any!(self, event => event.received_at)
    }

    pub(crate) fn set_number(&mut self, number: u64) {
        of_any!(self, event => event.event = number);
    }

    pub(crate) fn set_received_at(&mut self, received_at: Micros) {
        of_any!(self, event => event.received_at = received_at);
    }
}
