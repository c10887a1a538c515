//! What the gateway emits: numbers and static words only, so that an event is made and moved without allocation.

/// Microseconds since 1970-01-01 00:00:00 UTC.
pub type Micros = i64;

/// One event of one stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Of the stream `payments`.
    Payment(Payment),
    /// Of the stream `logins`.
    Login(Login),
    /// Of the stream `chargebacks`.
    Chargeback(Chargeback),
}

/// Who is behind a payment. The gateway does not know it: it is in no file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Behaviour {
    /// A customer with an own card.
    Ordinary,
    /// A machine that tries stolen card numbers with small amounts, then spends with those that work.
    CardTesting,
    /// A thief with a stolen card and a new device.
    StolenCard,
    /// A customer who never means to pay: first trust, then the whole limit.
    BustOut,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payment {
    /// Counts events of all streams in order of arrival.
    pub event: u64,
    /// The same for an attempt and its retry.
    pub payment: u64,
    /// When the customer paid.
    pub occurred_at: Micros,
    /// When the gateway heard of it; never decreases from event to event.
    pub received_at: Micros,
    /// Merchant by number.
    pub merchant: u64,
    /// Card by number.
    pub card: u64,
    /// Customer by number.
    pub customer: u64,
    /// Device by number.
    pub device: u64,
    /// IPv4 address.
    pub ip: u32,
    /// Hundredths of the currency's unit.
    pub cents: i64,
    /// ISO code.
    pub currency: &'static str,
    /// `card` or `wallet`.
    pub method: &'static str,
    /// Who connects the merchant.
    pub gateway: &'static str,
    /// What became of it.
    pub status: Status,
    /// ISO code of the country where the address is.
    pub country: &'static str,
    /// Where goods go.
    pub shipping: Option<Address>,
    /// The truth.
    pub behaviour: Behaviour,
}

/// An address as a customer typed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    /// Decides street, number, town and code.
    pub place: u64,
    /// Decides how it is typed.
    pub style: u8,
}

/// An attempt to log in.
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
    /// Whether the password was right.
    pub ok: bool,
}

/// A cardholder disputes a payment, days later.
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
    /// `fraud` or `service`.
    pub reason: &'static str,
    /// The truth about the payment.
    pub behaviour: Behaviour,
}

impl Event {
    /// The stream that it belongs to.
    pub fn stream(&self) -> &'static str {
        match self {
            Self::Payment(_) => "payments",
            Self::Login(_) => "logins",
            Self::Chargeback(_) => "chargebacks",
        }
    }

    /// When it happened.
    pub fn occurred_at(&self) -> Micros {
        match self {
            Self::Payment(payment) => payment.occurred_at,
            Self::Login(login) => login.occurred_at,
            Self::Chargeback(chargeback) => chargeback.occurred_at,
        }
    }

    /// When the gateway heard of it.
    pub fn received_at(&self) -> Micros {
        match self {
            Self::Payment(payment) => payment.received_at,
            Self::Login(login) => login.received_at,
            Self::Chargeback(chargeback) => chargeback.received_at,
        }
    }

    pub(crate) fn number(&mut self, number: u64) {
        match self {
            Self::Payment(payment) => payment.event = number,
            Self::Login(login) => login.event = number,
            Self::Chargeback(chargeback) => chargeback.event = number,
        }
    }
}
