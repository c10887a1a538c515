//! What thieves do, each kind in its own way; none shows in one column.

use super::{Holds, Payer, Plan, Sale, Scene, ordinary::counter};
use crate::{
    event::{Behaviour, Micros},
    world::{DAY, HOUR, MINUTE, SECOND, World, address_in},
};

/// One customer in so many abuses refunds.
const REFUND_ABUSERS: u64 = 120;
/// One customer in so many disputes what they bought.
const DISPUTERS: u64 = 240;
/// Abusers share an address to which goods go.
const DROPS: u64 = 12;

impl Scene<'_> {
    pub(super) fn fraud(&mut self, behaviour: Behaviour, at: Micros, plan: &mut Plan) {
        match behaviour {
            Behaviour::CardTesting => self.card_testing(at, plan),
            Behaviour::StolenCard => self.stolen_card(at, plan),
            Behaviour::AccountTakeover => self.account_takeover(at, plan),
            Behaviour::BustOut => self.bust_out(at, plan),
            Behaviour::MerchantBustOut => self.merchant_bust_out(at, plan),
            Behaviour::RefundAbuse => self.refund_abuse(at, plan),
            Behaviour::FriendlyFraud => self.friendly_fraud(at, plan),
            Behaviour::CollusionRing => self.collusion_ring(at, plan),
            Behaviour::DeviceFarm => self.device_farm(at, plan),
            Behaviour::ClonedCard => self.cloned_card(at, plan),
            Behaviour::Ordinary => {}
        }
    }

    /// A list of stolen numbers is tried with small amounts, most of which fail, on one device or on a new one for
    /// each card; a card that works pays one large amount soon after.
    fn card_testing(&mut self, start: Micros, plan: &mut Plan) {
        let country = self.world.any_country(self.random);
        let many_devices = self.random.chance(0.4);
        let shop = self.world.cheap_merchant(self.random);
        let (mut device, mut ip) = (self.random.bits(), address_in(country, self.random.bits()));
        let mut account = self.world.newcomer(start, self.random);
        let mut at = start;
        for _ in 0..self.random.between(4, 14) {
            if many_devices {
                (device, ip) = (self.random.bits(), address_in(country, self.random.bits()));
                account = self.world.newcomer(at, self.random);
            }
            let victim = self.world.any_customer(self.random);
            let mut card = victim.card(at, self.random);
            card.since = at - self.random.between(SECOND, 10 * MINUTE);
            let payer = Payer {
                customer: account,
                card,
                device: Some(device),
                ip: Some(ip),
                country,
                home: (account.place(), victim.country()),
                place: account.place(),
                holds: Holds::Guess,
                behaviour: Behaviour::CardTesting,
            };
            let works = self.random.chance(0.45);
            for _ in 0..self.random.between(1, 3) {
                let cents = self.random.between(50, 990);
                let status = self.status(if works { 0.2 } else { 1.0 });
                self.pay(at, &payer, Sale::of(shop, cents, status), plan);
                at = self.later(at, 25 * SECOND);
            }
            if works && self.random.chance(0.8) {
                let merchant = self.world.resellable_merchant(self.random);
                let cents = self.random.between(12_000, 160_000);
                let then = at + self.random.between(10 * SECOND, 20 * MINUTE);
                let status = self.status(0.1);
                self.pay(then, &payer, Sale::of(merchant, cents, status), plan);
            }
        }
    }

    /// Somebody with bought card data opens an account and buys what sells, for an address of their own. A third are
    /// careful: from the victim's country, in any shop, hardly more than the victim would.
    fn stolen_card(&mut self, start: Micros, plan: &mut Plan) {
        let victim = self.world.any_customer(self.random);
        let careful = self.random.chance(0.33);
        let country = if careful { victim.country() } else { self.world.any_country(self.random) };
        let account = self.world.newcomer(start, self.random);
        let mut card = victim.card(start, self.random);
        card.since = start - self.random.between(SECOND, 10 * MINUTE);
        let payer = Payer {
            customer: account,
            card,
            home: (victim.place(), victim.country()),
            place: account.place(),
            holds: Holds::Data,
            behaviour: Behaviour::StolenCard,
            ..self.customer(victim, start)
        };
        let payer = self.elsewhere(payer, country);
        let mut at = start;
        for _ in 0..self.random.between(2, 6) {
            let (merchant, most) = if careful {
                (self.world.any_merchant(self.random), 2.0)
            } else {
                (self.world.resellable_merchant(self.random), 4.0)
            };
            let level = victim.level() * (1.0 + (most - 1.0) * self.random.unit());
            let sale = self.sale(merchant, level, 0.2);
            self.pay(at, &payer, sale, plan);
            at = self.later(at, 40 * MINUTE);
        }
    }

    /// Passwords are guessed until one fits, the account gets another address, and its stored card pays.
    fn account_takeover(&mut self, start: Micros, plan: &mut Plan) {
        let victim = self.world.any_customer(self.random);
        let country =
            if self.random.chance(0.6) { victim.country() } else { self.world.any_country(self.random) };
        let payer = Payer {
            place: self.random.bits(),
            holds: Holds::Data,
            behaviour: Behaviour::AccountTakeover,
            ..self.customer(victim, start)
        };
        let payer = self.elsewhere(payer, country);
        let mut at = start;
        for _ in 0..self.random.between(0, 6) {
            self.log_in(at, &payer, "login", false, plan);
            at += self.random.between(3 * SECOND, MINUTE);
        }
        self.log_in(at, &payer, "login", true, plan);
        at += self.random.between(20 * SECOND, 5 * MINUTE);
        if self.random.chance(0.6) {
            let action = if self.random.chance(0.5) { "address_change" } else { "password_reset" };
            self.log_in(at, &payer, action, true, plan);
            at += self.random.between(20 * SECOND, 5 * MINUTE);
        }
        for _ in 0..self.random.between(2, 5) {
            let merchant = self.world.resellable_merchant(self.random);
            let level = victim.level() * (0.8 + 1.5 * self.random.unit());
            let sale = self.sale(merchant, level, 0.12);
            self.pay(at, &payer, sale, plan);
            at = self.later(at, 25 * MINUTE);
        }
    }

    /// A customer spends a little more every few hours for days, then the whole limit in one, all with the own card
    /// and phone. What came before the limit is paid.
    fn bust_out(&mut self, start: Micros, plan: &mut Plan) {
        let customer = self.world.any_customer(self.random);
        let (mut at, mut level) = (start, customer.level());
        for _ in 0..self.random.between(15, 30) {
            let payer = self.customer(customer, at);
            let merchant = self.world.favourite(customer, self.random);
            let sale = self.sale(merchant, level, 0.02);
            self.pay(at, &payer, sale, plan);
            at = self.later(at, 8 * HOUR);
            level *= 1.04;
        }
        for _ in 0..self.random.between(8, 16) {
            let payer = Payer { behaviour: Behaviour::BustOut, ..self.customer(customer, at) };
            let merchant = self.world.resellable_merchant(self.random);
            let sale = self.sale(merchant, 1.6 * level, 0.15);
            self.pay(at, &payer, sale, plan);
            at = self.later(at, HOUR);
        }
    }

    /// A new merchant sells honestly for a week, then takes as much as it can in a day and sends nothing.
    fn merchant_bust_out(&mut self, start: Micros, plan: &mut Plan) {
        let merchant = self.world.crooked_merchant(self.random);
        let mut at = start;
        for _ in 0..self.random.between(20, 40) {
            let customer = self.world.any_customer(self.random);
            let payer = self.customer(customer, at);
            let sale = self.sale(merchant, customer.level(), 0.05);
            self.pay(at, &payer, sale, plan);
            at = self.later(at, 5 * HOUR);
        }
        for _ in 0..self.random.between(30, 60) {
            let customer = self.world.any_customer(self.random);
            let payer = Payer { behaviour: Behaviour::MerchantBustOut, ..self.customer(customer, at) };
            let sale = self.sale(merchant, 2.0 * customer.level(), 0.08);
            self.pay(at, &payer, sale, plan);
            at = self.later(at, 20 * MINUTE);
        }
    }

    /// Somebody orders what sells to an address that a few of them share, and claims that nothing came.
    fn refund_abuse(&mut self, start: Micros, plan: &mut Plan) {
        let customer = self.world.one_of_few(REFUND_ABUSERS, self.random);
        let drop = customer.number % DROPS;
        let mut at = start;
        for _ in 0..self.random.between(3, 8) {
            let mut payer = Payer { behaviour: Behaviour::RefundAbuse, ..self.customer(customer, at) };
            if self.random.chance(0.5) {
                payer.place = drop;
            }
            let merchant = self.world.shipping_merchant(self.random);
            let level = customer.level() * (1.0 + self.random.unit());
            let sale = self.sale(merchant, level, 0.06);
            self.pay(at, &payer, sale, plan);
            at = self.later(at, 2 * DAY);
        }
    }

    /// Somebody buys for themselves, as ever but more, and will say that it was not them.
    fn friendly_fraud(&mut self, start: Micros, plan: &mut Plan) {
        let abuser = self.world.one_of_few(DISPUTERS, self.random);
        let customer = self.member(abuser, 3);
        let mut at = start;
        for _ in 0..self.random.between(2, 6) {
            let payer = Payer { behaviour: Behaviour::FriendlyFraud, ..self.customer(customer, at) };
            let merchant = if self.random.chance(0.5) {
                self.world.resellable_merchant(self.random)
            } else {
                self.world.cheap_merchant(self.random)
            };
            let level = customer.level() * (1.0 + 1.5 * self.random.unit());
            let sale = self.sale(merchant, level, 0.05);
            self.pay(at, &payer, sale, plan);
            at = self.later(at, DAY);
        }
    }

    /// A merchant's friends pay it in turns from a few devices, for nothing, night after night.
    fn collusion_ring(&mut self, start: Micros, plan: &mut Plan) {
        let merchant = self.world.crooked_merchant(self.random);
        let first = self.world.any_customer(self.random);
        let devices = [self.random.bits(), self.random.bits(), self.random.bits()];
        let country = self.world.merchant(merchant).country;
        let hosts = [self.random.bits(), self.random.bits()];
        let members = self.random.between(6, 14) as u64;
        let mut evening = start;
        for _ in 0..self.random.between(4, 8) {
            let mut at = evening;
            for which in 0..members {
                let customer = self.member(first, which);
                let payer = Payer {
                    device: Some(self.random.choose(&devices)),
                    ip: Some(address_in(country, self.random.choose(&hosts))),
                    country,
                    behaviour: Behaviour::CollusionRing,
                    ..self.customer(customer, at)
                };
                let cents = match self.random.below(3) {
                    0 => self.random.between(1, 8) * 5_000,
                    _ => self.random.between(4_000, 45_000),
                };
                let status = self.status(0.02);
                self.pay(at, &payer, Sale::of(merchant, cents, status), plan);
                at = self.later(at, 6 * MINUTE);
            }
            evening = self.later(evening + DAY, 12 * HOUR);
        }
    }

    /// An emulator opens one account after the other, each with a welcome coupon; half of the time it changes its
    /// address with each.
    fn device_farm(&mut self, start: Micros, plan: &mut Plan) {
        let country = self.world.any_country(self.random);
        let (device, rotates) = (self.random.bits(), self.random.chance(0.5));
        let mut ip = address_in(country, self.random.bits());
        let merchant = self.world.cheap_merchant(self.random);
        let mut at = start;
        for _ in 0..self.random.between(6, 20) {
            let account = self.world.newcomer(at, self.random);
            if rotates {
                ip = address_in(country, self.random.bits());
            }
            let payer = Payer {
                device: Some(device),
                ip: Some(ip),
                country,
                behaviour: Behaviour::DeviceFarm,
                ..self.customer(account, at)
            };
            let cents = World::cents(self.world.merchant(merchant).category, 1.2, self.random);
            let sale =
                Sale::of(merchant, cents, self.status(0.05)).with_coupon(self.random.between(3, 6) * 5);
            self.pay(at, &payer, sale, plan);
            at = self.later(at, 8 * MINUTE);
        }
    }

    /// A copied stripe is used at counters far away while the card is used at home.
    fn cloned_card(&mut self, start: Micros, plan: &mut Plan) {
        let victim = self.world.any_customer(self.random);
        let country = self.world.any_country(self.random);
        let mut at = start;
        let own = counter(self.customer(victim, at));
        for _ in 0..self.random.between(3, 6) {
            if self.random.chance(0.4) {
                let merchant = self.world.favourite(victim, self.random);
                let sale = self.sale(merchant, victim.level(), 0.04);
                self.pay(at, &own, sale, plan);
                at = self.later(at, 20 * MINUTE);
            }
            let copy = Payer { country, holds: Holds::Stripe, behaviour: Behaviour::ClonedCard, ..own };
            let merchant = self.world.any_merchant(self.random);
            let sale = self.sale(merchant, 1.8 * victim.level(), 0.15);
            self.pay(at, &copy, sale, plan);
            at = self.later(at, 35 * MINUTE);
        }
    }
}
