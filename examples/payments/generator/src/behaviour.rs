//! How customers and thieves behave: each function plans the events of one visit or one campaign.

use crate::{
    event::{Address, Behaviour, Login, Micros, Payment, Status},
    random::Random,
    world::{Country, Customer, DAY, HOUR, MINUTE, SECOND, WHOLE_SECONDS, World, address_in},
};

/// Payments that one ordinary visit makes, on average: retries and split bills come on top.
pub const ORDINARY_PAYMENTS: f64 = 1.045;
/// Payments that one campaign of card testing makes, on average: cards times attempts.
pub const CARD_TESTING_PAYMENTS: f64 = 33.0;
/// Payments that a stolen card makes, on average.
pub const STOLEN_CARD_PAYMENTS: f64 = 5.5;
/// Payments of a bust-out that will not be paid, on average.
pub const BUST_OUT_PAYMENTS: f64 = 12.0;

/// What a behaviour wants to happen, before anybody delivers it.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Payments by the time when they happen.
    pub payments: Vec<Payment>,
    /// Logins by the time when they happen.
    pub logins: Vec<Login>,
}

/// The scene of one behaviour.
pub struct Scene<'a> {
    /// Everybody and everything.
    pub world: &'a World,
    /// Chance.
    pub random: &'a mut Random,
    /// The next payment's number.
    pub payment_number: &'a mut u64,
}

/// Who pays, with what, from where.
#[derive(Clone, Copy)]
struct Payer {
    customer: Customer,
    card: u64,
    device: u64,
    ip: u32,
    country: &'static Country,
    behaviour: Behaviour,
}

impl Scene<'_> {
    /// Plans what somebody of this `behaviour` starts at `at`.
    pub fn act(&mut self, behaviour: Behaviour, at: Micros, plan: &mut Plan) {
        match behaviour {
            Behaviour::Ordinary => self.ordinary(at, plan),
            Behaviour::CardTesting => self.card_testing(at, plan),
            Behaviour::StolenCard => self.stolen_card(at, plan),
            Behaviour::BustOut => self.bust_out(at, plan),
        }
    }

    /// A customer buys something, mostly where they always do. One attempt in twenty fails, and most of those are
    /// tried again; now and then a bill is split in two at the same instant.
    fn ordinary(&mut self, at: Micros, plan: &mut Plan) {
        let customer = self.world.any_customer(self.random);
        let (ip, country) = customer.address(at, self.random);
        let payer = Payer {
            customer,
            card: customer.card(self.random),
            device: customer.device(at, self.random),
            ip,
            country,
            behaviour: Behaviour::Ordinary,
        };
        let mut at = at;
        if self.random.chance(0.25) {
            at = self.login(at, payer, plan);
        }
        let merchant = if self.random.chance(0.85) {
            self.world.favourite(customer, self.random)
        } else {
            self.world.any_merchant(self.random)
        };
        let category = self.world.merchant(merchant).category;
        let cents = World::cents(category, customer.level(), self.random);
        let status = if self.random.chance(0.05) { Status::Failed } else { Status::Captured };
        let first = self.pay(at, payer, merchant, cents, status, plan);
        if status == Status::Failed && self.random.chance(0.7) {
            let again = at + self.random.between(5 * SECOND, MINUTE);
            let retry = Payment { occurred_at: again, status: Status::Captured, ..first };
            plan.payments.push(whole_seconds(retry));
        } else if self.random.chance(0.01) {
            self.pay(at, payer, merchant, cents, status, plan);
        }
    }

    /// A login before a payment, with a slip in one of fifteen; gives the time of the payment.
    fn login(&mut self, at: Micros, payer: Payer, plan: &mut Plan) -> Micros {
        let mut at = at;
        if self.random.chance(0.066) {
            plan.logins.push(login(at, payer, false));
            at += self.random.between(5 * SECOND, 30 * SECOND);
        }
        plan.logins.push(login(at, payer, true));
        at + self.random.between(10 * SECOND, 2 * MINUTE)
    }

    /// One device and one address try a list of stolen numbers with small amounts, many of which fail; a card that
    /// works pays one large amount within minutes.
    fn card_testing(&mut self, start: Micros, plan: &mut Plan) {
        let device = self.random.bits();
        let country = self.world.any_country(self.random);
        let ip = address_in(country, self.random.bits());
        let shop = self.world.cheap_merchant(self.random);
        let mut at = start;
        for _ in 0..self.random.between(3, 11) {
            let customer = self.world.any_customer(self.random);
            let card = customer.card(self.random);
            let payer = Payer { customer, card, device, ip, country, behaviour: Behaviour::CardTesting };
            let works = self.random.chance(0.6);
            for _ in 0..self.random.between(3, 5) {
                let cents = self.random.between(50, 990);
                let status = if works && self.random.chance(0.7) { Status::Captured } else { Status::Failed };
                self.pay(at, payer, shop, cents, status, plan);
                at += self.random.between(SECOND, 40 * SECOND);
            }
            if works {
                let merchant = self.world.resellable_merchant(self.random);
                let cents = self.random.between(60_000, 250_000);
                let then = at + self.random.between(10 * SECOND, 5 * MINUTE);
                self.pay(then, payer, merchant, cents, Status::Captured, plan);
            }
        }
    }

    /// A thief guesses the password of half of the victims, then buys what sells, far from the victim's habits. A
    /// third are careful: from the victim's country, in any shop, hardly more than the victim would.
    fn stolen_card(&mut self, start: Micros, plan: &mut Plan) {
        let customer = self.world.any_customer(self.random);
        let careful = self.random.chance(0.33);
        let country = if careful { customer.country() } else { self.world.any_country(self.random) };
        let payer = Payer {
            customer,
            card: customer.card(self.random),
            device: self.random.bits(),
            ip: address_in(country, self.random.bits()),
            country,
            behaviour: Behaviour::StolenCard,
        };
        let mut at = start;
        if self.random.chance(0.5) {
            for _ in 0..self.random.between(3, 8) {
                plan.logins.push(login(at, payer, false));
                at += self.random.between(3 * SECOND, MINUTE);
            }
            plan.logins.push(login(at, payer, true));
            at += self.random.between(20 * SECOND, 5 * MINUTE);
        }
        for _ in 0..self.random.between(3, 8) {
            let (merchant, most) = if careful {
                (self.world.any_merchant(self.random), 2.0)
            } else {
                (self.world.resellable_merchant(self.random), 6.0)
            };
            let level = customer.level() * (1.0 + (most - 1.0) * self.random.unit());
            let cents = World::cents(self.world.merchant(merchant).category, level, self.random);
            let status = if self.random.chance(0.2) { Status::Failed } else { Status::Captured };
            self.pay(at, payer, merchant, cents, status, plan);
            at += self.random.exponential((40 * MINUTE) as f64) as i64 + MINUTE;
        }
    }

    /// A customer spends a little more every few hours for days, then the whole limit in one, all with the own card
    /// and phone. What came before the limit is paid.
    fn bust_out(&mut self, start: Micros, plan: &mut Plan) {
        let customer = self.world.any_customer(self.random);
        let (ip, country) = customer.address(start, self.random);
        let card = customer.card(self.random);
        let device = customer.device(start, self.random);
        let payer = Payer { customer, card, device, ip, country, behaviour: Behaviour::Ordinary };
        let mut at = start;
        let mut level = customer.level();
        for _ in 0..self.random.between(15, 30) {
            let merchant = self.world.favourite(customer, self.random);
            let cents = World::cents(self.world.merchant(merchant).category, level, self.random);
            self.pay(at, payer, merchant, cents, Status::Captured, plan);
            at += self.random.exponential((8 * HOUR) as f64) as i64 + MINUTE;
            level *= 1.04;
        }
        let payer = Payer { behaviour: Behaviour::BustOut, ..payer };
        for _ in 0..self.random.between(8, 16) {
            let merchant = self.world.resellable_merchant(self.random);
            let cents = World::cents(self.world.merchant(merchant).category, 3.0 * level, self.random);
            let status = if self.random.chance(0.1) { Status::Failed } else { Status::Captured };
            self.pay(at, payer, merchant, cents, status, plan);
            at += self.random.exponential(HOUR as f64) as i64 + MINUTE;
        }
    }

    /// When and why the cardholder disputes `payment`, if they do: nine frauds of ten, and one honest payment of
    /// three thousand.
    pub fn dispute(&mut self, payment: &Payment) -> Option<(Micros, &'static str)> {
        if payment.status == Status::Failed {
            return None;
        }
        let (probability, reason) = if payment.behaviour == Behaviour::Ordinary {
            (1.0 / 3_000.0, "service")
        } else {
            (0.9, "fraud")
        };
        let after = self.random.between(5 * DAY, 30 * DAY);
        self.random.chance(probability).then_some((payment.occurred_at + after, reason))
    }

    fn pay(
        &mut self,
        at: Micros,
        payer: Payer,
        merchant: u64,
        cents: i64,
        status: Status,
        plan: &mut Plan,
    ) -> Payment {
        let shop = self.world.merchant(merchant);
        let place = match payer.behaviour {
            Behaviour::Ordinary | Behaviour::BustOut => payer.customer.place(),
            Behaviour::CardTesting | Behaviour::StolenCard => payer.device,
        };
        let shipping = shop.category.ships.then(|| Address { place, style: self.random.below(8) as u8 });
        *self.payment_number += 1;
        let payment = whole_seconds(Payment {
            event: 0,
            payment: *self.payment_number,
            occurred_at: at,
            received_at: at,
            merchant,
            card: payer.card,
            customer: payer.customer.number,
            device: payer.device,
            ip: payer.ip,
            cents,
            currency: shop.country.currency,
            method: if payer.card.is_multiple_of(5) { "wallet" } else { "card" },
            gateway: shop.gateway,
            status,
            country: payer.country.code,
            shipping,
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

fn login(at: Micros, payer: Payer, ok: bool) -> Login {
    Login {
        event: 0,
        occurred_at: at,
        received_at: at,
        customer: payer.customer.number,
        device: payer.device,
        ip: payer.ip,
        ok,
    }
}
