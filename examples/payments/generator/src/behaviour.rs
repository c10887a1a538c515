//! How customers and thieves behave: each story plans the events of one visit or one campaign.

use crate::{
    event::{Address, Behaviour, Chargeback, Checks, Label, Login, Micros, Payment, Refund, Status},
    random::Random,
    world::{Card, Country, Customer, SECOND, WHOLE_SECONDS, World, address_in},
};

mod aftermath;
mod fraud;
mod ordinary;

/// Something that happens again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Story {
    /// A customer buys something, mostly where they always do.
    Visit,
    /// A stand where many people pay a little on one device: card testing looks so.
    Kiosk,
    /// A present: sent elsewhere, for more than usual, at times from a new account: a stolen card looks so.
    Gift,
    /// Somebody forgot their password: a takeover begins so.
    Forgetful,
    /// A new phone and a new flat: a takeover goes on so.
    NewPhone,
    /// A renovation: a bust-out looks so.
    Splurge,
    /// Everybody buys at one merchant: a merchant's bust-out looks so.
    FlashSale,
    /// Four sizes ordered, three sent back: refund abuse looks so.
    Sizes,
    /// An association's fees, in round amounts on one device: a collusion ring looks so.
    Club,
    /// A library's tablet: a device farm looks so.
    SharedTablet,
    /// Paying abroad while the family pays at home: a cloned card looks so.
    Traveller,
    /// A campaign of this kind.
    Fraud(Behaviour),
}

/// Each story with its share of the payments that are no fraud, or of those that are, and with how many payments one
/// telling has on average.
pub const STORIES: [(Story, f64, f64); 21] = [
    (Story::Visit, 0.926, 1.045),
    (Story::Kiosk, 0.012, 16.0),
    (Story::Gift, 0.008, 1.0),
    (Story::Forgetful, 0.006, 1.0),
    (Story::NewPhone, 0.005, 2.0),
    (Story::Splurge, 0.005, 10.0),
    (Story::FlashSale, 0.010, 65.0),
    (Story::Sizes, 0.006, 3.0),
    (Story::Club, 0.006, 17.5),
    (Story::SharedTablet, 0.010, 7.0),
    (Story::Traveller, 0.006, 6.0),
    (Story::Fraud(Behaviour::CardTesting), 0.18, 21.3),
    (Story::Fraud(Behaviour::StolenCard), 0.14, 4.0),
    (Story::Fraud(Behaviour::AccountTakeover), 0.12, 3.5),
    (Story::Fraud(Behaviour::BustOut), 0.08, 12.0),
    (Story::Fraud(Behaviour::MerchantBustOut), 0.10, 45.0),
    (Story::Fraud(Behaviour::RefundAbuse), 0.08, 5.5),
    (Story::Fraud(Behaviour::FriendlyFraud), 0.06, 4.0),
    (Story::Fraud(Behaviour::CollusionRing), 0.10, 60.0),
    (Story::Fraud(Behaviour::DeviceFarm), 0.08, 13.0),
    (Story::Fraud(Behaviour::ClonedCard), 0.06, 4.5),
];

/// What a story wants to happen, before anybody delivers it.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Payments by the time when they happen.
    pub payments: Vec<Payment>,
    /// Logins by the time when they happen.
    pub logins: Vec<Login>,
}

/// What follows from a payment, weeks later.
#[derive(Clone, Copy, Debug, Default)]
pub struct Aftermath {
    /// The merchant gives money back.
    pub refund: Option<Refund>,
    /// The cardholder disputes it.
    pub chargeback: Option<Chargeback>,
    /// An analyst says what it was.
    pub label: Option<Label>,
}

/// The scene of one story.
pub struct Scene<'a> {
    /// Everybody and everything.
    pub world: &'a World,
    /// Chance.
    pub random: &'a mut Random,
    /// The next payment's number.
    pub payment_number: &'a mut u64,
}

/// How the payer holds the card, which decides what the issuer's checks say.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holds {
    /// It is theirs.
    Own,
    /// They bought its data, with the address.
    Data,
    /// They guess its data.
    Guess,
    /// At a counter.
    Counter,
    /// At a counter, but only its stripe.
    Stripe,
}

/// Who pays, with what, from where.
#[derive(Clone, Copy)]
struct Payer {
    customer: Customer,
    card: Card,
    device: Option<u64>,
    ip: Option<u32>,
    country: &'static Country,
    /// Place and country of the address that they call their own.
    home: (u64, &'static Country),
    /// Where goods go.
    place: u64,
    holds: Holds,
    behaviour: Behaviour,
}

/// What is bought.
#[derive(Clone, Copy)]
struct Sale {
    merchant: u64,
    cents: i64,
    discount_cents: i64,
    status: Status,
}

impl Sale {
    fn of(merchant: u64, cents: i64, status: Status) -> Self {
        Self { merchant, cents, discount_cents: 0, status }
    }

    /// With a coupon of so many percent.
    fn with_coupon(self, percent: i64) -> Self {
        let discount_cents = self.cents * percent / 100;
        Self { cents: (self.cents - discount_cents).max(50), discount_cents, ..self }
    }
}

impl Scene<'_> {
    /// Plans what starts at `at`.
    pub fn tell(&mut self, story: Story, at: Micros, plan: &mut Plan) {
        match story {
            Story::Fraud(behaviour) => self.fraud(behaviour, at, plan),
            _ => self.ordinary(story, at, plan),
        }
    }

    /// A customer as they are on most days.
    fn customer(&mut self, customer: Customer, at: Micros) -> Payer {
        let (ip, country) = customer.address(at, self.random);
        Payer {
            customer,
            card: customer.card(at, self.random),
            device: Some(customer.device(at, self.random)),
            ip: Some(ip),
            country,
            home: (customer.place(), customer.country()),
            place: customer.place(),
            holds: Holds::Own,
            behaviour: Behaviour::Ordinary,
        }
    }

    /// The same person on a device that was never seen, at an address in `country`.
    fn elsewhere(&mut self, payer: Payer, country: &'static Country) -> Payer {
        let device = self.random.bits();
        let ip = address_in(country, self.random.bits());
        Payer { device: Some(device), ip: Some(ip), country, ..payer }
    }

    /// Fails with this probability.
    fn status(&mut self, failed: f64) -> Status {
        if self.random.chance(failed) { Status::Failed } else { Status::Captured }
    }

    /// What somebody at this level pays at `merchant`.
    fn sale(&mut self, merchant: u64, level: f64, failed: f64) -> Sale {
        let cents = World::cents(self.world.merchant(merchant).category, level, self.random);
        Sale::of(merchant, cents, self.status(failed))
    }

    /// A time around `mean` later, at least a second.
    fn later(&mut self, at: Micros, mean: Micros) -> Micros {
        at + self.random.exponential(mean as f64) as Micros + SECOND
    }

    fn log_in(&mut self, at: Micros, payer: &Payer, action: &'static str, ok: bool, plan: &mut Plan) {
        let (Some(device), Some(ip)) = (payer.device, payer.ip) else { return };
        let customer = payer.customer.number;
        plan.logins.push(Login {
            event: 0,
            occurred_at: at,
            received_at: at,
            customer,
            device,
            ip,
            action,
            ok,
        });
    }

    fn checks(&mut self, holds: Holds) -> Checks {
        let card_present = |entry_mode| Checks { entry_mode, cvv: "U", avs: "U", three_ds: "U" };
        let (cvv, avs, three_ds) = match holds {
            Holds::Counter if self.random.chance(0.7) => return card_present("contactless"),
            // A worn chip makes anybody swipe.
            Holds::Counter if self.random.chance(0.03) => return card_present("magstripe"),
            Holds::Counter => return card_present("chip"),
            Holds::Stripe if self.random.chance(0.85) => return card_present("magstripe"),
            Holds::Stripe => return card_present("contactless"),
            Holds::Own => ([96, 2, 2], [84, 9, 5], [32, 20, 1]),
            Holds::Data => ([84, 10, 6], [60, 20, 16], [6, 24, 4]),
            Holds::Guess => ([30, 60, 10], [12, 20, 40], [1, 10, 4]),
        };
        let mut draw = |weights: [u64; 3], names: [&'static str; 4]| {
            let mut ticket = self.random.below(100);
            for (weight, name) in weights.into_iter().zip(names) {
                if ticket < weight {
                    return name;
                }
                ticket -= weight;
            }
            names[3]
        };
        Checks {
            entry_mode: "ecommerce",
            cvv: draw(cvv, ["M", "N", "U", "U"]),
            avs: draw(avs, ["Y", "Z", "N", "U"]),
            three_ds: draw(three_ds, ["Y", "A", "N", "U"]),
        }
    }

    fn pay(&mut self, at: Micros, payer: &Payer, sale: Sale, plan: &mut Plan) -> Payment {
        let shop = self.world.merchant(sale.merchant);
        let style = self.random.below(8) as u8;
        let sent = shop.category.ships && payer.device.is_some();
        *self.payment_number += 1;
        let payment = whole_seconds(Payment {
            event: 0,
            payment: *self.payment_number,
            attempt: 1,
            occurred_at: at,
            received_at: at,
            merchant: sale.merchant,
            category: shop.category,
            shop: shop.country,
            thin: shop.thin,
            card: payer.card.number,
            issuer: payer.card.issuer,
            card_since: payer.card.since,
            customer: payer.customer.number,
            customer_since: payer.customer.since,
            device: payer.device,
            ip: payer.ip,
            cents: sale.cents,
            discount_cents: sale.discount_cents,
            gateway: shop.gateway,
            status: sale.status,
            country: payer.country,
            billing: Address { place: payer.home.0, style: 0 },
            billing_country: payer.home.1,
            shipping: sent.then_some(Address { place: payer.place, style }),
            checks: self.checks(payer.holds),
            behaviour: payer.behaviour,
        });
        plan.payments.push(payment);
        payment
    }
}

fn whole_seconds(mut payment: Payment) -> Payment {
    if payment.gateway == WHOLE_SECONDS {
        payment.occurred_at -= payment.occurred_at.rem_euclid(SECOND);
    }
    payment
}
